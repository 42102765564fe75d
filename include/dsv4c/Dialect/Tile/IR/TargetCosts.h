//===- TargetCosts.h - What things cost on a target -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameters of the cost model, beside the facts of TargetFacts.h. Every figure
// stands in TargetCosts.cpp, with its source.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_DIALECT_TILE_IR_TARGETCOSTS_H
#define DSV4C_DIALECT_TILE_IR_TARGETCOSTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace dsv4c::tile {

/// Cycles of the vector unit for instructions whose name starts so.
struct InstructionRate {
  llvm::StringLiteral prefix;
  int64_t cycles;
};

/// Rates are per second, sizes bytes, cycles those of the engine clock.
struct TargetCosts {
  llvm::StringRef target;
  /// The device that the figures are for.
  llvm::StringRef device;

  double clock = 0;
  double memoryBytes = 0;
  double hbmPeakRate = 0;
  /// What a streaming kernel reaches.
  double hbmRate = 0;
  /// Of the memory-side cache.
  double cacheRate = 0;
  double cacheBytes = 0;
  int64_t lineBytes = 0;

  /// Per compute unit and cycle.
  int64_t ldsRate = 0;
  /// Of a wave's vector instruction unless `slowInstructions` has another
  /// figure.
  int64_t vectorCycles = 0;
  /// First match counts.
  llvm::ArrayRef<InstructionRate> slowInstructions;

  /// From the end of one launch of a replayed graph to the start of the next.
  double launchSeconds = 0;
  /// From a load's issue to its data: of the shortest way out of the compute
  /// unit, a hit in the L2.
  double loadSeconds = 0;
};

/// Null if nothing is known of the target's costs.
const TargetCosts *findTargetCosts(llvm::StringRef target);

} // namespace dsv4c::tile

#endif // DSV4C_DIALECT_TILE_IR_TARGETCOSTS_H
