//===- ResolveLaunches.h - Choose kernels on facts about the weights ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_RESOLVELAUNCHES_H
#define DSV4RUN_BUNDLE_RESOLVELAUNCHES_H

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"

namespace dsv4run {

/// What a pack program has found out. Scales are biased exponents, as stored
/// after a recast; both 0 for packs without scales.
struct PackFacts {
  uint8_t scale_min = 0;
  uint8_t scale_max = 0;
  /// Largest difference between the scales of four neighbouring blocks of a row,
  /// counted from its first block: those of 128 columns of e2m1.
  uint8_t local_spread = 0;
  /// Codes of -0 in the checkpoint (e4m3: 0x80; e2m1: nibble 8).
  uint64_t negative_zeros = 0;

  int scale_spread() const { return scale_max - scale_min; }
};

/// The value of a fact, for conditions and reports.
int64_t ValueOfFact(const PackFacts &facts, schema::Fact fact);

/// The kernel of every launch of a program of a validated manifest: `kernel`
/// where all conditions hold, else `otherwise`. `facts` has one element per
/// pack of the manifest.
std::vector<uint32_t> ResolveLaunches(const schema::Program &program,
                                      absl::Span<const PackFacts> facts);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_RESOLVELAUNCHES_H
