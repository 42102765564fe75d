//===- Pipelines.cpp - Every pipeline of the compiler ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "dsv4c/Dialect/Exec/Transforms/Passes.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4c/Target/Hip/HipSource.h"
#include "dsv4c/Target/Host/HostObject.h"
#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;

void PipelineOptions::setTarget(const tile::TargetFacts &target) {
  panel = target.panelRows;
  fragments = target.fragments;
  foldScales = target.scaleFolding;
  tileRows = target.maxTileRows;
  splitTokens = target.splitTokens;
  keyTile = target.keyTile;
  meeting = target.meeting;
  buckets = target.buckets;
}

void dsv4c::buildGraphPipeline(OpPassManager &manager,
                               const PipelineOptions &options) {
  // The checkpoint's dialect is OCP. Everything after this pass is in the
  // target's, and nothing may bring another one in.
  fp8::Fp8LegalizeOptions legalize;
  legalize.targetFormat = options.format;
  manager.addPass(fp8::createFp8Legalize(legalize));
  fp8::Fp8VerifyTargetOptions verify;
  verify.targetFormat = options.format;
  manager.addPass(fp8::createFp8VerifyTarget(verify));
  // After the recasts, which work on the checkpoint's layout.
  dsv4::AssignLayoutsOptions layouts;
  layouts.panel = options.panel;
  layouts.fragments = options.fragments;
  manager.addPass(dsv4::createAssignLayouts(layouts));
}

void dsv4c::buildTilePipeline(OpPassManager &manager,
                              const PipelineOptions &options) {
  dsv4::PlanPoolOptions pool;
  pool.maxBatch = options.maxBatch;
  pool.maxTokens =
      options.buckets.empty() ? 1 : options.buckets[options.buckets.size() - 1];
  pool.outputRows = options.outputRows;
  manager.addPass(dsv4::createPlanPool(pool));
  dsv4::SpecializeProgramsOptions specialize;
  specialize.buckets = llvm::to_vector(ArrayRef<int64_t>(options.buckets));
  manager.addPass(dsv4::createSpecializePrograms(specialize));
  // Fusion depends on the bucket: one token can afford what 256 can't.
  manager.addNestedPass<dsv4::ProgramOp>(dsv4::createSplitMixes());
  manager.addNestedPass<dsv4::ProgramOp>(dsv4::createFuseLaunches());
  Dsv4ToTileOptions tile;
  tile.tileRows = options.tileRows;
  tile.foldScales = options.foldScales;
  tile.splitTokens = options.splitTokens;
  tile.keyTile = options.keyTile;
  tile.meeting = options.meeting;
  manager.addPass(createDsv4ToTile(tile));
}

void dsv4c::buildExecPipeline(OpPassManager &manager, const PipelineOptions &) {
  manager.addPass(exec::createExecPlanMemory());
}

void dsv4c::buildGpuPipeline(OpPassManager &manager,
                             const tile::TargetFacts &target) {
  TileToGpuOptions distribute;
  distribute.targetName = target.name.str();
  manager.addPass(createTileToGpu(distribute));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  OpPassManager &kernels =
      manager.nest<gpu::GPUModuleOp>().nest<gpu::GPUFuncOp>();
  // What is copied takes no registers, of which loads that run ahead take some.
  if (target.hasAsyncCopies) {
    AsyncCopiesOptions copies;
    copies.copyBytes = target.loadToLdsBytes.front();
    kernels.addPass(createAsyncCopies(copies));
  }
  kernels.addPass(createPipelineLoads());
  PackSharedBuffersOptions shared;
  shared.maxBytes = target.ldsBytes;
  kernels.addPass(createPackSharedBuffers(shared));
}

void dsv4c::registerPassesAndPipelines() {
  fp8::registerFp8Passes();
  dsv4::registerDsv4Passes();
  tile::registerTilePasses();
  exec::registerExecPasses();
  registerDsv4cConversionPasses();
  PassPipelineRegistration<PipelineOptions>(
      "dsv4-graph-pipeline",
      "Imported programs in the target's formats and layouts",
      buildGraphPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "dsv4-tile-pipeline", "Programs to tile kernels and an exec schedule",
      buildTilePipeline);
  PassPipelineRegistration<PipelineOptions>(
      "dsv4-exec-pipeline", "Addresses of the schedule", buildExecPipeline);
  amdgcn::registerAmdgpuPipeline();
  hip::registerHipPipeline();
  nvvm::registerNvvmPipeline();
  host::registerHostPipeline();
}
