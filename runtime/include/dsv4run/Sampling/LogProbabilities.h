//===- LogProbabilities.h - What the model thought of a token -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_LOGPROBABILITIES_H
#define DSV4RUN_SAMPLING_LOGPROBABILITIES_H

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace dsv4run {

struct TokenLogProbability {
  int32_t token;
  double log_probability; ///< natural logarithm; -infinity for forbidden ones
};

struct LogProbabilities {
  TokenLogProbability chosen;
  /// The most probable tokens, best first, of equals the lower id first.
  std::vector<TokenLogProbability> top;
};

/// Under softmax(logits), the model's own distribution: before temperature,
/// penalties, bias and filters. `top_count` is at least 0; a vocabulary with
/// fewer tokens gives them all. Errors as Sampler::Sample's, and if `chosen` is
/// outside the vocabulary.
absl::StatusOr<LogProbabilities>
ComputeLogProbabilities(absl::Span<const float> logits, int32_t chosen,
                        int64_t top_count);

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_LOGPROBABILITIES_H
