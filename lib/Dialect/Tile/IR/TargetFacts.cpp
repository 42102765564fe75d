//===- TargetFacts.cpp - The table of targets -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sources: AMD Instinct MI300 and CDNA4 ISA documents (matrix instructions with
// their passes of four cycles, LDS, registers); LLVM's AMDGPU usage guide; CUDA
// C++ programming guide (limits of compute capability 9.0) and PTX ISA (shapes
// of mma.sync; cycles are those of a quarter of a multiprocessor at the dense
// bf16 rate, which FP8 operands, widened by mma.sync, have too).
//
//===----------------------------------------------------------------------===//

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace dsv4c::tile;
using dsv4c::fp8::FloatDialect;

// Tiles of 16 x 16 come first: they keep a quarter of the accumulators busy at
// the same rate, and one token fills a sixteenth of them, not a thirty-second.
static constexpr MatrixInstruction gfx942Matrix[] = {
    {16, 16, 32, "f8E4M3FNUZ", "f8E4M3FNUZ", 0, 16},
    {32, 32, 16, "f8E4M3FNUZ", "f8E4M3FNUZ", 0, 32},
    {16, 16, 16, "bf16", "bf16", 0, 16},
    {32, 32, 8, "bf16", "bf16", 0, 32},
    {16, 16, 4, "f32", "f32", 0, 32},
    {32, 32, 2, "f32", "f32", 0, 64},
};

// The long forms take half as many cycles for an FP4 pair. The short FP8 forms
// sum 32 columns at a time, as on gfx942.
static constexpr MatrixInstruction gfx950Matrix[] = {
    {16, 16, 32, "f8E4M3FN", "f8E4M3FN", 0, 16},
    {16, 16, 128, "f8E4M3FN", "f8E4M3FN", 32, 32},
    {32, 32, 16, "f8E4M3FN", "f8E4M3FN", 0, 32},
    {32, 32, 64, "f8E4M3FN", "f8E4M3FN", 32, 64},
    {16, 16, 128, "f8E4M3FN", "f4E2M1FN", 32, 32},
    {32, 32, 64, "f8E4M3FN", "f4E2M1FN", 32, 64},
    {16, 16, 128, "f4E2M1FN", "f4E2M1FN", 32, 16},
    {16, 16, 32, "bf16", "bf16", 0, 16},
    {32, 32, 16, "bf16", "bf16", 0, 32},
    {16, 16, 16, "bf16", "bf16", 0, 16},
    {16, 16, 4, "f32", "f32", 0, 32},
    {32, 32, 2, "f32", "f32", 0, 64},
};

static constexpr MatrixInstruction sm90Matrix[] = {
    {16, 8, 32, "f8E4M3FN", "f8E4M3FN", 0, 8},
    {16, 8, 16, "f16", "f16", 0, 4},
    {16, 8, 16, "bf16", "bf16", 0, 4},
};

static constexpr int64_t nvidiaLoads[] = {16, 8, 4, 2, 1};
static constexpr int64_t nvidiaLoadsToLds[] = {16, 8, 4};
static constexpr int64_t gpuLoads[] = {16, 12, 8, 4, 2, 1};
static constexpr int64_t gfx942LoadsToLds[] = {4, 2, 1};
static constexpr int64_t gfx950LoadsToLds[] = {16, 12, 4, 2, 1};
static constexpr int64_t gpuBuckets[] = {1, 16, 64, 1024};

static constexpr int64_t hostLoads[] = {64, 32, 16, 8, 4, 2, 1};
static constexpr int64_t hostBuckets[] = {1, 16, 256};

static TargetFacts makeCdna(llvm::StringRef name, llvm::StringRef description) {
  TargetFacts facts;
  facts.name = name;
  facts.description = description;
  facts.kind = TargetKind::AmdGpu;
  facts.hasFp8 = true;
  facts.waveSize = 64;
  facts.workgroupSize = 256;
  facts.maxWorkgroupSize = 1024;
  facts.ldsBytes = 64 << 10;
  facts.ldsBanks = 32;
  facts.loadBytes = gpuLoads;
  facts.vectorRegisters = 512;
  facts.vectorRegisterGranule = 8;
  facts.scalarRegisters = 102;
  facts.simds = 4;
  facts.maxWaves = 8;
  facts.maxWorkgroups = 16;
  facts.dies = 8;
  facts.deviceScope = "agent";
  facts.panelRows = 64;
  facts.fragments = true;
  facts.minTileRows = 16;
  facts.maxTileRows = 32;
  facts.buckets = gpuBuckets;
  return facts;
}

