//===- LowerQuantize.cpp - quantize and dequantize on tensors -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScaledBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// Exponent k + f of each block's scale, f being 1 in FNUZ.
Value scaleExponents(ScaledBuilder &s, ScaledType type, Value input) {
  FormatAttr format = type.getFormat();
  Type f32 = s.b.getF32Type();
  auto perBlock = RankedTensorType::get(type.getScaleShape(), f32);
  SmallVector<unsigned> reduced;
  for (auto [dim, block] : llvm::enumerate(type.getFullBlock()))
    if (block != 1)
      reduced.push_back(dim);
  Value maxima = s.generic(
      s.filled(perBlock, input, s.b.getF32FloatAttr(0.0f)), s.blockMap(type),
      {{input, s.identity(type.getRank())}},
      [&](ScaledBuilder &inner, ValueRange elements) -> Value {
        Value x = arith::ExtFOp::create(inner.b, f32, elements[0]);
        Value magnitude = math::AbsFOp::create(inner.b, x);
        // A NaN in a block must survive until its scale.
        return arith::MaximumFOp::create(inner.b, magnitude, elements[1]);
      },
      reduced);
  return s.elementwise(
      RankedTensorType::get(type.getScaleShape(), s.b.getI32Type()), maxima,
      [&](ScaledBuilder &inner, ValueRange elements) -> Value {
        int64_t divisor = format.getEncoding() == Encoding::E2M1 ? 6 : 448;
        Value k = ScaleExponentOp::create(inner.b, inner.b.getI32Type(),
                                          elements[0], divisor);
        return arith::AddIOp::create(inner.b, k,
                                     inner.i32(format.isFnuz() ? 1 : 0));
      });
}

/// x * 2^-exponent.
Value scaled(ScaledBuilder &s, Value x, Value exponent) {
  Value wide = arith::ExtFOp::create(s.b, s.b.getF32Type(), x);
  Value negated = arith::SubIOp::create(s.b, s.i32(0), exponent);
  Value factor = ExponentToScaleOp::create(s.b, s.b.getF32Type(), negated);
  return arith::MulFOp::create(s.b, wide, factor);
}

Value fp8Codes(ScaledBuilder &s, ScaledType type, Value input,
               Value exponents) {
  AffineMap identity = s.identity(type.getRank());
  return s.generic(s.empty(codesTensor(type), input), identity,
                   {{input, identity}, {exponents, s.blockMap(type)}},
                   [&](ScaledBuilder &inner, ValueRange elements) -> Value {
                     Value code = TruncateOp::create(
                         inner.b, type.getElementType(),
                         scaled(inner, elements[0], elements[1]),
                         type.getLargest());
                     return inner.bitcast(code, inner.b.getI8Type());
                   });
}

/// Two codes per byte: columns 2c in the low, 2c + 1 in the high nibble.
Value fp4Codes(ScaledBuilder &s, ScaledType type, Value input,
               Value exponents) {
  unsigned rank = type.getRank();
  AffineExpr last = s.b.getAffineDimExpr(rank - 1);
  auto column = [&](int64_t offset) {
    SmallVector<AffineExpr> results(s.identity(rank).getResults());
    results.back() = last * 2 + offset;
    return AffineMap::get(rank, 0, results, s.b.getContext());
  };
  auto nibble = [&](ScaledBuilder &inner, Value x, Value exponent) -> Value {
    return TruncateFp4Op::create(inner.b, inner.b.getI8Type(),
                                 scaled(inner, x, exponent));
  };
  AffineMap blocks = s.blockMap(type);
  return s.generic(s.empty(codesTensor(type), input), s.identity(rank),
                   {{input, column(0)},
                    {input, column(1)},
                    {exponents, blocks.compose(column(0))},
                    {exponents, blocks.compose(column(1))}},
                   [&](ScaledBuilder &inner, ValueRange elements) -> Value {
                     Value low = nibble(inner, elements[0], elements[2]);
                     Value high = nibble(inner, elements[1], elements[3]);
                     Value shifted =
                         arith::ShLIOp::create(inner.b, high, inner.i8(4));
                     return arith::OrIOp::create(inner.b, low, shifted);
                   });
}

/// quantize x -> codes, scales by sections 3.3 to 3.5 of the specification.
struct LowerQuantize : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ScaledBuilder s(rewriter, op.getLoc());
    ScaledType type = op.getType();
    Value input = adaptor.getInput();
    Value exponents = scaleExponents(s, type, input);
    Value codes = type.getFormat().getBits() == 4
                      ? fp4Codes(s, type, input, exponents)
                      : fp8Codes(s, type, input, exponents);
    Value scales =
        s.elementwise(scalesTensor(type), exponents,
                      [&](ScaledBuilder &inner, ValueRange elements) {
                        return inner.encodeScale(type, elements[0]);
                      });
    rewriter.replaceOpWithMultiple(op, {ValueRange{codes, scales}});
    return success();
  }
};

/// dequantize (codes, scales) -> decode(code) * scale * 2^shift.
struct LowerDequantize : OpConversionPattern<DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DequantizeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ScaledBuilder s(rewriter, op.getLoc());
    ScaledParts input(op.getInput().getType(), adaptor.getInput());
    ScaledType type = input.type;
    unsigned rank = type.getRank();
    Type element = op.getType().getElementType();
    Value result = s.generic(
        s.empty(op.getType(), input.codes), s.identity(rank),
        {{input.codes, s.codesMap(type)}, {input.scales, s.blockMap(type)}},
        [&](ScaledBuilder &inner, ValueRange elements) -> Value {
          Value code =
              inner.decodeCode(type, elements[0], inner.column(rank - 1));
          Value value = arith::MulFOp::create(
              inner.b, code, inner.decodeScale(type, elements[1]));
          if (type.getShift() != 0)
            value = arith::MulFOp::create(
                inner.b, value,
                inner.f32(std::ldexp(1.0f, static_cast<int>(type.getShift()))));
          if (element != value.getType())
            value = arith::TruncFOp::create(inner.b, element, value);
          return value;
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void dsv4c::fp8::populateLowerQuantizePatterns(const TypeConverter &converter,
                                               RewritePatternSet &patterns) {
  patterns.add<LowerQuantize, LowerDequantize>(converter,
                                               patterns.getContext());
}
