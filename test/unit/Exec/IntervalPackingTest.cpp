//===- IntervalPackingTest.cpp - Random schedules against brute force -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/Transforms/IntervalPacking.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <random>
#include <vector>

using namespace dsv4c::exec;

namespace {

constexpr int64_t kAlignment = 256;

int64_t alignUp(int64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

TEST(IntervalPackingTest, Empty) {
  IntervalPacking packing = packIntervals({}, kAlignment);
  EXPECT_EQ(packing.bytes, 0);
  EXPECT_TRUE(packing.offsets.empty());
}

TEST(IntervalPackingTest, OneStepInCommonKeepsApart) {
  IntervalPacking packing =
      packIntervals({{0, 1, 100}, {1, 2, 100}, {2, 3, 100}}, kAlignment);
  EXPECT_EQ(packing.offsets[0], 0);
  EXPECT_EQ(packing.offsets[1], 256);
  EXPECT_EQ(packing.offsets[2], 0);
  EXPECT_EQ(packing.bytes, 512);
}

TEST(IntervalPackingTest, TheSmallestGapThatFitsIsTaken) {
  // Placed in this order; at step 1 the second and fourth are gone and leave
  // gaps of 3072 and 1024 bytes.
  IntervalPacking packing = packIntervals({{0, 1, 4096},
                                           {0, 0, 3072},
                                           {0, 1, 2048},
                                           {0, 0, 1024},
                                           {0, 1, 768},
                                           {1, 1, 512}},
                                          kAlignment);
  EXPECT_EQ(packing.offsets[5], 4096 + 3072 + 2048);
  EXPECT_EQ(packing.bytes, 4096 + 3072 + 2048 + 1024 + 768);
}

/// Marks every byte that every live interval occupies at every step.
TEST(IntervalPackingTest, RandomSchedulesNeverOverlap) {
  std::mt19937 random(2027);
  auto below = [&](int64_t n) { return int64_t(random() % n); };
  for (int trial = 0; trial < 300; ++trial) {
    const int64_t steps = 1 + below(30);
    std::vector<LiveInterval> intervals(1 + below(60));
    for (LiveInterval &interval : intervals) {
      interval.first = below(steps);
      interval.last = interval.first + below(steps - interval.first);
      interval.bytes = 1 + below(trial % 2 ? 5000 : 300);
    }
    IntervalPacking packing = packIntervals(intervals, kAlignment);
    ASSERT_EQ(packing.offsets.size(), intervals.size());

    int64_t sum = 0, peak = 0, end = 0;
    for (int64_t step = 0; step < steps; ++step) {
      std::vector<bool> used(packing.bytes);
      int64_t live = 0;
      for (size_t i = 0; i < intervals.size(); ++i) {
        if (step < intervals[i].first || intervals[i].last < step)
          continue;
        live += alignUp(intervals[i].bytes);
        for (int64_t byte = 0; byte < intervals[i].bytes; ++byte) {
          ASSERT_LT(packing.offsets[i] + byte, packing.bytes);
          ASSERT_FALSE(used[packing.offsets[i] + byte])
              << "trial " << trial << " step " << step << " interval " << i;
          used[packing.offsets[i] + byte] = true;
        }
      }
      peak = std::max(peak, live);
    }
    for (size_t i = 0; i < intervals.size(); ++i) {
      ASSERT_EQ(packing.offsets[i] % kAlignment, 0);
      sum += alignUp(intervals[i].bytes);
      end = std::max(end, packing.offsets[i] + alignUp(intervals[i].bytes));
    }
    ASSERT_EQ(packing.bytes, end);
    ASSERT_GE(packing.bytes, peak);
    ASSERT_LE(packing.bytes, sum);
  }
}

} // namespace
