//===- HipPipeline.cpp - gpu.module to what has a C++ expression ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4c/Target/Hip/HipSource.h"
#include "dsv4c/Target/Hip/Passes.h"
#include "dsv4c/Target/Support/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace dsv4c;

void hip::buildHipPipeline(OpPassManager &manager,
                           const tile::TargetFacts &target) {
  OpPassManager &modules = manager.nest<gpu::GPUModuleOp>();
  addInstructionChecks(modules, target);
  // Ahead of the expansions, which then happen once for each helper.
  modules.addPass(createHipOutlineHelpers());
  amdgcn::addExpansions(modules.nest<gpu::GPUFuncOp>(), target);
  amdgcn::addExpansions(modules.nest<func::FuncOp>(), target);
}

namespace {
struct HipPipelineOptions : PassPipelineOptions<HipPipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("gfx942, gfx950"),
                             llvm::cl::init("gfx942")};
};
} // namespace

void hip::registerHipPipeline() {
  registerHipPasses();
  PassPipelineRegistration<HipPipelineOptions>(
      "hip-pipeline", "Prepare gpu.module for HIP C++",
      [](OpPassManager &manager, const HipPipelineOptions &pipeline) {
        const tile::TargetFacts *target = tile::findTarget(pipeline.target);
        if (!target || target->kind != tile::TargetKind::AmdGpu)
          llvm::report_fatal_error("hip-pipeline: no GPU target '" +
                                       Twine(pipeline.target) + "'",
                                   /*gen_crash_diag=*/false);
        buildHipPipeline(manager, *target);
      });
}
