//===- NvvmPipeline.cpp - gpu.module to the LLVM dialect for PTX ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "dsv4c/Target/Nvvm/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::nvvm;

/// Step 1: before anything becomes an instruction.
static void addChecks(OpPassManager &modules, const tile::TargetFacts &target) {
  fp8::Fp8VerifyTargetOptions verify;
  verify.targetFormat = target.format;
  verify.instructionsOnly = true;
  modules.addPass(fp8::createFp8VerifyTarget(verify));
}

/// Step 2: what has no instruction becomes arithmetic. Conversions that have
/// one come first: the expansion takes what they leave.
static void addExpansions(OpPassManager &modules,
                          const tile::TargetFacts &target) {
  OpPassManager &kernels = modules.nest<gpu::GPUFuncOp>();
  NvvmFp8ConversionsOptions conversions;
  conversions.target = target.name.str();
  kernels.addPass(createNvvmFp8Conversions(conversions));
  kernels.addPass(fp8::createFp8ExpandConversions());
  kernels.addPass(tile::createExpandMath());
  kernels.addPass(tile::createExpandBf16());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  kernels.addPass(arith::createArithExpandOpsPass(expand));
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
}

/// Step 3: everything becomes the LLVM dialect.
static void addLLVMLowering(OpPassManager &modules,
                            const tile::TargetFacts &target) {
  GpuKernelAbiOptions abi;
  abi.target = target.name.str();
  modules.addPass(createGpuKernelAbi(abi));
  OpPassManager &kernels = modules.nest<gpu::GPUFuncOp>();
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  // Ahead of the conversion below, which would call the device library, of
  // which there is none.
  kernels.addPass(createConvertMathToLLVMPass());
  kernels.addPass(createNvvmKeepIntrinsics());
  kernels.addPass(createConvertVectorToLLVMPass());
  kernels.addPass(createUBToLLVMConversionPass());
  modules.addPass(createConvertGpuOpsToNVVMOps());
  modules.addPass(createReconcileUnrealizedCastsPass());
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
}

void nvvm::buildNvvmPipeline(OpPassManager &manager,
                             const NvvmOptions &options) {
  OpPassManager &modules = manager.nest<gpu::GPUModuleOp>();
  addChecks(modules, *options.target);
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
