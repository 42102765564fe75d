//===- Philox.h - Counter-based random numbers ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_PHILOX_H
#define DSV4RUN_SAMPLING_PHILOX_H

#include <array>
#include <cstdint>

namespace dsv4run {

/// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2,
/// 3" (2011): a function of key and counter without state.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter,
                                   std::array<uint32_t, 2> key);

/// A double in [0, 1) with 53 random bits: a function of the seed and an index.
double RandomUnit(uint64_t seed, uint64_t index);

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_PHILOX_H
