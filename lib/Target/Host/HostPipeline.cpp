//===- HostPipeline.cpp - Kernels to the LLVM dialect ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "dsv4c/Target/Host/HostObject.h"
#include "dsv4c/Target/Support/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;

/// Kernels become functions of loops and vectors.
static void addTileLowering(OpPassManager &manager,
                            const host::HostOptions &options) {
  tile::TileToHostOptions tileOptions;
  tileOptions.vectorWidth = options.march == "x86-64-v4" ? 16 : 8;
  manager.addPass(tile::createTileToHost(tileOptions));
  // Before anything moves accesses across the ends of buffers' lives.
  manager.addNestedPass<func::FuncOp>(tile::createPackStackBuffers());
}

/// Everything becomes the LLVM dialect.
static void addLLVMLowering(OpPassManager &manager) {
  manager.addPass(tile::createHostKernelABI());
  OpPassManager &functions = manager.nest<func::FuncOp>();
  addFlatControlFlow(functions);
  // Function by function as far as possible, since that runs in parallel.
  functions.addPass(createConvertVectorToLLVMPass());
  functions.addPass(createConvertMathToLLVMPass());
  functions.addPass(createArithToLLVMConversionPass());
  functions.addPass(createUBToLLVMConversionPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void host::buildHostPipeline(OpPassManager &manager,
                             const HostOptions &options) {
  addTileLowering(manager, options);
  addSoftwareArithmetic(manager.nest<func::FuncOp>());
  addLLVMLowering(manager);
}

namespace {
struct HostPipelineOptions : PassPipelineOptions<HostPipelineOptions> {
  Option<std::string> march{*this, "march",
                            llvm::cl::desc("x86-64-v3 or x86-64-v4"),
                            llvm::cl::init("x86-64-v3")};
};
} // namespace

void host::registerHostPipeline() {
  PassPipelineRegistration<HostPipelineOptions>(
      "tile-host-pipeline", "Lower tile kernels to the LLVM dialect for x86-64",
      [](OpPassManager &manager, const HostPipelineOptions &options) {
        HostOptions hostOptions;
        hostOptions.march = options.march;
        buildHostPipeline(manager, hostOptions);
      });
}
