//===- Sampler.cpp - Logits to the next token -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/Sampler.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Sampling/Philox.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr float kMinTemperature = 1e-5f;

absl::Status Expected(absl::string_view what, absl::string_view range,
                      double found) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": expected ", range, ", found ", found));
}

template <typename Candidates>
double SumOfWeights(const Candidates &candidates) {
  double sum = 0;
  for (const auto &candidate : candidates)
    sum += candidate.weight;
  return sum;
}

} // namespace

absl::StatusOr<Sampler> Sampler::Create(const SamplingOptions &options) {
  // Written so that NaN fails.
  if (!(options.temperature >= 0 && std::isfinite(options.temperature)))
    return Expected("temperature", "a finite number of at least 0",
                    options.temperature);
  if (options.top_k < 0)
    return Expected("top_k", "at least 0", options.top_k);
  if (!(options.top_p > 0 && options.top_p <= 1))
    return Expected("top_p", "a number in (0, 1]", options.top_p);
  if (!(options.min_p >= 0 && options.min_p <= 1))
    return Expected("min_p", "a number in [0, 1]", options.min_p);
  return Sampler(options);
}

absl::StatusOr<int32_t> GreedyToken(absl::Span<const float> logits) {
  if (logits.empty() || logits.size() > INT32_MAX)
    return Expected("logits", "between 1 and 2^31 - 1 of them", logits.size());
  size_t best = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i]) || logits[i] == INFINITY)
      return Expected(absl::StrCat("logit of token ", i), "a finite number",
                      logits[i]);
    if (logits[i] > logits[best])
      best = i;
  }
  if (logits[best] == -INFINITY)
    return absl::InvalidArgumentError(
        "logits: expected a finite one, found only -infinity");
  return static_cast<int32_t>(best);
}

std::vector<Sampler::Candidate> Sampler::Weigh(absl::Span<const float> logits,
                                               int32_t best) const {
  const float temperature = std::max(options_.temperature, kMinTemperature);
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    // The difference first: the quotient of a large logit could overflow.
    float weight = std::exp((logits[i] - logits[best]) / temperature);
    if (weight > 0)
      candidates.push_back({static_cast<int32_t>(i), weight});
  }
  return candidates;
}

void Sampler::KeepMostProbable(std::vector<Candidate> &candidates) const {
  bool all_by_rank = options_.top_k == 0 ||
                     options_.top_k >= static_cast<int64_t>(candidates.size());
  if (all_by_rank && options_.top_p == 1)
    return;
  auto ranks_before = [](const Candidate &a, const Candidate &b) {
    return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
  };
  auto by_token = [](const Candidate &a, const Candidate &b) {
    return a.token < b.token;
  };
  if (!all_by_rank) {
    std::nth_element(candidates.begin(), candidates.begin() + options_.top_k,
                     candidates.end(), ranks_before);
    candidates.resize(options_.top_k);
    // A sum must not depend on how nth_element leaves the rest.
    std::sort(candidates.begin(), candidates.end(), by_token);
  }
  if (options_.top_p < 1) {
    // A heap gives the most probable ones without sorting the whole vocabulary.
    double wanted = options_.top_p * SumOfWeights(candidates);
    auto ranks_after = [&](const Candidate &a, const Candidate &b) {
      return ranks_before(b, a);
    };
    std::make_heap(candidates.begin(), candidates.end(), ranks_after);
    auto rest = candidates.end();
    double sum = 0;
    do {
      std::pop_heap(candidates.begin(), rest, ranks_after);
      sum += (--rest)->weight;
    } while (sum < wanted && rest != candidates.begin());
    candidates.erase(candidates.begin(), rest);
    std::sort(candidates.begin(), candidates.end(), by_token);
  }
}

void Sampler::KeepMinP(std::vector<Candidate> &candidates) const {
  // The most probable token survives every filter and has weight 1.
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](const Candidate &candidate) {
                                    return candidate.weight < options_.min_p;
                                  }),
                   candidates.end());
}

absl::StatusOr<std::vector<Sampler::Candidate>>
Sampler::FindCandidates(absl::Span<const float> logits) const {
  DSV4RUN_ASSIGN_OR_RETURN(int32_t best, GreedyToken(logits));
  if (options_.temperature == 0)
    return std::vector<Candidate>{{best, 1.0f}};
  std::vector<Candidate> candidates = Weigh(logits, best);
  KeepMostProbable(candidates);
  KeepMinP(candidates);
  return candidates;
}

absl::StatusOr<int32_t> Sampler::Sample(absl::Span<const float> logits,
                                        uint64_t position) const {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                           FindCandidates(logits));
  double target =
      RandomUnit(options_.seed, position) * SumOfWeights(candidates);
  double sum = 0;
  for (const Candidate &candidate : candidates) {
    sum += candidate.weight;
    if (sum > target)
      return candidate.token;
  }
  // target < sum in exact arithmetic, and rounding can only make them equal.
  return candidates.back().token;
}

absl::StatusOr<std::vector<TokenProbability>>
Sampler::Distribution(absl::Span<const float> logits) const {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                           FindCandidates(logits));
  double sum = SumOfWeights(candidates);
  std::vector<TokenProbability> distribution;
  distribution.reserve(candidates.size());
  for (const Candidate &candidate : candidates)
    distribution.push_back({candidate.token, candidate.weight / sum});
  return distribution;
}

} // namespace dsv4run
