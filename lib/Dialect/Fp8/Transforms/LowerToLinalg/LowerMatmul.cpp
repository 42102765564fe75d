//===- LowerMatmul.cpp - scaled_matmul on tensors -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScaledBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// scaled_matmul lhs, rhs -> bf16(sum over j of dot32(block j) * sa * sb), as
/// one generic for the dots of all blocks and one for their sum.
struct LowerScaledMatmul : OpConversionPattern<ScaledMatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ScaledMatmulOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ScaledParts lhs(op.getLhs().getType(), adaptor.getLhs());
    ScaledParts rhs(op.getRhs().getType(), adaptor.getRhs());
    int64_t blockSize = rhs.type.getFullBlock()[1];
    int64_t depth = rhs.type.getShape()[1];
    if (depth % blockSize != 0)
      return rewriter.notifyMatchFailure(op, "the last block of K is partial");
    ScaledBuilder s(rewriter, op.getLoc());
    int64_t blocks = depth / blockSize;
    Value dots = blockDots(s, lhs, rhs, blocks, blockSize);
    Value sums = scaleAndSum(s, lhs, rhs, dots, blockSize);
    Value result =
        s.elementwise(op.getType(), sums,
                      [](ScaledBuilder &inner, ValueRange elements) -> Value {
                        return arith::TruncFOp::create(
                            inner.b, inner.b.getBF16Type(), elements[0]);
                      });
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static RankedTensorType f32Tensor(ScaledBuilder &s, ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, s.b.getF32Type());
  }

  /// dots[m, n, j] = sum over i of lhs[m, jB + i] * rhs[n, jB + i].
  static Value blockDots(ScaledBuilder &s, const ScaledParts &lhs,
                         const ScaledParts &rhs, int64_t blocks,
                         int64_t blockSize) {
    AffineExpr m, n, j, i;
    bindDims(s.b.getContext(), m, n, j, i);
    AffineExpr k = j * blockSize + i;
    auto map = [&](ArrayRef<AffineExpr> results) {
      return AffineMap::get(4, 0, results, s.b.getContext());
    };
    AffineMap rhsMap = s.codesMap(rhs.type).compose(map({n, k}));
    RankedTensorType type =
        f32Tensor(s, {lhs.type.getShape()[0], rhs.type.getShape()[0], blocks});
    // No operand has the extent of a block; this one only declares it.
    Value window = s.empty(f32Tensor(s, {blockSize}), lhs.codes);
    return s.generic(
        s.filled(type, lhs.codes, s.b.getF32FloatAttr(0.0f)), map({m, n, j}),
        {{lhs.codes, map({m, k})}, {rhs.codes, rhsMap}, {window, map({i})}},
        [&](ScaledBuilder &inner, ValueRange elements) -> Value {
          Value first = arith::MulIOp::create(
              inner.b, inner.column(2),
              arith::ConstantIndexOp::create(inner.b, blockSize));
          Value column = arith::AddIOp::create(inner.b, first, inner.column(3));
          Value a = inner.decodeCode(lhs.type, elements[0], column);
          Value b = inner.decodeCode(rhs.type, elements[1], column);
          Value product = arith::MulFOp::create(inner.b, a, b);
          return arith::AddFOp::create(inner.b, elements[3], product);
        },
        {3});
  }

  /// sum over j, in increasing order, of dots[m, n, j] * sa * sb.
  static Value scaleAndSum(ScaledBuilder &s, const ScaledParts &lhs,
                           const ScaledParts &rhs, Value dots,
                           int64_t blockSize) {
    AffineExpr m, n, j;
    bindDims(s.b.getContext(), m, n, j);
    auto map = [&](ArrayRef<AffineExpr> results) {
      return AffineMap::get(3, 0, results, s.b.getContext());
    };
    auto scales = [&](ScaledType type, AffineExpr row) {
      return s.blockMap(type).compose(map({row, j * blockSize}));
    };
    RankedTensorType type =
        f32Tensor(s, {lhs.type.getShape()[0], rhs.type.getShape()[0]});
    return s.generic(
        s.filled(type, lhs.codes, s.b.getF32FloatAttr(0.0f)), map({m, n}),
        {{dots, map({m, n, j})},
         {lhs.scales, scales(lhs.type, m)},
         {rhs.scales, scales(rhs.type, n)}},
        [&](ScaledBuilder &inner, ValueRange elements) -> Value {
          Value once = arith::MulFOp::create(
              inner.b, elements[0], inner.decodeScale(lhs.type, elements[1]));
          Value twice = arith::MulFOp::create(
              inner.b, once, inner.decodeScale(rhs.type, elements[2]));
          return arith::AddFOp::create(inner.b, elements[3], twice);
        },
        {2});
  }
};

} // namespace

void dsv4c::fp8::populateLowerMatmulPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<LowerScaledMatmul>(converter, patterns.getContext());
}
