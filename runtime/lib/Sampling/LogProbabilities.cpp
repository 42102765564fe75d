//===- LogProbabilities.cpp - What the model thought of a token -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/LogProbabilities.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "InlineExp.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Sampling/Sampler.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<LogProbabilities>
ComputeLogProbabilities(absl::Span<const float> logits, int32_t chosen,
                        int64_t top_count) {
  DSV4RUN_ASSIGN_OR_RETURN(int32_t best, GreedyToken(logits));
  if (chosen < 0 || static_cast<size_t>(chosen) >= logits.size())
    return absl::InvalidArgumentError(
        absl::StrCat("log-probability of token ", chosen,
                     ": expected an id below ", logits.size()));
  if (top_count < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "number of log-probabilities: expected at least 0, found ", top_count));
  const double largest = logits[best];
  double sum = 0;
  for (float logit : logits)
    sum += InlineExp(logit - largest);
  const double normaliser = largest + std::log(sum);
  auto entry = [&](int32_t token) {
    return TokenLogProbability{token, logits[token] - normaliser};
  };

  LogProbabilities result{entry(chosen), {}};
  std::vector<int32_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0);
  auto wanted =
      tokens.begin() + std::min<int64_t>(top_count, int64_t(tokens.size()));
  std::partial_sort(
      tokens.begin(), wanted, tokens.end(), [&](int32_t a, int32_t b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
      });
  for (auto token = tokens.begin(); token != wanted; ++token)
    result.top.push_back(entry(*token));
  return result;
}

} // namespace dsv4run
