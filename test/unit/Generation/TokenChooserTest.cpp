//===- TokenChooserTest.cpp -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/TokenChooser.h"

#include <cmath>
#include <map>

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;

TokenChooser Make(SamplingOptions options,
                  const std::vector<int32_t> &prompt = {}) {
  absl::StatusOr<Sampler> sampler = Sampler::Create(options);
  EXPECT_OK(sampler);
  return TokenChooser(*sampler, prompt);
}

TEST(TokenChooser, PenaltiesSeePromptAndChoices) {
  SamplingOptions options;
  options.temperature = 0;
  options.repetition_penalty = 2;
  TokenChooser chooser = Make(options, {0});
  const std::vector<float> logits = {3, 2, 1.8f, 1};
  // 3 / 2 is below 2; then 2 / 2 is below 1.8, and so on.
  for (int32_t expected : {1, 2, 0}) {
    ASSERT_OK_AND_ASSIGN(int32_t token, chooser.Choose(logits, 1));
    EXPECT_EQ(token, expected);
  }
}

TEST(TokenChooser, VerifiedTokensCountAsChosen) {
  SamplingOptions options;
  options.temperature = 0;
  options.frequency_penalty = 1;
  TokenChooser chooser = Make(options);
  const std::vector<float> logits = {3, 2.5f, 0};
  ASSERT_OK_AND_ASSIGN(DraftToken draft, chooser.Draft(logits, 1));
  EXPECT_EQ(draft.token, 0);
  // A draft alone changes nothing.
  ASSERT_OK_AND_ASSIGN(int32_t first, chooser.Verify(logits, 1, draft));
  EXPECT_EQ(first, 0);
  ASSERT_OK_AND_ASSIGN(int32_t second, chooser.Verify(logits, 2, draft));
  EXPECT_EQ(second, 1);
}

/// Draws for drafts, for keeping them and for replacing them must not depend on
/// each other: with a draft model of other logits the target's distribution has
/// to come out over the seeds.
TEST(TokenChooser, DrawsAreIndependent) {
  const std::vector<float> target = {1, 0.5f, 0, -1}, cheap = {-1, 0.5f, 1, 0};
  double sum = 0;
  for (float logit : target)
    sum += std::exp(logit);
  std::map<int32_t, int> counts;
  constexpr int kRounds = 40000;
  for (int seed = 0; seed < kRounds; ++seed) {
    SamplingOptions options;
    options.seed = seed;
    TokenChooser chooser = Make(options);
    ASSERT_OK_AND_ASSIGN(DraftToken draft, chooser.Draft(cheap, 17));
    ASSERT_OK_AND_ASSIGN(int32_t token, chooser.Verify(target, 17, draft));
    ++counts[token];
  }
  for (int32_t token = 0; token < 4; ++token) {
    double p = std::exp(target[token]) / sum;
    EXPECT_NEAR(counts[token], kRounds * p,
                4.5 * std::sqrt(kRounds * p * (1 - p)))
        << token;
  }
}

TEST(TokenChooser, PassesErrorsOn) {
  TokenChooser chooser = Make({});
  const std::vector<float> bad = {0, NAN};
  EXPECT_THAT(chooser.Choose(bad, 0), IsInvalid("logit of token 1"));
  EXPECT_THAT(chooser.Draft(bad, 0), IsInvalid("logit of token 1"));
  EXPECT_THAT(chooser.Verify(bad, 0, {0, {{0, 1.0}}}),
              IsInvalid("logit of token 1"));
}

} // namespace
} // namespace dsv4run
