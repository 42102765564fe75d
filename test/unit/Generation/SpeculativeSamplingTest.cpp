//===- SpeculativeSamplingTest.cpp ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/SpeculativeSampling.h"

#include <cmath>
#include <map>
#include <random>

#include "gmock/gmock.h"

namespace dsv4run {
namespace {

using Distribution = std::vector<TokenProbability>;

double Probability(const Distribution &distribution, int32_t token) {
  for (const TokenProbability &entry : distribution)
    if (entry.token == token)
      return entry.probability;
  return 0;
}

/// Draws drafts from q and verifies them against p; counts what comes out.
std::map<int32_t, int> Outcomes(const Distribution &p, const Distribution &q,
                                int rounds, int *kept) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit;
  std::map<int32_t, int> counts;
  for (int i = 0; i < rounds; ++i) {
    DraftToken draft{DrawToken(q, unit(random)), q};
    double keep = unit(random), replace = unit(random);
    int32_t token = VerifyDraft(p, draft, keep, replace);
    ++counts[token];
    *kept += token == draft.token;
  }
  return counts;
}

TEST(SpeculativeSampling, PreservesTheTarget) {
  const Distribution p = {{2, 0.5}, {5, 0.3}, {7, 0.15}, {9, 0.05}};
  const Distribution drafts[] = {
      p,
      {{2, 0.1}, {5, 0.1}, {7, 0.1}, {9, 0.7}},
      {{2, 1.0}},
      {{1, 0.6}, {5, 0.4}},           // half of it outside the target
      {{3, 0.5}, {8, 0.5}},           // all of it
      {{2, 0.5}, {5, 0.3}, {7, 0.2}}, // one token of the target missing
  };
  constexpr int kRounds = 200000;
  for (const Distribution &q : drafts) {
    int kept = 0;
    std::map<int32_t, int> counts = Outcomes(p, q, kRounds, &kept);
    EXPECT_EQ(counts.size(), p.size());
    double overlap = 0;
    for (const TokenProbability &entry : p) {
      double sigma =
          std::sqrt(kRounds * entry.probability * (1 - entry.probability));
      EXPECT_NEAR(counts[entry.token], kRounds * entry.probability, 4.5 * sigma)
          << "token " << entry.token;
      overlap += std::min(entry.probability, Probability(q, entry.token));
    }
    // The rule keeps as many drafts as any can.
    double sigma = std::sqrt(kRounds * overlap * (1 - overlap));
    EXPECT_NEAR(kept, kRounds * overlap, 4.5 * sigma + 1e-6);
  }
}

TEST(SpeculativeSampling, GreedyIsComparison) {
  const Distribution best = {{4, 1.0}};
  for (double unit : {0.0, 0.5, 0.999999}) {
    EXPECT_EQ(VerifyDraft(best, {4, {{4, 1.0}}}, unit, unit), 4);
    EXPECT_EQ(VerifyDraft(best, {3, {{3, 1.0}}}, unit, unit), 4);
  }
}

TEST(SpeculativeSampling, RoundingLeavesTheDraft) {
  // The target's share is one ulp short, and no other token has any left.
  const Distribution p = {{1, std::nextafter(0.5, 0)}, {2, 0.5}};
  const Distribution q = {{1, 0.5}, {2, 0.5}};
  EXPECT_EQ(VerifyDraft(p, {1, q}, std::nextafter(1.0, 0), 0.5), 1);
}

TEST(SpeculativeSampling, DrawsByCumulatedProbability) {
  const Distribution p = {{3, 0.25}, {6, 0.5}, {8, 0.25}};
  EXPECT_EQ(DrawToken(p, 0), 3);
  EXPECT_EQ(DrawToken(p, 0.2499), 3);
  EXPECT_EQ(DrawToken(p, 0.25), 6);
  EXPECT_EQ(DrawToken(p, 0.75), 8);
  EXPECT_EQ(DrawToken(p, std::nextafter(1.0, 0)), 8);
  // Weights need not be normalised.
  EXPECT_EQ(DrawToken({{1, 2.0}, {2, 6.0}}, 0.3), 2);
}

} // namespace
} // namespace dsv4run
