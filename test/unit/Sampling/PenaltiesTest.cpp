//===- PenaltiesTest.cpp - Penalties, bias and exact distributions --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cmath>
#include <map>
#include <vector>

#include "Support/StatusMatchers.h"
#include "dsv4run/Sampling/Philox.h"
#include "dsv4run/Sampling/Sampler.h"
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

/// Logits whose differences show in the distribution's ratios.
std::vector<double> Ratios(const SamplingOptions &options,
                           const std::vector<float> &logits,
                           const TokenCounts &counts) {
  absl::StatusOr<std::vector<TokenProbability>> distribution =
      Make(options).Distribution(logits, counts);
  EXPECT_OK(distribution);
  std::vector<double> ratios;
  for (const TokenProbability &entry : *distribution)
    ratios.push_back(
        std::log(entry.probability / distribution->front().probability));
  return ratios;
}

/// Token 0 did not occur, 1 in the prompt, 2 once and 3 twice in the output.
TokenCounts Counts() {
  TokenCounts counts;
  counts.AddPrompt({1, 1});
  counts.AddGenerated(2);
  counts.AddGenerated(3);
  counts.AddGenerated(3);
  return counts;
}

void ExpectRatios(const SamplingOptions &options,
                  const std::vector<float> &logits,
                  const std::vector<double> &expected) {
  std::vector<double> ratios = Ratios(options, logits, Counts());
  ASSERT_EQ(ratios.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(ratios[i], expected[i], 1e-6) << i;
}

TEST(Penalties, RepetitionSeesPromptAndOutput) {
  SamplingOptions options;
  options.repetition_penalty = 2;
  ExpectRatios(options, {1, 1, 1, 1}, {0, -0.5, -0.5, -0.5});
  ExpectRatios(options, {-1, -1, -1, -1}, {0, -1, -1, -1});
  options.repetition_penalty = 0.5;
  ExpectRatios(options, {1, 1, -1, 0}, {0, 1, -1.5, -1});
}

TEST(Penalties, FrequencyCountsTheOutput) {
  SamplingOptions options;
  options.frequency_penalty = 0.5;
  ExpectRatios(options, {1, 1, 1, 1}, {0, 0, -0.5, -1});
  options.frequency_penalty = -0.5;
  ExpectRatios(options, {1, 1, 1, 1}, {0, 0, 0.5, 1});
}

TEST(Penalties, PresenceCountsOnce) {
  SamplingOptions options;
  options.presence_penalty = 0.75;
  ExpectRatios(options, {1, 1, 1, 1}, {0, 0, -0.75, -0.75});
}

/// Repetition 2 halves 4 to 2, frequency takes 2 * 0.25, presence 0.5, the bias
/// adds 3: 4 in all, as token 0.
TEST(Penalties, ApplyInOrder) {
  SamplingOptions options;
  options.repetition_penalty = 2;
  options.frequency_penalty = 0.25;
  options.presence_penalty = 0.5;
  options.logit_bias = {{3, 3.0f}};
  ExpectRatios(options, {4, 4, 4, 4}, {0, -2, -2.75, 0});
}

TEST(Penalties, GreedyChoiceSeesThem) {
  SamplingOptions options;
  options.temperature = 0;
  EXPECT_EQ(*Make(options).Sample({1, 2, 3, 4}, 0, Counts()), 3);
  options.frequency_penalty = 1;
  EXPECT_EQ(*Make(options).Sample({1, 2, 3, 4}, 0, Counts()), 1);
  EXPECT_EQ(*Make(options).Sample({1, 2, 3, 4}, 0), 3); // nothing occurred
}

TEST(Penalties, RejectedDraftsAreForgotten) {
  TokenCounts counts = Counts();
  counts.RemoveGenerated(3);
  counts.RemoveGenerated(2);
  counts.RemoveGenerated(2); // did not occur
  counts.RemoveGenerated(7);
  SamplingOptions options;
  options.frequency_penalty = 1;
  std::vector<double> ratios = Ratios(options, {1, 1, 1, 1}, counts);
  EXPECT_NEAR(ratios[2], 0, 1e-6);
  EXPECT_NEAR(ratios[3], -1, 1e-6);
  EXPECT_EQ(counts.counts().size(), 2u); // the prompt's and token 3
}

TEST(LogitBias, AddsAndForbids) {
  SamplingOptions options;
  options.logit_bias = {{1, 2.0f}, {2, -kInfinity}};
  absl::StatusOr<std::vector<TokenProbability>> distribution =
      Make(options).Distribution({0, 0, 0});
  ASSERT_OK(distribution);
  ASSERT_EQ(distribution->size(), 2u);
  EXPECT_EQ((*distribution)[1].token, 1);
  EXPECT_NEAR((*distribution)[1].probability / (*distribution)[0].probability,
              std::exp(2.0), 1e-5);
  options.temperature = 0;
  EXPECT_EQ(*Make(options).Sample({1, 0, 9}, 0), 1);
}

TEST(LogitBias, ExtremesStayFinite) {
  SamplingOptions options;
  options.repetition_penalty = 1e-30f;
  options.frequency_penalty = -3e38f;
  options.logit_bias = {{0, 3e38f}};
  EXPECT_OK(Make(options).Sample({3e38f, 3e38f, 3e38f, 3e38f}, 0, Counts()));
}

TEST(Penalties, RejectsOptions) {
  auto create = [](auto change) {
    SamplingOptions options;
    change(options);
    return Sampler::Create(options);
  };
  for (float value : {0.0f, -1.0f, kInfinity, NAN})
    EXPECT_THAT(create([&](auto &o) { o.repetition_penalty = value; }),
                IsInvalid("repetition_penalty: expected a finite number above "
                          "0, found"));
  for (float value : {kInfinity, NAN}) {
    EXPECT_THAT(create([&](auto &o) { o.frequency_penalty = value; }),
                IsInvalid("frequency_penalty: expected a finite number"));
    EXPECT_THAT(create([&](auto &o) { o.presence_penalty = value; }),
                IsInvalid("presence_penalty: expected a finite number"));
    EXPECT_THAT(create([&](auto &o) {
                  o.logit_bias = {{5, value}};
                }),
                IsInvalid("logit_bias of token 5: expected a finite number or "
                          "-infinity, found"));
  }
  EXPECT_THAT(create([](auto &o) {
                o.logit_bias = {{-1, 0.0f}};
              }),
              IsInvalid("logit_bias: expected token ids of at least 0"));
  EXPECT_THAT(create([](auto &o) {
                o.logit_bias = {{1, 0.0f}, {1, 1.0f}};
              }),
              IsInvalid("logit_bias of token 1: expected once, found twice"));
}

TEST(Penalties, RejectsTokensOutsideTheVocabulary) {
  SamplingOptions options;
  options.logit_bias = {{3, 1.0f}};
  EXPECT_THAT(Make(options).Sample({0, 0, 0}, 0),
              IsInvalid("logit_bias: expected token ids below 3, found 3"));
  options.logit_bias.clear();
  options.presence_penalty = 1;
  EXPECT_THAT(
      Make(options).Sample({0, 0, 0}, 0, Counts()),
      IsInvalid("token that occurred: expected an id below 3, found 3"));
  options.presence_penalty = 0;
  options.logit_bias = {{0, -kInfinity}};
  EXPECT_THAT(Make(options).Sample({0}, 0), IsInvalid("found only -infinity"));
}

/// The draw of every position follows from Philox and the distribution: the
/// first token whose cumulated probability exceeds the random number.
TEST(Sampler, DrawsAreThoseOfPhilox) {
  SamplingOptions options;
  options.temperature = 0.7f;
  options.top_k = 6;
  options.top_p = 0.95f;
  options.min_p = 0.05f;
  options.repetition_penalty = 1.3f;
  options.frequency_penalty = 0.2f;
  options.presence_penalty = 0.1f;
  options.logit_bias = {{4, 0.5f}};
  options.seed = 0x123456789ABCDEF0;
  const std::vector<float> logits = {0.3f, 2.0f, 1.9f, 1.7f,      0.5f,
                                     1.0f, -3.f, 0.9f, -kInfinity};
  Sampler sampler = Make(options);
  absl::StatusOr<std::vector<TokenProbability>> distribution =
      sampler.Distribution(logits, Counts());
  ASSERT_OK(distribution);
  ASSERT_GE(distribution->size(), 4u);
  for (uint64_t position = 0; position < 20'000; ++position) {
    double random = RandomUnit(options.seed, position), sum = 0;
    int32_t expected = -1;
    double margin = 1;
    for (const TokenProbability &entry : *distribution) {
      sum += entry.probability;
      margin = std::min(margin, std::abs(sum - random));
      if (expected < 0 && random < sum)
        expected = entry.token;
    }
    if (margin < 1e-12) // rounding decides
      continue;
    ASSERT_EQ(*sampler.Sample(logits, position, Counts()), expected);
  }
}

/// Tokens drawn from given logits, once and for all: a change of any step would
/// change what a seed gives.
TEST(Sampler, SeedsReproduce) {
  std::vector<float> logits(1000);
  for (size_t i = 0; i < logits.size(); ++i)
    logits[i] = static_cast<float>(i * 7919 % 1000) / 100;
  SamplingOptions options;
  options.seed = 42;
  std::vector<int32_t> tokens;
  for (uint64_t position = 0; position < 8; ++position)
    tokens.push_back(*Make(options).Sample(logits, position));
  EXPECT_THAT(tokens, ElementsAre(607, 988, 829, 730, 322, 312, 235, 352));
}

} // namespace
} // namespace dsv4run
