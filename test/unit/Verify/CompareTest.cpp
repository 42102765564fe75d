//===- CompareTest.cpp ----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/Compare.h"

#include <cmath>
#include <limits>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;

TEST(Compare, RowCosines) {
  std::vector<float> a = {1, 0, 1, 1, 0, 0, 0, 0, 3, 4};
  std::vector<float> b = {0, 2, 2, 2, 0, 0, 1, 0, -3, -4};
  EXPECT_THAT(RowCosines(a, b, 2), ElementsAre(0, ::testing::DoubleEq(1), 1, 0,
                                               ::testing::DoubleEq(-1)));
  float nan = std::numeric_limits<float>::quiet_NaN();
  float inf = std::numeric_limits<float>::infinity();
  EXPECT_THAT(RowCosines({nan, 1, inf, 1}, {1, 1, 1, 1}, 2), ElementsAre(0, 0));
}

TEST(Compare, SharesAndDistances) {
  EXPECT_EQ(ShareAtLeast({0.5, 0.9999, 1}, kEqualRowCosine), 2.0 / 3);
  EXPECT_EQ(ShareAtLeast({}, 1), 1);
  EXPECT_DOUBLE_EQ(MeanDistance({1, 0.5}), 0.25);
  EXPECT_EQ(MeanDistance({}), 0);
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(BitEqualShare({1, 0, nan, 2}, {1, -0.0f, nan, 2.0000002f}), 0.5);
}

TEST(Compare, Bf16Distance) {
  EXPECT_EQ(Bf16Distance(1, 1), 0);
  EXPECT_EQ(Bf16Distance(1, 1.0078125f), 1);
  EXPECT_EQ(Bf16Distance(1, 1.015625f), 2);
  EXPECT_EQ(Bf16Distance(0, -0.0f), 0);
  EXPECT_EQ(Bf16Distance(std::ldexp(1.0f, -133), -std::ldexp(1.0f, -133)), 2);
  EXPECT_GT(Bf16Distance(0, 1e-3f), 1000);
}

SelectionMatch Match(const std::vector<int32_t> &a,
                     const std::vector<int32_t> &b,
                     const std::map<int32_t, float> &scores) {
  return CompareSelections(a, b,
                           [&](int32_t candidate) -> std::optional<float> {
                             auto it = scores.find(candidate);
                             if (it == scores.end())
                               return std::nullopt;
                             return it->second;
                           });
}

TEST(Compare, SelectionsAreSets) {
  EXPECT_EQ(Match({3, 1, -1}, {1, 3, -1}, {}), SelectionMatch::kSame);
  EXPECT_EQ(Match({-1, 1, 3}, {1, 3}, {}), SelectionMatch::kSame);
}

TEST(Compare, OnlyNearTiesMayDiffer) {
  std::map<int32_t, float> scores = {
      {1, 2}, {2, 1}, {3, 1.015625f}, {4, 1.03125f}};
  EXPECT_EQ(Match({1, 2}, {1, 3}, scores), SelectionMatch::kNearTie);
  EXPECT_EQ(Match({1, 2}, {1, 4}, scores), SelectionMatch::kWrong);
  // One missing, one too many, and one of unknown score.
  EXPECT_EQ(Match({1}, {1, 2}, scores), SelectionMatch::kWrong);
  EXPECT_EQ(Match({1, 2, 3}, {1, 2}, scores), SelectionMatch::kWrong);
  EXPECT_EQ(Match({1, 2}, {1, 9}, scores), SelectionMatch::kWrong);
}

} // namespace
} // namespace dsv4run
