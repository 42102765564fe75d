//===- ExpandBf16.cpp - Round f32 to bf16 by integer arithmetic -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dsv4c::tile {
#define GEN_PASS_DEF_EXPANDBF16
#include "Tile/TilePasses.h.inc"
} // namespace dsv4c::tile

using namespace mlir;
using namespace dsv4c;

namespace {

struct RoundToBf16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getIn().getType();
    if (!getElementTypeOrSelf(type).isF32() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "not from f32 to bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto withElement = [&](Type element) -> Type {
      auto shaped = dyn_cast<ShapedType>(type);
      return shaped ? Type(shaped.clone(element)) : element;
    };
    Type words = withElement(b.getI32Type());
    auto constant = [&](int64_t value) -> Value {
      IntegerAttr scalar = b.getI32IntegerAttr(value);
      if (auto shaped = dyn_cast<ShapedType>(words))
        return arith::ConstantOp::create(
            b, DenseElementsAttr::get(shaped, scalar.getValue()));
      return arith::ConstantOp::create(b, scalar);
    };
    Value bits = arith::BitcastOp::create(b, words, op.getIn());
    Value sixteen = constant(16);
    Value odd = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, bits, sixteen), constant(1));
    Value rounded = arith::AddIOp::create(
        b, bits, arith::AddIOp::create(b, odd, constant(0x7FFF)));
    Value high = arith::ShRUIOp::create(b, rounded, sixteen);
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO,
                                        op.getIn(), op.getIn());
    Value result = arith::SelectOp::create(b, isNaN, constant(0x7FC0), high);
    Value half =
        arith::TruncIOp::create(b, withElement(b.getI16Type()), result);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), half);
    return success();
  }
};

struct ExpandBf16 : public tile::impl::ExpandBf16Base<ExpandBf16> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RoundToBf16>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
