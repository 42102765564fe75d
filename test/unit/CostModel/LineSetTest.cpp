//===- LineSetTest.cpp - Sets of lines, by brute force --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/LineSet.h"
#include <gtest/gtest.h>
#include <random>
#include <set>

using dsv4c::cost::LineSet;

TEST(LineSet, RangesAsByBruteForce) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    LineSet lines(128), more(128);
    std::set<int64_t> expected;
    for (int i = 0; i < 20; ++i) {
      int64_t begin = random() % 60000, end = begin + random() % 3000;
      (i % 2 ? lines : more).add(begin, end);
      for (int64_t byte = begin; byte < end; ++byte)
        expected.insert(byte / 128);
    }
    lines.add(more);
    ASSERT_EQ(lines.bytes(), 128 * static_cast<int64_t>(expected.size()));
  }
}

TEST(LineSet, EmptyRangesTouchNothing) {
  LineSet lines(128);
  lines.add(256, 256);
  lines.add(300, 200);
  EXPECT_EQ(lines.bytes(), 0);
  lines.add(383, 385);
  EXPECT_EQ(lines.bytes(), 256);
}
