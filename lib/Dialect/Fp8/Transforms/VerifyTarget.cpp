//===- VerifyTarget.cpp - Refuse bytes read in the wrong dialect ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace dsv4c::fp8 {
#define GEN_PASS_DEF_FP8VERIFYTARGET
#include "Fp8/Fp8Passes.h.inc"
} // namespace dsv4c::fp8

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// Format of the numbers that values of `type` consist of, null if they are no
/// narrow floats.
FormatAttr formatOf(Type type) {
  if (auto scaled = dyn_cast<ScaledType>(type))
    return scaled.getFormat();
  while (auto shaped = dyn_cast<ShapedType>(type))
    type = shaped.getElementType();
  return FormatAttr::get(type);
}

FormatAttr fp8FormatOf(Type type) {
  FormatAttr format = formatOf(type);
  return format && format.isFp8() ? format : FormatAttr();
}

/// How a diagnostic names what a reinterpretation starts from or ends in.
std::string describe(Type type) {
  if (FormatAttr format = formatOf(type))
    return (isa<ScaledType>(type) ? "scaled " : "") + format.describe();
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

bool isReinterpretation(Operation *op) {
  return isa<arith::BitcastOp, vector::BitCastOp, tensor::BitcastOp,
             memref::ViewOp, memref::ReinterpretCastOp,
             UnrealizedConversionCastOp>(op);
}

bool isIn(Operation *op, ArrayRef<StringRef> dialects) {
  return llvm::is_contained(dialects, op->getName().getDialectNamespace());
}

bool isConversion(Operation *op) {
  return isa<arith::ExtFOp, arith::TruncFOp, arith::ScalingExtFOp,
             arith::ScalingTruncFOp>(op);
}

/// Arithmetic whose operands or results are narrow; moving data is none.
bool isArithmetic(Operation *op) {
  if (isa<arith::ConstantOp, arith::SelectOp>(op) || isConversion(op))
    return false;
  return isIn(op, {"arith", "math"}) ||
         isa<vector::FMAOp, vector::ReductionOp, vector::MultiDimReductionOp,
             vector::OuterProductOp, vector::ScanOp>(op);
}

/// Ops that end up as an instruction on the bytes themselves.
bool isNative(Operation *op) {
  return isConversion(op) || isa<vector::ContractionOp>(op) ||
         isIn(op, {"amdgpu", "rocdl", "nvgpu", "nvvm"});
}

bool onlyPassesValuesOn(Operation *op) {
  return isa<CallOpInterface, BranchOpInterface, RegionBranchOpInterface,
             FunctionOpInterface>(op) ||
         op->hasTrait<OpTrait::IsTerminator>();
}

struct VerifyTargetPass
    : dsv4c::fp8::impl::Fp8VerifyTargetBase<VerifyTargetPass> {
  using Fp8VerifyTargetBase::Fp8VerifyTargetBase;

  void runOnOperation() override {
    bool failed = false;
    getOperation()->walk(
        [&](Operation *op) { failed |= mlir::failed(verify(op)); });
    if (failed)
      signalPassFailure();
  }

private:
  LogicalResult verify(Operation *op) {
    if (isReinterpretation(op))
      return instructionsOnly ? success() : verifyReinterpretation(op);
    if (isArithmetic(op))
      return verifyArithmetic(op);
    if (failed(verifyMixed(op)) ||
        (!instructionsOnly && failed(verifyScaled(op))))
      return failure();
    return isNative(op) ? verifyNative(op) : success();
  }

  // [target_c1]
  LogicalResult verifyReinterpretation(Operation *op) {
    for (Type from : op->getOperandTypes())
      for (Type to : op->getResultTypes()) {
        bool isSize = isa<IndexType>(from);
        if (isSize || formatOf(from) == formatOf(to))
          continue;
        return op->emitOpError("[target_c1] reinterprets ")
               << describe(from) << " as " << describe(to)
               << "; fp8.recast changes the dialect of scaled values, "
                  "fp8.extend and fp8.truncate convert numbers";
      }
    return success();
  }

  // [target_c2]
  LogicalResult verifyArithmetic(Operation *op) {
    for (TypeRange types :
         {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (FormatAttr format = formatOf(type))
          return op->emitOpError("[target_c2] computes on ")
                 << format.describe()
                 << "; fp8.extend it to f32 first and fp8.truncate the result";
    return success();
  }

  // [target_c3]
  LogicalResult verifyMixed(Operation *op) {
    if (onlyPassesValuesOn(op))
      return success();
    FormatAttr first;
    for (Type type : op->getOperandTypes()) {
      FormatAttr format = fp8FormatOf(type);
      if (format && first &&
          format.getFloatDialect() != first.getFloatDialect())
        return op->emitOpError("[target_c3] mixes FP8 dialects: ")
               << first.describe() << " and " << format.describe()
               << "; fp8.recast one of them";
      if (format && !first)
        first = format;
    }
    return success();
  }

  // [target_c4]
  LogicalResult verifyNative(Operation *op) {
    for (TypeRange types :
         {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types) {
        FormatAttr format = fp8FormatOf(type);
        if (format && format.getFloatDialect() != targetFormat)
          return op->emitOpError("[target_c4] needs ")
                 << format.describe() << ", the target computes in "
                 << format.withDialect(targetFormat).describe()
                 << "; fp8.recast scaled values, or convert in software with "
                    "fp8.extend or fp8.truncate";
      }
    return success();
  }

  // [target_c5]
  LogicalResult verifyScaled(Operation *op) {
    if (isa<RecastOp, WeightSourceOpInterface>(op))
      return success();
    for (Value operand : op->getOperands()) {
      bool fromCheckpoint =
          isa<ShuffleOp>(op) &&
          isa_and_nonnull<WeightSourceOpInterface>(operand.getDefiningOp());
      if (!fromCheckpoint && failed(verifyScaled(op, operand.getType())))
        return failure();
    }
    if (isa<ShuffleOp>(op))
      return success();
    for (Type type : op->getResultTypes())
      if (failed(verifyScaled(op, type)))
        return failure();
    return success();
  }

  LogicalResult verifyScaled(Operation *op, Type type) {
    auto scaled = dyn_cast<ScaledType>(type);
    if (!scaled || scaled == scaled.withDialect(targetFormat))
      return success();
    return op->emitOpError("[target_c5] uses a value in ")
           << scaled.getFormat().describe() << ", the target computes in "
           << scaled.withDialect(targetFormat).getFormat().describe()
           << "; fp8-legalize moves the module there";
  }
};

} // namespace
