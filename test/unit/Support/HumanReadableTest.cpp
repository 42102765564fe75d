//===- HumanReadableTest.cpp - Units and rounding -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/HumanReadable.h"

#include <cmath>

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(FormatBytes, PicksTheUnit) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.50 KiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1.00 MiB");
  EXPECT_EQ(FormatBytes(159'609'485'896), "148.65 GiB");
  EXPECT_EQ(FormatBytes(UINT64_MAX), "16.00 EiB");
}

TEST(FormatSeconds, PicksTheUnit) {
  EXPECT_EQ(FormatSeconds(0), "0 ms");
  EXPECT_EQ(FormatSeconds(0.0124), "12 ms");
  EXPECT_EQ(FormatSeconds(0.9999), "1.0 s");
  EXPECT_EQ(FormatSeconds(59.99), "1 min 00 s");
  EXPECT_EQ(FormatSeconds(245), "4 min 05 s");
  EXPECT_EQ(FormatSeconds(7380), "2 h 03 min");
  EXPECT_EQ(FormatSeconds(1e300), "years");
  EXPECT_EQ(FormatSeconds(std::nan("")), "unknown");
  EXPECT_EQ(FormatSeconds(-1), "unknown");
}

} // namespace
} // namespace dsv4run
