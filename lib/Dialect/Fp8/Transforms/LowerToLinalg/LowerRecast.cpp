//===- LowerRecast.cpp - recast and shuffle on tensors --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScaledBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>
#include <tuple>

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

uint8_t recastCode(FormatAttr from, FormatAttr to, uint8_t code) {
  bool isNegativeZero = from.hasNegativeZero() && !to.hasNegativeZero() &&
                        code == from.getZeroCodes()[1];
  return isNegativeZero ? 0 : code;
}

/// Codes whose value does not survive, by comparing all of them.
SmallVector<uint8_t> lostCodes(FormatAttr from, FormatAttr to) {
  double factor = std::ldexp(1.0, int(to.isFnuz()) - int(from.isFnuz()));
  SmallVector<uint8_t> lost;
  for (unsigned code = 0; code < 1u << from.getBits(); ++code)
    if (!(from.decode(code) == to.decode(recastCode(from, to, code)) * factor))
      lost.push_back(code);
  return lost;
}

/// Asserts that `isGood` holds for every element of `tensor`.
void assertAll(ScaledBuilder &s, Value tensor, const std::string &message,
               function_ref<Value(ScaledBuilder &, Value)> isGood) {
  unsigned rank = cast<RankedTensorType>(tensor.getType()).getRank();
  auto flag = RankedTensorType::get({}, s.b.getI1Type());
  auto all = llvm::to_vector(llvm::seq(0u, rank));
  Value allGood = s.generic(
      s.filled(flag, tensor, s.b.getBoolAttr(true)),
      AffineMap::get(rank, 0, s.b.getContext()), {{tensor, s.identity(rank)}},
      [&](ScaledBuilder &inner, ValueRange elements) -> Value {
        return arith::AndIOp::create(inner.b, isGood(inner, elements[0]),
                                     elements[1]);
      },
      all);
  cf::AssertOp::create(s.b, tensor::ExtractOp::create(s.b, allGood), message);
}

Value differs(ScaledBuilder &s, Value byte, uint8_t code) {
  return arith::CmpIOp::create(s.b, arith::CmpIPredicate::ne, byte, s.i8(code));
}

/// recast (codes, scales) -> (codes with 80 as 00, scales * 2^d).
struct LowerRecast : OpConversionPattern<RecastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(RecastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ScaledBuilder s(rewriter, op.getLoc());
    ScaledParts input(op.getInput().getType(), adaptor.getInput());
    Value codes = recastCodes(s, input, op.getType());
    Value scales = raiseScales(s, input, op.getScaleExponentDelta());
    rewriter.replaceOpWithMultiple(op, {ValueRange{codes, scales}});
    return success();
  }

private:
  Value recastCodes(ScaledBuilder &s, ScaledParts input, ScaledType to) const {
    FormatAttr from = input.type.getFormat();
    if (!from.isFp8())
      return input.codes;
    std::string message = "fp8.recast: a code of " + from.describe() +
                          " has no value in " + to.getFormat().describe();
    SmallVector<uint8_t> lost = lostCodes(from, to.getFormat());
    assertAll(s, input.codes, message, [&](ScaledBuilder &inner, Value byte) {
      Value good =
          arith::ConstantOp::create(inner.b, inner.b.getBoolAttr(true));
      for (uint8_t code : lost)
        good = arith::AndIOp::create(inner.b, good, differs(inner, byte, code));
      return good;
    });
    if (recastCode(from, to.getFormat(), 0x80) == 0x80)
      return input.codes;
    return s.elementwise(
        cast<RankedTensorType>(input.codes.getType()), input.codes,
        [&](ScaledBuilder &inner, ValueRange elements) -> Value {
          return arith::SelectOp::create(inner.b,
                                         differs(inner, elements[0], 0x80),
                                         elements[0], inner.i8(0));
        });
  }

  Value raiseScales(ScaledBuilder &s, ScaledParts input, int64_t delta) const {
    if (delta == 0)
      return input.scales;
    std::string message = "fp8.recast: a scale times 2^" +
                          std::to_string(delta) +
                          " is out of the range of its type";
    auto type = cast<RankedTensorType>(input.scales.getType());
    bool isByte = isa<Float8E8M0FNUType>(input.type.getScaleType());
    if (!isByte) {
      float factor = std::ldexp(1.0f, static_cast<int>(delta));
      assertAll(s, input.scales, message,
                [&](ScaledBuilder &inner, Value scale) -> Value {
                  Value there =
                      arith::MulFOp::create(inner.b, scale, inner.f32(factor));
                  Value back = arith::MulFOp::create(inner.b, there,
                                                     inner.f32(1 / factor));
                  return arith::CmpFOp::create(
                      inner.b, arith::CmpFPredicate::OEQ, back, scale);
                });
      return s.elementwise(
          type, input.scales,
          [&](ScaledBuilder &inner, ValueRange elements) -> Value {
            return arith::MulFOp::create(inner.b, elements[0],
                                         inner.f32(factor));
          });
    }
    auto raised = [&](ScaledBuilder &inner, Value byte) -> Value {
      Value wide = arith::ExtUIOp::create(inner.b, inner.b.getI32Type(), byte);
      return arith::AddIOp::create(inner.b, wide, inner.i32(delta));
    };
    // 255 is NaN, before as well as after.
    assertAll(s, input.scales, message,
              [&](ScaledBuilder &inner, Value byte) -> Value {
                Value inRange =
                    arith::CmpIOp::create(inner.b, arith::CmpIPredicate::ult,
                                          raised(inner, byte), inner.i32(255));
                return arith::AndIOp::create(inner.b, inRange,
                                             differs(inner, byte, 255));
              });
    return s.elementwise(
        type, input.scales,
        [&](ScaledBuilder &inner, ValueRange elements) -> Value {
          return arith::TruncIOp::create(inner.b, inner.b.getI8Type(),
                                         raised(inner, elements[0]));
        });
  }
};

