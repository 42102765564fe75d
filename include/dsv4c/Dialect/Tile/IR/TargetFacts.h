//===- TargetFacts.h - Everything known about a target ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of targets. Passes, pipelines and the cost model ask it for facts;
// nothing else in the compiler depends on which chip a kernel is for.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_DIALECT_TILE_IR_TARGETFACTS_H
#define DSV4C_DIALECT_TILE_IR_TARGETFACTS_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace dsv4c::tile {

/// A matrix instruction: [m, k] x [k, n] + f32 [m, n], by one wave.
struct MatrixInstruction {
  int64_t m, n, k;
  /// MLIR element types of the factors: "f8E4M3FNUZ", "bf16", ...
  llvm::StringLiteral lhs, rhs;
  /// Columns of k that share an e8m0 scale operand; 0 for none.
  int64_t scaleBlock;
  /// Cycles until the matrix unit takes the next one.
  int64_t cycles;
};

/// Where scales of e2m1 weights go, if they are far enough from the ends of
/// f32.
enum class ScaleFolding {
  /// Numbers like any other, multiplied to the sums of their blocks.
  None,
  /// Into the decoded codes, where scales of neighbouring blocks are close.
  Codes,
  /// Powers made of their exponents alone, for the sums of their blocks:
  /// cheaper where a lane has few codes for each scale. Two panels of a product
  /// are one factor.
  Sums
};

/// Where lowering ends.
enum class TargetKind { Host, AmdGpu, NvidiaGpu };

/// Sizes are bytes. Figures of one compute unit unless stated otherwise.
struct TargetFacts {
  llvm::StringRef name;
  /// The devices, for people.
  llvm::StringRef description;
  TargetKind kind = TargetKind::Host;
  /// Generation of the instruction set: CDNA 3 or 4; 0 for others.
  int cdna = 0;

  /// FP8 dialect of conversions and matrix instructions.
  fp8::FloatDialect format = fp8::FloatDialect::Ocp;
  /// Whether instructions read and write FP8; without, software does, in
  /// either dialect.
  bool hasFp8 = false;
  /// Instruction e2m1 -> f32.
  bool hasFp4Conversion = false;
  /// Instruction f32 -> bf16 that rounds to nearest even.
  bool hasBf16Conversion = false;

  /// Lanes of a wave, and lanes of a workgroup unless a kernel asks otherwise.
  int64_t waveSize = 0;
  int64_t workgroupSize = 0;
  int64_t maxWorkgroupSize = 0;

  /// LDS that a workgroup may have.
  int64_t ldsBytes = 0;
  /// Banks of four bytes.
  int64_t ldsBanks = 0;
  /// Bytes that a lane moves with one access of global memory, widest first;
  /// likewise from global memory straight into LDS.
  llvm::ArrayRef<int64_t> loadBytes;
  llvm::ArrayRef<int64_t> loadToLdsBytes;
  /// Whether such loads go to an address of the lane's own, while the lane goes
  /// on.
  bool hasAsyncCopies = false;
  /// Instruction with which a wave reads matrices of 8 x 8 elements of 16 bits
  /// from LDS into fragments, also transposed.
  bool hasMatrixLoads = false;

  /// In order of preference for each pair of element types.
  llvm::ArrayRef<MatrixInstruction> matrixInstructions;

  /// Registers of a lane, shared by vector and accumulation registers, and the
  /// unit of their allocation.
  int64_t vectorRegisters = 0;
  int64_t vectorRegisterGranule = 0;
  int64_t scalarRegisters = 0;
  int64_t simds = 0;
  /// Per SIMD.
  int64_t maxWaves = 0;
  int64_t maxWorkgroups = 0;

  /// Of the device.
  int64_t computeUnits = 0;
  /// LLVM's name of the scope that all workgroups of a launch share.
  llvm::StringRef deviceScope;
  /// Dies with an L2 cache each, to which workgroups are dealt in turn.
  int64_t dies = 0;

  /// Rows of a weight panel.
  int64_t panelRows = 0;
  ScaleFolding scaleFolding = ScaleFolding::Codes;
  /// Whether panels lie in memory as operands of matrix instructions: the
  /// fragments of #fp8.layout.
  bool fragments = false;
  /// Rows of activations in one tile: smallest that makes sense, largest.
  int64_t minTileRows = 0;
  int64_t maxTileRows = 0;
  /// Tokens of a step up to which workgroups share the sum of a product that has
  /// few tiles.
  int64_t splitTokens = 16;
  /// Keys of attention that a workgroup holds at a time, a KiB each and about as
  /// much again for everything else.
  int64_t keyTile = 128;
  /// Neighbouring workgroups that surely run at the same time, so that they may
  /// wait for each other (tile.meet); 0 where none do.
  int64_t meeting = 0;
  /// Token counts that programs are made for.
  llvm::ArrayRef<int64_t> buckets;

  bool isGpu() const { return kind != TargetKind::Host; }

  /// The preferred instruction for these element types; null if none.
  const MatrixInstruction *findMatrix(llvm::StringRef lhs,
                                      llvm::StringRef rhs) const;
};

/// Every target of this build, in the order of messages.
llvm::ArrayRef<TargetFacts> getKnownTargets();

/// The target of that name; null if the table has none.
const TargetFacts *findTarget(llvm::StringRef name);

/// "gfx942, gfx950, sm_90, host": for messages.
std::string getTargetNames();

} // namespace dsv4c::tile

#endif // DSV4C_DIALECT_TILE_IR_TARGETFACTS_H
