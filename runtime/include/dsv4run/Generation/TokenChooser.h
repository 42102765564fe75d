//===- TokenChooser.h - The tokens of one sequence ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_TOKENCHOOSER_H
#define DSV4RUN_GENERATION_TOKENCHOOSER_H

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Generation/SpeculativeSampling.h"
#include "dsv4run/Sampling/Sampler.h"

namespace dsv4run {

/// A sampler with what its penalties look at. What is drawn for a position is a
/// function of the seed, the position and the logits.
class TokenChooser {
public:
  TokenChooser(Sampler sampler, absl::Span<const int32_t> prompt)
      : sampler_(std::move(sampler)) {
    counts_.AddPrompt(prompt);
  }

  const SamplingOptions &options() const { return sampler_.options(); }

  /// The token at `position` from the model's logits; accepted.
  absl::StatusOr<int32_t> Choose(absl::Span<const float> logits,
                                 int64_t position);

  /// A draft for `position` from the logits of a draft model. The tokens
  /// drafted before it are not counted by the penalties: any distribution is
  /// one to draft from.
  absl::StatusOr<DraftToken> Draft(absl::Span<const float> logits,
                                   int64_t position) const;

  /// The draft or what replaces it at `position`, from the model's logits;
  /// accepted.
  absl::StatusOr<int32_t> Verify(absl::Span<const float> logits,
                                 int64_t position, const DraftToken &draft);

private:
  Sampler sampler_;
  TokenCounts counts_;
};

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_TOKENCHOOSER_H
