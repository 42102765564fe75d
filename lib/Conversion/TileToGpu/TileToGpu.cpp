//===- TileToGpu.cpp - Lower kernels to the threads of a GPU --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "dsv4c/Conversion/Passes.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace dsv4c {
#define GEN_PASS_DEF_TILETOGPU
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {
class TileToGpuPass : public dsv4c::impl::TileToGpuBase<TileToGpuPass> {
public:
  using TileToGpuBase::TileToGpuBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    const tile::TargetFacts *target = tile::findTarget(targetName);
    // [tile_to_gpu_c5]
    if (!target || !target->isGpu()) {
      module.emitError("[tile_to_gpu_c5] no GPU target '") << targetName << "'";
      return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto kernels =
        gpu::GPUModuleOp::create(builder, module.getLoc(), "kernels");
    for (auto kernel :
         llvm::make_early_inc_range(module.getOps<tile::KernelOp>())) {
      tile_to_gpu::KernelLowering lowering(kernel, *target);
      if (failed(lowering.run(kernels)))
        return signalPassFailure();
      kernel.erase();
      ++numKernels;
    }
  }
};
} // namespace
