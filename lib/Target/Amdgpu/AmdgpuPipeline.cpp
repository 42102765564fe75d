//===- AmdgpuPipeline.cpp - gpu.module to the LLVM dialect ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4c/Target/Amdgpu/Passes.h"
#include "dsv4c/Target/Support/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::amdgcn;

void amdgcn::addExpansions(OpPassManager &kernels,
                           const tile::TargetFacts &target) {
  // Conversions that have an instruction first: the expansion takes what they
  // leave.
  AmdgpuFp8ConversionsOptions conversions;
  conversions.target = target.name.str();
  kernels.addPass(createAmdgpuFp8Conversions(conversions));
  addSoftwareArithmetic(kernels);
}

/// Everything becomes the LLVM dialect.
static void addLLVMLowering(OpPassManager &modules,
                            const tile::TargetFacts &target) {
  GpuKernelAbiOptions abi;
  abi.target = target.name.str();
  modules.addPass(createGpuKernelAbi(abi));
  OpPassManager &kernels = modules.nest<gpu::GPUFuncOp>();
  addFlatControlFlow(kernels);
  // Ahead of the conversion below, which would call the device library, of
  // which there is none.
  kernels.addPass(createConvertMathToLLVMPass());
  kernels.addPass(createConvertVectorToLLVMPass());
  kernels.addPass(createUBToLLVMConversionPass());
  ConvertGpuOpsToROCDLOpsOptions rocdl;
  rocdl.chipset = target.name.str();
  rocdl.runtime = gpu::amd::Runtime::HIP;
  modules.addPass(createConvertGpuOpsToROCDLOps(rocdl));
  modules.addPass(createReconcileUnrealizedCastsPass());
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
}

void amdgcn::buildAmdgpuPipeline(OpPassManager &manager,
                                 const AmdgpuOptions &options) {
  OpPassManager &modules = manager.nest<gpu::GPUModuleOp>();
  addInstructionChecks(modules, *options.target);
  OpPassManager &kernels = modules.nest<gpu::GPUFuncOp>();
  addExpansions(kernels, *options.target);
  kernels.addPass(createAmdgpuPairSplats());
  addLLVMLowering(modules, *options.target);
}

namespace {
struct AmdgpuPipelineOptions : PassPipelineOptions<AmdgpuPipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("gfx942, gfx950"),
                             llvm::cl::init("gfx942")};
};
} // namespace

void amdgcn::registerAmdgpuPipeline() {
  registerAmdgpuPasses();
  PassPipelineRegistration<AmdgpuPipelineOptions>(
      "amdgpu-pipeline", "Lower gpu.module to the LLVM dialect for an AMD GPU",
      [](OpPassManager &manager, const AmdgpuPipelineOptions &pipeline) {
        AmdgpuOptions options;
        options.target = tile::findTarget(pipeline.target);
        if (!options.target || options.target->kind != tile::TargetKind::AmdGpu)
          llvm::report_fatal_error("amdgpu-pipeline: no GPU target '" +
                                       Twine(pipeline.target) + "'",
                                   /*gen_crash_diag=*/false);
        buildAmdgpuPipeline(manager, options);
      });
}
