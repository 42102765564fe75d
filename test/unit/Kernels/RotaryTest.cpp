//===- RotaryTest.cpp - Rotary embedding and Hadamard, spec 4.5, 4.8 ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "gtest/gtest.h"
#include <bitset>
#include <cmath>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

constexpr int kRows = 5, kColumns = 128, kPairs = 32;

FragmentKernel ropeKernel(bool inverse) {
  return FragmentKernel(
      {"memref<5x128xbf16>", "memref<5x64xf32>", "memref<5x128xbf16>"},
      [&](kernels::TileBuilder &b, mlir::ValueRange buffers) {
        storeAll(b, kernels::rope(b, loadAll(b, buffers[0]), loadAll(b, buffers[1]), inverse),
                 buffers[2]);
      });
}

class RopeTest : public testing::TestWithParam<bool> {};

TEST_P(RopeTest, RotatesInterleavedPairsOfTheLastChannels) {
  const bool inverse = GetParam();
  Array<uint16_t> x = randomBf16(kRows * kColumns, 2, 4), y(kRows * kColumns);
  Array<float> table(kRows * 2 * kPairs);
  for (int row = 0; row < kRows; ++row)
    for (int i = 0; i < kPairs; ++i) {
      float angle = float(row * 37) * std::pow(10000.0f, -2.0f * i / 64);
      table[row * 2 * kPairs + i] = std::cos(angle);
      table[row * 2 * kPairs + kPairs + i] = std::sin(angle);
    }
  ropeKernel(inverse).run({x, table, y});
  for (int row = 0; row < kRows; ++row) {
    const uint16_t *in = &x[row * kColumns], *out = &y[row * kColumns];
    for (int i = 0; i < kColumns - 2 * kPairs; ++i)
      EXPECT_EQ(out[i], in[i]) << row << ' ' << i;
    for (int i = 0; i < kPairs; ++i) {
      double c = table[row * 2 * kPairs + i], s = table[row * 2 * kPairs + kPairs + i];
      if (inverse)
        s = -s;
      int at = kColumns - 2 * kPairs + 2 * i;
      double x0 = fromBf16(in[at]), x1 = fromBf16(in[at + 1]);
      EXPECT_NEAR(fromBf16(out[at]), x0 * c - x1 * s, std::fabs(x0 * c - x1 * s) * 0x1.01p-8 + 1e-6);
      EXPECT_NEAR(fromBf16(out[at + 1]), x0 * s + x1 * c,
                  std::fabs(x0 * s + x1 * c) * 0x1.01p-8 + 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, RopeTest, testing::Bool());

FragmentKernel hadamardKernel() {
  return FragmentKernel({"memref<5x128xbf16>", "memref<5x128xbf16>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b, kernels::hadamard(b, loadAll(b, buffers[0])), buffers[1]);
                        });
}

TEST(Hadamard, UnitVector) {
  Array<uint16_t> x(kRows * kColumns), y(kRows * kColumns);
  x[0] = bf16(1);
  hadamardKernel().run({x, y});
  for (int i = 0; i < kColumns; ++i)
    EXPECT_EQ(y[i], 0x3DB5) << i;
}

TEST(Hadamard, SylvesterOrder) {
  // Sums of small integers are exact in any order.
  Array<uint16_t> x(kRows * kColumns), y(kRows * kColumns);
  std::mt19937 generator(5);
  for (uint16_t &value : x)
    value = bf16(int(generator() % 31) - 15);
  hadamardKernel().run({x, y});
  for (int row = 0; row < kRows; ++row)
    for (int j = 0; j < kColumns; ++j) {
      int sum = 0;
      for (int i = 0; i < kColumns; ++i) {
        int value = int(fromBf16(x[row * kColumns + i]));
        sum += std::bitset<8>(i & j).count() % 2 ? -value : value;
      }
      EXPECT_EQ(y[row * kColumns + j], bf16(float(sum) * 0.08838834764831845f)) << row << ' ' << j;
    }
}

} // namespace
