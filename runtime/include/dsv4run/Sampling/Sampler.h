//===- Sampler.h - Logits to the next token -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_SAMPLER_H
#define DSV4RUN_SAMPLING_SAMPLER_H

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Sampling/TokenCounts.h"

namespace dsv4run {

/// The defaults are the model's own (spec section 7).
struct SamplingOptions {
  /// 0 chooses the largest logit. Others divide the logits and are at least
  /// 1e-5.
  float temperature = 1.0f;
  /// Keeps the k most probable tokens; 0 keeps all.
  int64_t top_k = 0;
  /// Keeps the fewest most probable tokens whose probabilities add up to at
  /// least this; in (0, 1].
  float top_p = 1.0f;
  /// Keeps tokens at least this probable relative to the most probable one; in
  /// [0, 1].
  float min_p = 0.0f;
  /// Divides positive logits of tokens that occurred, in the prompt or later,
  /// and multiplies negative ones; finite and above 0. 1 is off.
  float repetition_penalty = 1.0f;
  /// Subtracted from the logit of a token for each time it was generated;
  /// finite.
  float frequency_penalty = 0.0f;
  /// Subtracted once if the token was generated at all; finite.
  float presence_penalty = 0.0f;
  /// Added to the logits of tokens, each given once; finite, or -infinity to
  /// forbid one.
  std::vector<std::pair<int32_t, float>> logit_bias;
  uint64_t seed = 0;
};

struct TokenProbability {
  int32_t token;
  double probability;
};

/// Draws tokens from softmax(logits / temperature), computed in fp32, after the
/// repetition penalty, the frequency and presence penalties and the bias were
/// applied to the logits in this order. The distribution is then restricted by
/// top-k, then top-p, then min-p. Each filter sees the distribution that the
/// one before it left, renormalised, and keeps at least one token. Of equally
/// probable tokens the one with the lower id ranks first, also in greedy
/// choice.
///
/// The draw for position n is a function of the seed and n alone, so a sequence
/// can be resumed, rolled back or batched differently and stays the same. Equal
/// logits give equal tokens on every machine: no function of a mathematical
/// library is involved, and sums are taken in the order of token ids.
class Sampler {
public:
  static absl::StatusOr<Sampler> Create(const SamplingOptions &options);

  const SamplingOptions &options() const { return options_; }

  /// The token at `position` of its sequence; `counts` are what the penalties
  /// look at. NaN or +infinity among the logits is an error, as is having no
  /// finite one; -infinity forbids a token. A biased token outside the
  /// vocabulary is an error.
  absl::StatusOr<int32_t> Sample(absl::Span<const float> logits,
                                 uint64_t position,
                                 const TokenCounts &counts = {}) const;

  /// The distribution that Sample draws from, by rising token id.
  absl::StatusOr<std::vector<TokenProbability>>
  Distribution(absl::Span<const float> logits,
               const TokenCounts &counts = {}) const;

private:
  /// Relative to the most probable token, whose weight is 1.
  struct Candidate {
    int32_t token;
    float weight;
  };

  explicit Sampler(const SamplingOptions &options) : options_(options) {}
  std::vector<Candidate> Weigh(absl::Span<const float> logits,
                               int32_t best) const;
  void KeepTopK(std::vector<Candidate> &candidates) const;
  void KeepTopP(std::vector<Candidate> &candidates) const;
  void KeepMinP(std::vector<Candidate> &candidates) const;
  bool ChangesLogits(const TokenCounts &counts) const;
  absl::StatusOr<std::vector<float>>
  ChangedLogits(absl::Span<const float> logits,
                const TokenCounts &counts) const;
  absl::StatusOr<std::vector<Candidate>>
  FindCandidates(absl::Span<const float> logits,
                 const TokenCounts &counts) const;

  SamplingOptions options_;
};

/// The index of the largest logit, the lowest of several; with Sampler's
/// errors.
absl::StatusOr<int32_t> GreedyToken(absl::Span<const float> logits);

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_SAMPLER_H
