//===- Sampler.cpp - Logits to the next token -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/Sampler.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <string>

#include "InlineExp.h"
#include "absl/container/flat_hash_set.h"
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

template <typename Candidate>
bool RanksBefore(const Candidate &a, const Candidate &b) {
  return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
}

/// The exponent and three bits of the mantissa of a weight in (0, 1]: larger
/// weights have no smaller buckets.
constexpr uint32_t kBuckets = (0x3F800000 >> 20) + 1;
uint32_t Bucket(float weight) {
  uint32_t bits;
  std::memcpy(&bits, &weight, sizeof(bits));
  return bits >> 20;
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
  if (!(options.repetition_penalty > 0 &&
        std::isfinite(options.repetition_penalty)))
    return Expected("repetition_penalty", "a finite number above 0",
                    options.repetition_penalty);
  if (!std::isfinite(options.frequency_penalty))
    return Expected("frequency_penalty", "a finite number",
                    options.frequency_penalty);
  if (!std::isfinite(options.presence_penalty))
    return Expected("presence_penalty", "a finite number",
                    options.presence_penalty);
  absl::flat_hash_set<int32_t> biased;
  for (auto [token, bias] : options.logit_bias) {
    std::string name = absl::StrCat("logit_bias of token ", token);
    if (token < 0)
      return Expected("logit_bias", "token ids of at least 0", token);
    if (!(bias < INFINITY)) // neither NaN
      return Expected(name, "a finite number or -infinity", bias);
    if (!biased.insert(token).second)
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": expected once, found twice"));
  }
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

bool Sampler::ChangesLogits(const TokenCounts &counts) const {
  bool penalties = options_.repetition_penalty != 1 ||
                   options_.frequency_penalty != 0 ||
                   options_.presence_penalty != 0;
  return !options_.logit_bias.empty() ||
         (penalties && !counts.counts().empty());
}

absl::StatusOr<std::vector<float>>
Sampler::ChangedLogits(absl::Span<const float> logits,
                       const TokenCounts &counts) const {
  std::vector<float> changed(logits.begin(), logits.end());
  // A penalty must not make of a finite logit one that is out of range.
  auto bounded = [](float logit) { return std::min(logit, FLT_MAX); };
  for (const auto &[token, count] : counts.counts()) {
    if (token < 0 || static_cast<size_t>(token) >= logits.size())
      return Expected("token that occurred",
                      absl::StrCat("an id below ", logits.size()), token);
    float logit = changed[token];
    logit = logit > 0 ? logit / options_.repetition_penalty
                      : logit * options_.repetition_penalty;
    logit -= options_.frequency_penalty * static_cast<float>(count.generated);
    if (count.generated > 0)
      logit -= options_.presence_penalty;
    changed[token] = bounded(logit);
  }
  for (auto [token, bias] : options_.logit_bias) {
    if (static_cast<size_t>(token) >= logits.size())
      return Expected("logit_bias",
                      absl::StrCat("token ids below ", logits.size()), token);
    changed[token] = bounded(changed[token] + bias);
  }
  return changed;
}

std::vector<Sampler::Candidate> Sampler::Weigh(absl::Span<const float> logits,
                                               int32_t best) const {
  const float temperature = std::max(options_.temperature, kMinTemperature);
  const float largest = logits[best];
  std::vector<float> weights(logits.size());
  // The difference first: the quotient of a large logit could overflow.
  for (size_t i = 0; i < logits.size(); ++i)
    weights[i] =
        static_cast<float>(InlineExp((logits[i] - largest) / temperature));
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    if (weights[i] > 0)
      candidates.push_back({static_cast<int32_t>(i), weights[i]});
  return candidates;
}

void Sampler::KeepTopK(std::vector<Candidate> &candidates) const {
  if (options_.top_k == 0 ||
      options_.top_k >= static_cast<int64_t>(candidates.size()))
    return;
  std::nth_element(candidates.begin(), candidates.begin() + options_.top_k,
                   candidates.end(), RanksBefore<Candidate>);
  candidates.resize(options_.top_k);
  // A sum must not depend on how nth_element leaves the rest.
  std::sort(
      candidates.begin(), candidates.end(),
      [](const Candidate &a, const Candidate &b) { return a.token < b.token; });
}

/// Weights are counted by their upper bits, so that only those around the limit
/// have to be sorted.
void Sampler::KeepTopP(std::vector<Candidate> &candidates) const {
  if (options_.top_p == 1)
    return;
  const double wanted = options_.top_p * SumOfWeights(candidates);
  std::array<double, kBuckets> sums = {};
  for (const Candidate &candidate : candidates)
    sums[Bucket(candidate.weight)] += candidate.weight;
  uint32_t limit = kBuckets - 1;
  double sum = 0;
  while (limit > 0 && sum + sums[limit] < wanted)
    sum += sums[limit--];

  std::vector<Candidate> around;
  for (const Candidate &candidate : candidates)
    if (Bucket(candidate.weight) == limit)
      around.push_back(candidate);
  std::sort(around.begin(), around.end(), RanksBefore<Candidate>);
  size_t taken = 0;
  while (taken < around.size() && sum < wanted)
    sum += around[taken++].weight;
  auto is_left_out = [&](const Candidate &candidate) {
    uint32_t bucket = Bucket(candidate.weight);
    return bucket < limit || (bucket == limit && taken < around.size() &&
                              !RanksBefore(candidate, around[taken]));
  };
  candidates.erase(
      std::remove_if(candidates.begin(), candidates.end(), is_left_out),
      candidates.end());
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
Sampler::FindCandidates(absl::Span<const float> logits,
                        const TokenCounts &counts) const {
  DSV4RUN_ASSIGN_OR_RETURN(int32_t best, GreedyToken(logits));
  std::vector<float> changed;
  if (ChangesLogits(counts)) {
    DSV4RUN_ASSIGN_OR_RETURN(changed, ChangedLogits(logits, counts));
    logits = changed;
    DSV4RUN_ASSIGN_OR_RETURN(best, GreedyToken(logits));
  }
  if (options_.temperature == 0)
    return std::vector<Candidate>{{best, 1.0f}};
  std::vector<Candidate> candidates = Weigh(logits, best);
  KeepTopK(candidates);
  KeepTopP(candidates);
  KeepMinP(candidates);
  return candidates;
}

absl::StatusOr<int32_t> Sampler::Sample(absl::Span<const float> logits,
                                        uint64_t position,
                                        const TokenCounts &counts) const {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                           FindCandidates(logits, counts));
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
Sampler::Distribution(absl::Span<const float> logits,
                      const TokenCounts &counts) const {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                           FindCandidates(logits, counts));
  double sum = SumOfWeights(candidates);
  std::vector<TokenProbability> distribution;
  distribution.reserve(candidates.size());
  for (const Candidate &candidate : candidates)
    distribution.push_back({candidate.token, candidate.weight / sum});
  return distribution;
}

} // namespace dsv4run
