//===- SpeculativeSampling.cpp - Keep or replace a drafted token ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/SpeculativeSampling.h"

#include <algorithm>

namespace dsv4run {
namespace {

double ProbabilityOf(absl::Span<const TokenProbability> distribution,
                     int32_t token) {
  auto it = std::lower_bound(distribution.begin(), distribution.end(), token,
                             [](const TokenProbability &entry, int32_t id) {
                               return entry.token < id;
                             });
  return it != distribution.end() && it->token == token ? it->probability : 0;
}

} // namespace

int32_t DrawToken(absl::Span<const TokenProbability> distribution,
                  double unit) {
  double total = 0, sum = 0;
  for (const TokenProbability &entry : distribution)
    total += entry.probability;
  for (const TokenProbability &entry : distribution) {
    sum += entry.probability;
    if (sum > unit * total)
      return entry.token;
  }
  // unit * total < sum in exact arithmetic, and rounding can only make them
  // equal.
  return distribution.back().token;
}

int32_t VerifyDraft(absl::Span<const TokenProbability> target,
                    const DraftToken &draft, double keep_unit,
                    double replacement_unit) {
  double p = ProbabilityOf(target, draft.token);
  double q = ProbabilityOf(draft.distribution, draft.token);
  if (keep_unit * q < p)
    return draft.token;
  std::vector<TokenProbability> rest;
  for (const TokenProbability &entry : target) {
    double left =
        entry.probability - ProbabilityOf(draft.distribution, entry.token);
    if (left > 0 && entry.token != draft.token)
      rest.push_back({entry.token, left});
  }
  // Nothing is left only if both distributions are the same but for rounding.
  return rest.empty() ? draft.token : DrawToken(rest, replacement_unit);
}

} // namespace dsv4run
