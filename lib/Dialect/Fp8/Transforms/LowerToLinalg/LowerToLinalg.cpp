//===- LowerToLinalg.cpp - Scaled values as pairs of tensors --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScaledBuilder.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace dsv4c::fp8 {
#define GEN_PASS_DEF_FP8LOWERTOLINALG
#include "Fp8/Fp8Passes.h.inc"
} // namespace dsv4c::fp8

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// cast (scaled value -> its parts) -> the parts.
struct LowerCast : OpConversionPattern<UnrealizedConversionCastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(UnrealizedConversionCastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (adaptor.getInputs().size() != 1 ||
        TypeRange(adaptor.getInputs()[0]) != op.getResultTypes())
      return rewriter.notifyMatchFailure(op, "results are not the parts");
    rewriter.replaceOp(op, adaptor.getInputs()[0]);
    return success();
  }
};

struct LowerToLinalgPass
    : dsv4c::fp8::impl::Fp8LowerToLinalgBase<LowerToLinalgPass> {
  void runOnOperation() override {
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion(
        [](ScaledType type, SmallVectorImpl<Type> &parts) -> LogicalResult {
          parts.append({codesTensor(type), scalesTensor(type)});
          return success();
        });
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<QuantizeOp, DequantizeOp, RecastOp, ShuffleOp,
                        ScaledMatmulOp>();
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return converter.isSignatureLegal(op.getFunctionType());
    });
    target.addDynamicallyLegalOp<func::ReturnOp, func::CallOp>(
        [&](Operation *op) { return converter.isLegal(op); });
    target.addDynamicallyLegalOp<UnrealizedConversionCastOp>(
        [](UnrealizedConversionCastOp op) {
          return llvm::none_of(op.getOperandTypes(), llvm::IsaPred<ScaledType>);
        });
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerCast>(converter, &getContext());
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);
    populateLowerMatmulPatterns(converter, patterns);
    populateLowerQuantizePatterns(converter, patterns);
    populateLowerRecastPatterns(converter, patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