static TargetFacts makeGfx942() {
  TargetFacts facts = makeCdna("gfx942", "AMD MI300X, MI300A, MI325X");
  facts.cdna = 3;
  facts.format = FloatDialect::Fnuz;
  facts.loadToLdsBytes = gfx942LoadsToLds;
  facts.matrixInstructions = gfx942Matrix;
  facts.computeUnits = 304;
  facts.keyTile = 32;
  return facts;
}

static TargetFacts makeGfx950() {
  TargetFacts facts = makeCdna("gfx950", "AMD MI350X, MI355X");
  facts.cdna = 4;
  facts.hasFp4Conversion = true;
  facts.hasBf16Conversion = true;
  facts.ldsBytes = 160 << 10;
  facts.keyTile = 64;
  facts.ldsBanks = 64;
  facts.loadToLdsBytes = gfx950LoadsToLds;
  facts.matrixInstructions = gfx950Matrix;
  facts.computeUnits = 256;
  return facts;
}

static TargetFacts makeSm90() {
  TargetFacts facts;
  facts.name = "sm_90";
  facts.description = "NVIDIA H100, H200";
  facts.kind = TargetKind::NvidiaGpu;
  facts.format = FloatDialect::Ocp;
  facts.hasFp8 = true;
  facts.hasBf16Conversion = true;
  facts.waveSize = 32;
  facts.deviceScope = "device";
  facts.workgroupSize = 256;
  facts.maxWorkgroupSize = 1024;
  facts.ldsBytes = 227 << 10;
  facts.ldsBanks = 32;
  facts.loadBytes = nvidiaLoads;
  facts.loadToLdsBytes = nvidiaLoadsToLds;
  facts.hasAsyncCopies = true;
  facts.hasMatrixLoads = true;
  facts.matrixInstructions = sm90Matrix;
  facts.vectorRegisters = 255;
  facts.vectorRegisterGranule = 8;
  facts.simds = 4;
  facts.maxWaves = 16;
  facts.maxWorkgroups = 32;
  facts.computeUnits = 132;
  facts.splitTokens = 64;
  facts.keyTile = 128;
  // A cluster that every device can run.
  facts.meeting = 8;
  facts.dies = 1;
  facts.panelRows = 64;
  facts.scaleFolding = ScaleFolding::Sums;
  facts.fragments = true;
  facts.minTileRows = 16;
  facts.maxTileRows = 32;
  facts.buckets = gpuBuckets;
  return facts;
}

static TargetFacts makeHost() {
  TargetFacts facts;
  facts.name = "host";
  facts.description = "x86-64-v3, x86-64-v4";
  facts.waveSize = 1;
  facts.workgroupSize = 1;
  facts.maxWorkgroupSize = 1;
  facts.loadBytes = hostLoads;
  facts.computeUnits = 1;
  facts.dies = 1;
  facts.panelRows = 64;
  facts.minTileRows = 1;
  facts.maxTileRows = 64;
  facts.buckets = hostBuckets;
  return facts;
}

const MatrixInstruction *TargetFacts::findMatrix(llvm::StringRef lhs,
                                                 llvm::StringRef rhs) const {
  for (const MatrixInstruction &instruction : matrixInstructions)
    if (instruction.lhs == lhs && instruction.rhs == rhs)
      return &instruction;
  return nullptr;
}

llvm::ArrayRef<TargetFacts> dsv4c::tile::getKnownTargets() {
  static const TargetFacts targets[] = {makeGfx942(), makeGfx950(), makeSm90(),
                                        makeHost()};
  return targets;
}

const TargetFacts *dsv4c::tile::findTarget(llvm::StringRef name) {
  for (const TargetFacts &target : getKnownTargets())
    if (target.name == name)
      return &target;
  return nullptr;
}

std::string dsv4c::tile::getTargetNames() {
  return llvm::join(llvm::map_range(getKnownTargets(),
                                    [](const TargetFacts &target) {
                                      return target.name.str();
                                    }),
                    ", ");
}
