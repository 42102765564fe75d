//===- AddedTokenMatcherTest.cpp - Leftmost, then longest -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/AddedTokenMatcher.h"

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(AddedTokenMatcher, FindsTheLeftmostThenLongest) {
  AddedTokenMatcher matcher;
  matcher.Add("<a>", 1);
  matcher.Add("<a>b", 2);
  matcher.Add("a", 3);
  auto match = matcher.Find("x<a>bc", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->position, 1u);
  EXPECT_EQ(match->bytes, 4u);
  EXPECT_EQ(match->id, 2);
  match = matcher.Find("x<a>c", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->id, 1);
  match = matcher.Find("x<a>c", 2);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->id, 3);
  EXPECT_EQ(match->position, 2u);
}

TEST(AddedTokenMatcher, FallsBackFromAnUnfinishedToken) {
  AddedTokenMatcher matcher;
  matcher.Add("aab", 1);
  matcher.Add("aabaac", 2);
  auto match = matcher.Find("aaabaab", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->position, 1u);
  EXPECT_EQ(match->id, 1);
}

TEST(AddedTokenMatcher, FindsNothing) {
  AddedTokenMatcher empty;
  EXPECT_FALSE(empty.Find("text", 0));
  AddedTokenMatcher matcher;
  matcher.Add("<think>", 1);
  EXPECT_FALSE(matcher.Find("", 0));
  EXPECT_FALSE(matcher.Find("<think", 0));
  EXPECT_FALSE(matcher.Find("<think>", 1));
}

} // namespace
} // namespace dsv4run
