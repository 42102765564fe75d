//===- LogProbabilitiesTest.cpp - Exact values and order ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/LogProbabilities.h"

#include <cmath>
#include <vector>

#include "Support/StatusMatchers.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;

std::vector<float> Logits(const std::vector<double> &weights) {
  std::vector<float> logits;
  for (double weight : weights)
    logits.push_back(static_cast<float>(std::log(weight)));
  return logits;
}

TEST(LogProbabilities, AreThoseOfSoftmax) {
  ASSERT_OK_AND_ASSIGN(LogProbabilities result,
                       ComputeLogProbabilities(Logits({1, 4, 2, 3}), 2, 3));
  EXPECT_EQ(result.chosen.token, 2);
  EXPECT_NEAR(result.chosen.log_probability, std::log(0.2), 1e-6);
  ASSERT_EQ(result.top.size(), 3u);
  const int32_t tokens[] = {1, 3, 2};
  const double probabilities[] = {0.4, 0.3, 0.2};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(result.top[i].token, tokens[i]);
    EXPECT_NEAR(result.top[i].log_probability, std::log(probabilities[i]),
                1e-6);
  }
}

/// 129,280 equal logits: exactly the negative logarithm of their number.
TEST(LogProbabilities, TiesGoToTheLowerId) {
  std::vector<float> logits(129'280, 7.0f);
  ASSERT_OK_AND_ASSIGN(LogProbabilities result,
                       ComputeLogProbabilities(logits, 5, 2));
  EXPECT_DOUBLE_EQ(result.chosen.log_probability, -std::log(129'280.0));
  EXPECT_EQ(result.top[0].token, 0);
  EXPECT_EQ(result.top[1].token, 1);
}

TEST(LogProbabilities, ExtremesAreFinite) {
  ASSERT_OK_AND_ASSIGN(
      LogProbabilities result,
      ComputeLogProbabilities({3e38f, -3e38f, -INFINITY}, 1, 99));
  EXPECT_EQ(result.chosen.log_probability, double{-3e38f} - double{3e38f});
  ASSERT_EQ(result.top.size(), 3u);
  EXPECT_EQ(result.top[0].log_probability, 0);
  EXPECT_EQ(result.top[2].log_probability, -INFINITY);
}

TEST(LogProbabilities, RejectsBadArguments) {
  EXPECT_THAT(ComputeLogProbabilities({1, 2}, 2, 0),
              IsInvalid("log-probability of token 2: expected an id below 2"));
  EXPECT_THAT(ComputeLogProbabilities({1, 2}, -1, 0), IsInvalid("token -1"));
  EXPECT_THAT(ComputeLogProbabilities({1, 2}, 0, -1),
              IsInvalid("expected at least 0, found -1"));
  EXPECT_THAT(ComputeLogProbabilities({1, NAN}, 0, 0),
              IsInvalid("logit of token 1"));
  EXPECT_THAT(ComputeLogProbabilities({}, 0, 0), IsInvalid("found 0"));
}

} // namespace
} // namespace dsv4run
