//===- SamplerTest.cpp - Filters and exact distributions ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/Sampler.h"

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "Support/StatusMatchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsInvalid;

constexpr float kInfinity = INFINITY;

Sampler Make(const SamplingOptions &options) {
  absl::StatusOr<Sampler> sampler = Sampler::Create(options);
  EXPECT_OK(sampler);
  return *sampler;
}

SamplingOptions Options(float temperature, int64_t top_k = 0, float top_p = 1,
                        float min_p = 0) {
  SamplingOptions options;
  options.temperature = temperature;
  options.top_k = top_k;
  options.top_p = top_p;
  options.min_p = min_p;
  return options;
}

/// Logits whose softmax at temperature 1 is proportional to these weights.
std::vector<float> Logits(const std::vector<double> &weights) {
  std::vector<float> logits;
  for (double weight : weights)
    logits.push_back(static_cast<float>(std::log(weight)));
  return logits;
}

std::vector<int32_t> Kept(const SamplingOptions &options,
                          const std::vector<float> &logits) {
  absl::StatusOr<std::vector<TokenProbability>> distribution =
      Make(options).Distribution(logits);
  EXPECT_OK(distribution);
  std::vector<int32_t> tokens;
  double sum = 0;
  for (const TokenProbability &entry : *distribution) {
    tokens.push_back(entry.token);
    sum += entry.probability;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  return tokens;
}

/// Draws many times and compares with the expected distribution, p = 0.0001.
void ExpectDistribution(const SamplingOptions &options,
                        const std::vector<float> &logits,
                        const std::map<int32_t, double> &expected,
                        double critical_chi_square) {
  constexpr int kDraws = 50'000;
  Sampler sampler = Make(options);
  std::map<int32_t, int> counts;
  for (int i = 0; i < kDraws; ++i) {
    absl::StatusOr<int32_t> token = sampler.Sample(logits, i);
    ASSERT_OK(token);
    ASSERT_EQ(expected.count(*token), 1u) << *token;
    ++counts[*token];
  }
  double chi_square = 0;
  for (auto [token, probability] : expected) {
    double wanted = probability * kDraws;
    chi_square += (counts[token] - wanted) * (counts[token] - wanted) / wanted;
  }
  EXPECT_LT(chi_square, critical_chi_square);
}

TEST(GreedyToken, TakesTheLowestOfTheLargest) {
  EXPECT_EQ(*GreedyToken({1, 3, 2, 3}), 1);
  EXPECT_EQ(*GreedyToken({-5}), 0);
  EXPECT_EQ(*GreedyToken({-kInfinity, -1e30f}), 1);
  EXPECT_EQ(*GreedyToken({-0.0f, 0.0f}), 0);
  EXPECT_EQ(*Make(Options(0)).Sample({1, 3, 2, 3}, 99), 1);
}

TEST(Sampler, RejectsLogits) {
  for (float temperature : {0.0f, 1.0f}) {
    Sampler sampler = Make(Options(temperature));
    EXPECT_THAT(sampler.Sample({}, 0), IsInvalid("found 0"));
    EXPECT_THAT(
        sampler.Sample({0, NAN}, 0),
        IsInvalid("logit of token 1: expected a finite number, found nan"));
    EXPECT_THAT(sampler.Sample({kInfinity, 0}, 0),
                IsInvalid("logit of token 0"));
    EXPECT_THAT(sampler.Sample({-kInfinity, -kInfinity}, 0),
                IsInvalid("found only -infinity"));
  }
}

TEST(Sampler, RejectsOptions) {
  EXPECT_THAT(Sampler::Create(Options(-1)),
              IsInvalid("temperature: expected a finite number of at least 0, "
                        "found -1"));
  EXPECT_THAT(Sampler::Create(Options(NAN)), IsInvalid("temperature"));
  EXPECT_THAT(Sampler::Create(Options(kInfinity)), IsInvalid("temperature"));
  EXPECT_THAT(Sampler::Create(Options(1, -1)), IsInvalid("top_k: expected"));
  for (float top_p : {0.0f, -0.5f, 1.5f, NAN})
    EXPECT_THAT(Sampler::Create(Options(1, 0, top_p)),
                IsInvalid("top_p: expected a number in (0, 1]"));
  for (float min_p : {-0.5f, 1.5f, NAN})
    EXPECT_THAT(Sampler::Create(Options(1, 0, 1, min_p)),
                IsInvalid("min_p: expected a number in [0, 1]"));
}

TEST(Sampler, TopKKeepsTheMostProbable) {
  std::vector<float> logits = Logits({1, 4, 2, 4, 3});
  EXPECT_THAT(Kept(Options(1, 1), logits), ElementsAre(1));
  EXPECT_THAT(Kept(Options(1, 3), logits), ElementsAre(1, 3, 4));
  EXPECT_THAT(Kept(Options(1, 5), logits), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Kept(Options(1, 99), logits), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Sampler, TopKTiesGoToTheLowerId) {
  std::vector<float> logits(100, 1.0f);
  EXPECT_THAT(Kept(Options(1, 3), logits), ElementsAre(0, 1, 2));
}

TEST(Sampler, TopPKeepsTheSmallestSufficientSet) {
  std::vector<float> logits = Logits({0.1, 0.4, 0.05, 0.3, 0.15});
  EXPECT_THAT(Kept(Options(1, 0, 0.01f), logits), ElementsAre(1));
  EXPECT_THAT(Kept(Options(1, 0, 0.39f), logits), ElementsAre(1));
  EXPECT_THAT(Kept(Options(1, 0, 0.41f), logits), ElementsAre(1, 3));
  EXPECT_THAT(Kept(Options(1, 0, 0.71f), logits), ElementsAre(1, 3, 4));
  EXPECT_THAT(Kept(Options(1, 0, 0.97f), logits), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Sampler, TopPTiesGoToTheLowerId) {
  EXPECT_THAT(Kept(Options(1, 0, 0.5f), std::vector<float>(4, 2.0f)),
              ElementsAre(0, 1));
}

TEST(Sampler, MinPComparesWithTheMostProbable) {
  std::vector<float> logits = Logits({0.1, 0.4, 0.05, 0.3, 0.15});
  EXPECT_THAT(Kept(Options(1, 0, 1, 0.3f), logits), ElementsAre(1, 3, 4));
  EXPECT_THAT(Kept(Options(1, 0, 1, 0.8f), logits), ElementsAre(1));
  EXPECT_THAT(Kept(Options(1, 0, 1, 1.0f), logits), ElementsAre(1));
}

/// Top-p sees the distribution that top-k left, renormalised: 0.5 and 0.5 of
/// the original 0.3 and 0.3. Before top-k, 0.45 would need two tokens.
TEST(Sampler, TopPFollowsTopK) {
  std::vector<float> logits = Logits({0.3, 0.3, 0.2, 0.2});
  EXPECT_THAT(Kept(Options(1, 2, 0.45f), logits), ElementsAre(0));
  EXPECT_THAT(Kept(Options(1, 0, 0.45f), logits), ElementsAre(0, 1));
}

/// The filters see the logits after temperature.
TEST(Sampler, FiltersFollowTemperature) {
  std::vector<float> logits = Logits({0.6, 0.4});
  EXPECT_THAT(Kept(Options(1, 0, 1, 0.5f), logits), ElementsAre(0, 1));
  // At 0.5 the odds are squared: 0.36 to 0.16.
  EXPECT_THAT(Kept(Options(0.5f, 0, 1, 0.5f), logits), ElementsAre(0));
  EXPECT_THAT(Kept(Options(0.5f, 0, 1, 0.4f), logits), ElementsAre(0, 1));
}

TEST(Sampler, DrawsFromSoftmax) {
  ExpectDistribution(Options(1), Logits({1, 2, 3, 4}),
                     {{0, 0.1}, {1, 0.2}, {2, 0.3}, {3, 0.4}}, 21.1);
}

TEST(Sampler, DrawsWithTemperature) {
  // Weights squared: 1, 4, 9, 16 of 30.
  ExpectDistribution(
      Options(0.5f), Logits({1, 2, 3, 4}),
      {{0, 1 / 30.0}, {1, 4 / 30.0}, {2, 9 / 30.0}, {3, 16 / 30.0}}, 21.1);
}

TEST(Sampler, DrawsFromWhatTheFiltersLeft) {
  // top_k 4 leaves 4 3 2 2 (of 11), top_p 0.8 leaves 4 3 2, min_p 0.6 leaves
  // 4 3.
  std::vector<float> logits = Logits({2, 1, 4, 2, 3});
  ExpectDistribution(
      Options(1, 4), logits,
      {{0, 2 / 11.0}, {2, 4 / 11.0}, {3, 2 / 11.0}, {4, 3 / 11.0}}, 21.1);
  ExpectDistribution(Options(1, 4, 0.8f), logits,
                     {{0, 2 / 9.0}, {2, 4 / 9.0}, {4, 3 / 9.0}}, 18.4);
  ExpectDistribution(Options(1, 4, 0.8f, 0.6f), logits,
                     {{2, 4 / 7.0}, {4, 3 / 7.0}}, 15.1);
}

TEST(Sampler, NeverDrawsForbiddenTokens) {
  ExpectDistribution(Options(1), {-kInfinity, 0, -kInfinity, 0, -kInfinity},
                     {{1, 0.5}, {3, 0.5}}, 15.1);
}

TEST(Sampler, SurvivesExtremeLogits) {
  for (float temperature : {1e-30f, 1e-5f, 1.0f, 1e30f}) {
    Sampler sampler = Make(Options(temperature));
    EXPECT_OK(sampler.Sample({3e38f, -3e38f, 0}, 0));
    EXPECT_OK(sampler.Sample({-3e38f, -3e38f}, 0));
  }
  EXPECT_EQ(*Make(Options(1e-30f)).Sample({1, 2}, 0), 1);
}

TEST(Sampler, DependsOnSeedAndPositionOnly) {
  std::vector<float> logits(1000, 0.0f);
  SamplingOptions options;
  options.seed = 5;
  Sampler first = Make(options), second = Make(options);
  options.seed = 6;
  Sampler other = Make(options);
  int different = 0;
  for (uint64_t position = 0; position < 100; ++position) {
    int32_t token = *first.Sample(logits, position);
    EXPECT_EQ(*second.Sample(logits, position), token);
    EXPECT_EQ(*first.Sample(logits, position), token);
    different += *other.Sample(logits, position) != token;
  }
  EXPECT_GT(different, 90);
}

/// The filters' shortcuts (nth_element, buckets) keep what full sorting keeps.
TEST(Sampler, FiltersEqualFullSorting) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 300; ++round) {
    std::vector<float> logits(1 + random() % 200);
    for (float &logit : logits)
      logit = static_cast<int>(random() % 41) / 8.0f; // many ties
    SamplingOptions options = Options(
        1, random() % 30, (1 + random() % 100) / 100.0f, random() % 3 * 0.2f);

    std::vector<std::pair<double, int32_t>> sorted;
    for (size_t i = 0; i < logits.size(); ++i)
      sorted.push_back({-std::exp(double{logits[i]}), i});
    std::sort(sorted.begin(), sorted.end());
    if (options.top_k > 0 && options.top_k < int64_t(sorted.size()))
      sorted.resize(options.top_k);
    double total = 0, sum = 0;
    for (auto &entry : sorted)
      total -= entry.first;
    size_t kept = 0;
    while (kept < sorted.size() && (kept == 0 || sum < options.top_p * total))
      sum -= sorted[kept++].first;
    // Where the sum meets top_p exactly, rounding decides.
    if (std::abs(sum - options.top_p * total) < 1e-5 * total)
      continue;
    sorted.resize(kept);
    std::vector<int32_t> expected;
    for (auto &entry : sorted)
      if (entry.first <= options.min_p * sorted[0].first)
        expected.push_back(entry.second);
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(Kept(options, logits), expected) << round;
  }
}

} // namespace
} // namespace dsv4run
