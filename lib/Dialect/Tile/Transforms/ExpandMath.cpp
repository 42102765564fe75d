//===- ExpandMath.cpp - Math functions without libm -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dsv4c::tile {
#define GEN_PASS_DEF_EXPANDMATH
#include "Tile/TilePasses.h.inc"
} // namespace dsv4c::tile

using namespace mlir;
using namespace dsv4c;

namespace {
/// Arithmetic on f32 scalars or vectors of f32, and on their bits.
class FloatBuilder {
public:
  FloatBuilder(OpBuilder &builder, Value like)
      : b(like.getLoc(), builder), floatType(like.getType()) {
    Type i32 = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(floatType))
      intType = vector.clone(i32);
    else
      intType = i32;
  }

  Value f(double value) {
    return constant(floatType, b.getF32FloatAttr(static_cast<float>(value)));
  }
  Value i(int32_t value) {
    return constant(intType, b.getI32IntegerAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value addi(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value subi(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value bits(Value x) { return arith::BitcastOp::create(b, intType, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, floatType, x); }
  Value toFloat(Value x) { return arith::SIToFPOp::create(b, floatType, x); }
  /// predicate(x, y) ? ifTrue : ifFalse.
  Value select(arith::CmpFPredicate predicate, Value x, Value y, Value ifTrue,
               Value ifFalse) {
    Value condition = arith::CmpFOp::create(b, predicate, x, y);
    return arith::SelectOp::create(b, condition, ifTrue, ifFalse);
  }
  /// 2^exponent for exponents of normal numbers.
  Value powerOfTwo(Value exponent) {
    return fromBits(arith::ShLIOp::create(b, addi(exponent, i(127)), i(23)));
  }

  ImplicitLocOpBuilder b;

private:
  Value constant(Type type, TypedAttr value) {
    if (auto vector = dyn_cast<VectorType>(type))
      value = DenseElementsAttr::get(vector, Attribute(value));
    return arith::ConstantOp::create(b, value);
  }
  Type floatType, intType;
};

/// Base of the patterns: one f32 function.
template <typename Op>
class ExpandPattern : public OpRewritePattern<Op> {
public:
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const final {
    if (!getElementTypeOrSelf(op.getType()).isF32() ||
        isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32 or a vector of it");
    FloatBuilder f(rewriter, op.getOperand());
    rewriter.replaceOp(op, expand(f, op.getOperand()));
    return success();
  }

protected:
  virtual Value expand(FloatBuilder &f, Value x) const = 0;
};

/// exp(x) = 2^n exp(r) with n = round(x / ln 2) and |r| <= ln 2 / 2; exp(r) by
/// Cephes' polynomial of degree 7.
struct ExpandExp : ExpandPattern<math::ExpOp> {
  using ExpandPattern::ExpandPattern;
  Value expand(FloatBuilder &f, Value x) const override {
    using P = arith::CmpFPredicate;
    // Beyond these the result is 0 or infinite; NaN passes both comparisons.
    Value clamped = f.select(P::OLT, x, f.f(-110), f.f(-110), x);
    clamped = f.select(P::OGT, clamped, f.f(90), f.f(90), clamped);
    // Adding 1.5 * 2^23 leaves n in the low bits of the sum.
    Value magic = f.f(12582912);
    Value shifted = f.fma(clamped, f.f(1.44269504088896341), magic);
    Value n = f.sub(shifted, magic);
    Value r = f.fma(n, f.f(-0.693145751953125), clamped);
    r = f.fma(n, f.f(-1.42860682030941723e-6), r);
    Value p = f.f(1.9875691500e-4);
    for (double c : {1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                     1.6666665459e-1, 5.0000001201e-1})
      p = f.fma(p, r, f.f(c));
    Value y = f.add(f.fma(f.mul(r, r), p, r), f.f(1));
    // In two steps, so that only the last one rounds when the result is
    // subnormal.
    Value exponent = f.subi(f.bits(shifted), f.bits(magic));
    Value half = arith::ShRSIOp::create(f.b, exponent, f.i(1));
    Value rest = f.subi(exponent, half);
    return f.mul(f.mul(y, f.powerOfTwo(half)), f.powerOfTwo(rest));
  }
};

/// log1p(x) after FreeBSD's log1pf: 1 + x = 2^k (1 + f), and c is what rounding
/// 1 + x lost.
struct ExpandLog1p : ExpandPattern<math::Log1pOp> {
  using ExpandPattern::ExpandPattern;
  Value expand(FloatBuilder &f, Value x) const override {
    using P = arith::CmpFPredicate;
    Value one = f.f(1), zero = f.f(0);
    Value u = f.add(one, x);
    // Rebase the exponent so that 1 + f lies in [sqrt(1/2), sqrt(2)).
    Value rebased = f.addi(f.bits(u), f.i(0x3f800000 - 0x3f3504f3));
    Value k = f.subi(arith::ShRSIOp::create(f.b, rebased, f.i(23)), f.i(127));
    Value dk = f.toFloat(k);
    Value lost = f.select(P::OGE, dk, f.f(2), f.sub(one, f.sub(u, x)),
                          f.sub(x, f.sub(u, one)));
    Value c = f.select(P::OLT, dk, f.f(25), f.div(lost, u), zero);
    Value mantissa = arith::AndIOp::create(f.b, rebased, f.i(0x007fffff));
    Value scaled = f.sub(f.fromBits(f.addi(mantissa, f.i(0x3f3504f3))), one);
    // Near zero f is x itself, exactly.
    Value isNear = arith::AndIOp::create(
        f.b, arith::CmpFOp::create(f.b, P::OGT, x, f.f(-0.29289323)),
        arith::CmpFOp::create(f.b, P::OLT, x, f.f(0.41421357)));
    auto ifNear = [&](Value near, Value far) -> Value {
      return arith::SelectOp::create(f.b, isNear, near, far);
    };
    Value g = ifNear(x, scaled);
    c = ifNear(zero, c);
    dk = ifNear(zero, dk);

    Value s = f.div(g, f.add(f.f(2), g));
    Value z = f.mul(s, s), w = f.mul(z, z);
    Value odd = f.mul(w, f.fma(w, f.f(0.24279078841), f.f(0.40000972152)));
    Value even = f.mul(z, f.fma(w, f.f(0.28498786688), f.f(0.66666662693)));
    Value half = f.mul(f.mul(f.f(0.5), g), g);
    Value y = f.fma(s, f.add(half, f.add(odd, even)),
                    f.fma(dk, f.f(9.0580006145e-06), c));
    y = f.add(f.sub(y, half), g);
    y = f.fma(dk, f.f(6.9313812256e-01), y);

    Value inf = f.f(std::numeric_limits<double>::infinity());
    Value nan = f.f(std::numeric_limits<double>::quiet_NaN());
    Value minusInf = f.f(-std::numeric_limits<double>::infinity());
    Value size = math::AbsFOp::create(f.b, x);
    y = f.select(P::OLT, size, f.f(0x1p-24), x, y);
    y = f.select(P::UEQ, x, inf, x, y);
    y = f.select(P::OEQ, x, f.f(-1), minusInf, y);
    return f.select(P::OLT, x, f.f(-1), nan, y);
  }
};

/// rsqrt(x) = 1 / sqrt(x).
struct ExpandRsqrt : ExpandPattern<math::RsqrtOp> {
  using ExpandPattern::ExpandPattern;
  Value expand(FloatBuilder &f, Value x) const override {
    return f.div(f.f(1), math::SqrtOp::create(f.b, x));
  }
};

/// Does every target have an instruction for `op`?
bool isInstruction(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::SqrtOp, math::FmaOp,
             math::RoundEvenOp, math::FloorOp, math::CeilOp, math::TruncOp,
             math::CopySignOp, math::CtPopOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp>(op);
}

class ExpandMathPass : public tile::impl::ExpandMathBase<ExpandMathPass> {
public:
  void runOnOperation() override {
    auto count = [&] {
      int64_t number = 0;
      getOperation()->walk([&](Operation *op) {
        if (isa<math::MathDialect>(op->getDialect()) && !isInstruction(op))
          ++number;
      });
      return number;
    };
    numExpanded += count();
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExp, ExpandLog1p, ExpandRsqrt>(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
      return name != math::ExpOp::getOperationName() &&
             name != math::Log1pOp::getOperationName() &&
             name != math::RsqrtOp::getOperationName();
    });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();

    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (!isa<math::MathDialect>(op->getDialect()) || isInstruction(op))
        return WalkResult::advance();
      // [expand_math_c1]
      op->emitOpError("[expand_math_c1] would be a call into libm");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