/// Row of a panel and byte column whose byte is the `offset`-th of a panel of
/// fragments: the inverse of fragmentOffset.
std::pair<AffineExpr, AffineExpr> fragmentSource(ScaledType type,
                                                 AffineExpr offset) {
  constexpr int64_t rows = LayoutAttr::kFragmentRows;
  constexpr int64_t block = LayoutAttr::kFragmentBlock;
  int64_t fragment = type.getLayout().getFragment();
  int64_t group =
      rows * type.getShape().back() * type.getFormat().getBits() / 8;
  AffineExpr blockIndex = (offset % group).floorDiv(rows * block);
  AffineExpr quarter = (offset % (rows * block)).floorDiv(rows * block / 4);
  AffineExpr row = (offset % (rows * block / 4)).floorDiv(block / 4);
  AffineExpr step = (offset % (block / 4)).floorDiv(fragment);
  return {offset.floorDiv(group) * rows + row,
          blockIndex * block + step * (4 * fragment) + quarter * fragment +
              offset % fragment};
}

/// shuffle row_major -> panel W [fragment P], by the formulas of #fp8.layout.
struct LowerShuffle : OpConversionPattern<ShuffleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ShuffleOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ScaledParts input(op.getInput().getType(), adaptor.getInput());
    if (!input.type.getLayout().isRowMajor() ||
        op.getType().getLayout().isRowMajor())
      return rewriter.notifyMatchFailure(op, "not from row_major to a panel");
    ScaledBuilder s(rewriter, op.getLoc());
    unsigned rank = input.type.getRank();
    bool packed = input.type.getFormat().getBits() == 4;
    int64_t width = op.getType().getLayout().getWidth();
    AffineExpr k = s.b.getAffineDimExpr(rank - 1);
    AffineExpr row = s.b.getAffineDimExpr(rank);
    unsigned parity = rank - 1;
    if (op.getType().getLayout().getFragment()) {
      std::tie(row, k) = fragmentSource(op.getType(), k * width + row);
      // Widths are even.
      parity = rank;
    }
    RankedTensorType panels = codesTensor(op.getType());
    // Byte column of the low code of panel byte c, and the distance to the
    // high.
    AffineExpr column = packed ? k.floorDiv(16) * 16 + (k % 16).floorDiv(2) : k;
    auto from = [&](int64_t offset) {
      SmallVector<AffineExpr> indices;
      for (unsigned dim = 0; dim + 2 < rank; ++dim)
        indices.push_back(s.b.getAffineDimExpr(dim));
      indices.push_back(s.b.getAffineDimExpr(rank - 2) * width + row);
      indices.push_back(column + offset);
      return AffineMap::get(rank + 1, 0, indices, s.b.getContext());
    };
    SmallVector<ScaledBuilder::Operand> operands{{input.codes, from(0)}};
    if (packed)
      operands.push_back({input.codes, from(8)});
    Value codes =
        s.generic(s.empty(panels, input.codes), s.identity(rank + 1), operands,
                  [&](ScaledBuilder &inner, ValueRange elements) -> Value {
                    if (!packed)
                      return elements[0];
                    return repack(inner, elements[0], elements[1],
                                  inner.column(parity));
                  });
    rewriter.replaceOpWithMultiple(op, {ValueRange{codes, input.scales}});
    return success();
  }

private:
  /// Both codes have the parity of the panel's byte column, which is that of
  /// `column`.
  static Value repack(ScaledBuilder &s, Value low, Value high, Value column) {
    Value odd = arith::TruncIOp::create(
        s.b, s.b.getI1Type(),
        arith::IndexCastOp::create(s.b, s.b.getI32Type(), column));
    Value shift = arith::SelectOp::create(s.b, odd, s.i8(4), s.i8(0));
    auto code = [&](Value byte) -> Value {
      Value moved = arith::ShRUIOp::create(s.b, byte, shift);
      Value code = arith::AndIOp::create(s.b, moved, s.i8(15));
      // Panels have no -0.
      Value isNegativeZero = arith::CmpIOp::create(
          s.b, arith::CmpIPredicate::eq, code, s.i8(8));
      return arith::SelectOp::create(s.b, isNegativeZero, s.i8(0), code);
    };
    Value upper = arith::ShLIOp::create(s.b, code(high), s.i8(4));
    return arith::OrIOp::create(s.b, code(low), upper);
  }
};

} // namespace

void dsv4c::fp8::populateLowerRecastPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<LowerRecast, LowerShuffle>(converter, patterns.getContext());
}
