//===- Counters.h - What a launch cost --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_COUNTERS_H
#define DSV4EMU_COUNTERS_H

#include <cstdint>
#include <map>
#include <string>

namespace dsv4emu {

/// Sums over all waves of a launch. Cycles are issue cycles of one SIMD with
/// nothing in its way: bounds, not predictions.
struct Counters {
  uint64_t waves = 0;
  uint64_t workgroups = 0;
  uint64_t instructions = 0;
  std::map<std::string, uint64_t> byClass;
  std::map<std::string, uint64_t> byOpcode;
  uint64_t mfmaCycles = 0, valuCycles = 0, saluCycles = 0;

  uint64_t globalBytes = 0; ///< Touched by lanes.
  uint64_t globalLines = 0; ///< 128-byte lines requested by instructions.
  uint64_t idealLines = 0;  ///< The fewest lines those bytes could fill.
  uint64_t l2Hits = 0, l2Misses = 0, infinityCacheHits = 0;
  uint64_t hbmBytes = 0;

  uint64_t ldsAccesses = 0;
  uint64_t ldsCycles = 0;         ///< Bank cycles, conflicts included.
  uint64_t ldsConflictCycles = 0; ///< Beyond the conflict-free minimum.

  /// Waves per SIMD that registers, LDS and workgroup size allow, and what
  /// limits them.
  unsigned occupancy = 0;
  std::string occupancyLimit;
};

} // namespace dsv4emu

#endif // DSV4EMU_COUNTERS_H
