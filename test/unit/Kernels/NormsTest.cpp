//===- NormsTest.cpp - RMS norms against spec 4.4 -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

constexpr int kRows = 16;
constexpr double kEps = 1e-6;

double meanSquare(const uint16_t *row, int columns) {
  double sum = 0;
  for (int i = 0; i < columns; ++i)
    sum += double(fromBf16(row[i])) * fromBf16(row[i]);
  return sum / columns;
}

TEST(Norms, RmsNormRoundsOnce) {
  constexpr int kColumns = 256;
  FragmentKernel kernel({"memref<16x256xbf16>", "memref<256xf32>", "memref<16x256xbf16>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b,
                                   kernels::rmsNorm(b, loadAll(b, buffers[0]),
                                                    loadAll(b, buffers[1]), kEps),
                                   buffers[2]);
                        });
  Array<uint16_t> x = randomBf16(kRows * kColumns, 3, 1), y(kRows * kColumns);
  Array<float> weight = randomFloats(kColumns, 2);
  kernel.run({x, weight, y});
  int equal = 0;
  for (int row = 0; row < kRows; ++row) {
    double rho = 1 / std::sqrt(meanSquare(&x[row * kColumns], kColumns) + kEps);
    for (int i = 0; i < kColumns; ++i) {
      double exact = weight[i] * (fromBf16(x[row * kColumns + i]) * rho);
      uint16_t got = y[row * kColumns + i];
      equal += got == bf16(float(exact));
      // Half an ulp of bf16, and a little of f32.
      EXPECT_NEAR(fromBf16(got), exact, std::fabs(exact) * 0x1.01p-8) << row << ' ' << i;
    }
  }
  EXPECT_GE(equal, kRows * kColumns * 0.999);
}

/// Every intermediate of the per-head chain is a bf16 tensor.
TEST(Norms, HeadNormRoundsEverything) {
  constexpr int kColumns = 128;
  FragmentKernel kernel({"memref<16x128xbf16>", "memref<16x128xbf16>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b, kernels::headNorm(b, loadAll(b, buffers[0]), kEps),
                                   buffers[1]);
                        });
  Array<uint16_t> x = randomBf16(kRows * kColumns, 3, 3), y(kRows * kColumns);
  kernel.run({x, y});
  auto round = [](double value) { return fromBf16(bf16(float(value))); };
  int rowsUnlikeF32 = 0;
  for (int row = 0; row < kRows; ++row) {
    const uint16_t *in = &x[row * kColumns];
    double sum = 0;
    for (int i = 0; i < kColumns; ++i)
      sum += round(fromBf16(in[i]) * fromBf16(in[i]));
    float factor = round(1 / std::sqrt(round(round(sum / kColumns) + kEps)));
    float unrounded = float(1 / std::sqrt(meanSquare(in, kColumns) + kEps));
    bool unlike = false;
    for (int i = 0; i < kColumns; ++i) {
      uint16_t got = y[row * kColumns + i];
      EXPECT_EQ(got, bf16(fromBf16(in[i]) * factor)) << row << ' ' << i;
      unlike |= got != bf16(fromBf16(in[i]) * unrounded);
    }
    rowsUnlikeF32 += unlike;
  }
  // The test can tell it from a norm in f32.
  EXPECT_GE(rowsUnlikeF32, kRows / 2);
}

} // namespace
