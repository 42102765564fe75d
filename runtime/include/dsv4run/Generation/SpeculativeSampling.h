//===- SpeculativeSampling.h - Keep or replace a drafted token ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_SPECULATIVESAMPLING_H
#define DSV4RUN_GENERATION_SPECULATIVESAMPLING_H

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dsv4run/Sampling/Sampler.h"

namespace dsv4run {

/// A token that was drawn from a cheaper distribution than the model's.
struct DraftToken {
  int32_t token = 0;
  /// What it was drawn from, by rising token id.
  std::vector<TokenProbability> distribution;
};

/// The rule of Leviathan et al., "Fast inference from transformers via
/// speculative decoding" (2023): a draft d from q is kept with probability
/// min(1, p(d) / q(d)), and otherwise replaced by a token drawn from max(0,
/// p - q), renormalised. If d was drawn from q and the units are uniform in
/// [0, 1) and independent of it, the result is distributed as p. The draft was
/// kept if and only if its token is returned.
///
/// `target` is p by rising token id. With one token in p and q each, this is
/// comparison.
int32_t VerifyDraft(absl::Span<const TokenProbability> target,
                    const DraftToken &draft, double keep_unit,
                    double replacement_unit);

/// The token at which the cumulated probabilities exceed `unit` of their sum.
int32_t DrawToken(absl::Span<const TokenProbability> distribution, double unit);

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_SPECULATIVESAMPLING_H
