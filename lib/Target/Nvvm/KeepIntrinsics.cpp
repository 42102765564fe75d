//===- KeepIntrinsics.cpp - Math intrinsics as calls of intrinsics --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Nvvm/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace dsv4c::nvvm {
#define GEN_PASS_DEF_NVVMKEEPINTRINSICS
#include "Conversion/NvvmPasses.h.inc"
} // namespace dsv4c::nvvm

using namespace mlir;

namespace {
struct KeepIntrinsicsPass
    : dsv4c::nvvm::impl::NvvmKeepIntrinsicsBase<KeepIntrinsicsPass> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      if (!isa<LLVM::CopySignOp, LLVM::FAbsOp, LLVM::FCeilOp, LLVM::FFloorOp,
               LLVM::RintOp, LLVM::SqrtOp>(op))
        return;
      // "llvm.intr.sqrt" is the operation of "llvm.sqrt".
      StringRef name = op->getName().getStringRef();
      name.consume_front("llvm.intr.");
      OpBuilder builder(op);
      auto call = LLVM::CallIntrinsicOp::create(
          builder, op->getLoc(), op->getResult(0).getType(),
          builder.getStringAttr("llvm." + name), op->getOperands());
      op->getResult(0).replaceAllUsesWith(call.getResult(0));
      op->erase();
    });
  }
};
} // namespace
