//===- NvvmPipeline.cpp - gpu.module to the LLVM dialect for PTX ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "dsv4c/Target/Nvvm/Passes.h"
#include "dsv4c/Target/Support/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::nvvm;

/// What has no instruction becomes arithmetic. Conversions that have
/// one come first: the expansion takes what they leave.
static void addExpansions(OpPassManager &modules,
                          const tile::TargetFacts &target) {
  OpPassManager &kernels = modules.nest<gpu::GPUFuncOp>();
  NvvmFp8ConversionsOptions conversions;
  conversions.target = target.name.str();
  kernels.addPass(createNvvmFp8Conversions(conversions));
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
  kernels.addPass(createNvvmKeepIntrinsics());
  kernels.addPass(createConvertVectorToLLVMPass());
  kernels.addPass(createUBToLLVMConversionPass());
  kernels.addPass(createConvertNVGPUToNVVMPass());
  modules.addPass(createConvertGpuOpsToNVVMOps());
  modules.addPass(createReconcileUnrealizedCastsPass());
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
}

void nvvm::buildNvvmPipeline(OpPassManager &manager,
                             const NvvmOptions &options) {
  OpPassManager &modules = manager.nest<gpu::GPUModuleOp>();
  addInstructionChecks(modules, *options.target);
  addExpansions(modules, *options.target);
  addLLVMLowering(modules, *options.target);
}

namespace {
struct NvvmPipelineOptions : PassPipelineOptions<NvvmPipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("sm_90"),
                             llvm::cl::init("sm_90")};
};
} // namespace

void nvvm::registerNvvmPipeline() {
  registerNvvmPasses();
  PassPipelineRegistration<NvvmPipelineOptions>(
      "nvvm-pipeline", "Lower gpu.module to the LLVM dialect for an NVIDIA GPU",
      [](OpPassManager &manager, const NvvmPipelineOptions &pipeline) {
        NvvmOptions options;
        options.target = tile::findTarget(pipeline.target);
        if (!options.target ||
            options.target->kind != tile::TargetKind::NvidiaGpu)
          llvm::report_fatal_error("nvvm-pipeline: no NVIDIA target '" +
                                       Twine(pipeline.target) + "'",
                                   /*gen_crash_diag=*/false);
        buildNvvmPipeline(manager, options);
      });
}
