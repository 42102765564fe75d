//===- TokenCounts.h - How often tokens occurred --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_TOKENCOUNTS_H
#define DSV4RUN_SAMPLING_TOKENCOUNTS_H

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace dsv4run {

/// What penalties look at: the tokens of one sequence so far, as counts.
class TokenCounts {
public:
  struct Count {
    int64_t prompt = 0, generated = 0;
  };

  void AddPrompt(absl::Span<const int32_t> tokens);
  void AddGenerated(int32_t token);
  /// Takes back one AddGenerated of this token, for a rejected draft.
  void RemoveGenerated(int32_t token);

  /// By token; tokens that did not occur are missing.
  const absl::flat_hash_map<int32_t, Count> &counts() const { return counts_; }

private:
  absl::flat_hash_map<int32_t, Count> counts_;
};

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_TOKENCOUNTS_H
