//===- Codes.h - Checks and recasts of codes and scales -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spec sections 2.3 and 3.2. Every function works on rows that are in cache.

#ifndef DSV4RUN_LIB_PACK_CODES_H
#define DSV4RUN_LIB_PACK_CODES_H

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"

namespace dsv4run::pack {

/// Looks for NaN and counts -0 (0x80); with `recast` replaces it by 0x00.
/// Returns the index of the first NaN (0x7F, 0xFF).
std::optional<size_t> CheckE4m3(absl::Span<uint8_t> codes, bool recast,
                                uint64_t &negative_zeros);

/// Nibbles of value 8.
uint64_t CountE2m1NegativeZeros(absl::Span<const uint8_t> bytes);

/// Pairs of neighbours (2c, 2c + 1) become pairs (k, k + 16) within every 32
/// codes, the byte order of e2m1 panels, and -0 becomes 0. The size is a multiple
/// of 16.
void PairE2m1Distant(absl::Span<uint8_t> bytes);

/// Updates the extremes; with `recast` raises every scale by one afterwards.
/// Returns the index of the first scale above the largest legal one, 254 or
/// with `recast` 253; scales are not raised then.
std::optional<size_t> CheckScales(absl::Span<uint8_t> scales, bool recast,
                                  uint8_t &least, uint8_t &largest);

/// Largest difference between scales of a group of four in a row of `columns`.
uint8_t LocalSpread(absl::Span<const uint8_t> scales, uint64_t columns);

} // namespace dsv4run::pack

#endif // DSV4RUN_LIB_PACK_CODES_H
