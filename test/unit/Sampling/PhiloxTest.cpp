//===- PhiloxTest.cpp - Published vectors and uniformity ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/Philox.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;

/// The known-answer vectors that the authors publish with Random123.
TEST(Philox4x32, KnownAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8));
  uint32_t ones = 0xFFFFFFFF;
  EXPECT_THAT(Philox4x32({ones, ones, ones, ones}, {ones, ones}),
              ElementsAre(0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD));
  EXPECT_THAT(Philox4x32({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
                         {0xA4093822, 0x299F31D0}),
              ElementsAre(0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1));
}

TEST(RandomUnit, UsesTheFirstTwoWords) {
  // 0x6627E8D5E169C58D of the first vector, the lowest 11 bits dropped.
  EXPECT_EQ(RandomUnit(0, 0), (0x6627E8D5E169C58D >> 11) / 9007199254740992.0);
}

TEST(RandomUnit, DependsOnAllBitsOfSeedAndIndex) {
  for (int bit = 0; bit < 64; ++bit) {
    EXPECT_NE(RandomUnit(uint64_t{1} << bit, 5), RandomUnit(0, 5));
    EXPECT_NE(RandomUnit(5, uint64_t{1} << bit), RandomUnit(5, 0));
  }
}

TEST(RandomUnit, IsUniform) {
  constexpr int kBins = 64, kDraws = 64'000;
  int counts[kBins] = {};
  for (int i = 0; i < kDraws; ++i) {
    double value = RandomUnit(7, i);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ++counts[static_cast<int>(value * kBins)];
  }
  double chi_square = 0, expected = kDraws / kBins;
  for (int count : counts)
    chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 112.3); // 63 degrees of freedom, p = 0.0001
  EXPECT_GT(chi_square, 29.0);  // too even would be suspicious as well
}

} // namespace
} // namespace dsv4run
