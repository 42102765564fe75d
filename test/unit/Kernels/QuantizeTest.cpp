//===- QuantizeTest.cpp - Activation quantisation, spec 3.3 to 3.5 --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "gtest/gtest.h"
#include "mlir/AsmParser/AsmParser.h"
#include <cmath>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

constexpr int kRows = 8;

FragmentKernel quantizeKernel(const std::string &type, int columns, int codeColumns, int blocks,
                              const std::string &code) {
  auto matrix = [&](int width, const std::string &element) {
    return "memref<8x" + std::to_string(width) + "x" + element + ">";
  };
  return FragmentKernel(
      {matrix(columns, "bf16"), matrix(codeColumns, code), matrix(blocks, "f8E8M0FNU")},
      [&](kernels::TileBuilder &b, mlir::ValueRange buffers) {
        auto scaled = mlir::cast<fp8::ScaledType>(mlir::parseType(type, &context()));
        kernels::Quantized tiles = kernels::quantize(b, loadAll(b, buffers[0]), scaled);
        storeAll(b, tiles.codes, buffers[1]);
        storeAll(b, tiles.scales, buffers[2]);
      });
}

FragmentKernel ocpKernel() {
  return quantizeKernel(
      "!fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>", 128,
      128, 1, "f8E4M3FN");
}

FragmentKernel fnuzKernel() {
  return quantizeKernel(
      "!fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>", 128,
      128, 1, "f8E4M3FNUZ");
}

/// Value of an E4M3 code by its fields.
double e4m3(int code) {
  int exponent = code >> 3 & 15, mantissa = code & 7;
  double magnitude = exponent ? std::ldexp(8 + mantissa, exponent - 10) : std::ldexp(mantissa, -9);
  return code & 0x80 ? -magnitude : magnitude;
}

/// The nearest code of the finite ones, the even one of two.
int nearestE4M3(double value) {
  int best = 0;
  for (int code = 0; code < 0x7F; ++code) {
    double distance = std::fabs(std::fabs(value) - e4m3(code));
    double least = std::fabs(std::fabs(value) - e4m3(best));
    if (distance < least || (distance == least && code % 2 == 0))
      best = code;
  }
  return std::signbit(value) ? best | 0x80 : best;
}

TEST(QuantizeE4M3, WorkedExamples) {
  Array<uint16_t> x(kRows * 128);
  const float largest[] = {1.0f, 3.0f, 448.0f, 450.0f, 0.0f};
  for (int row = 0; row < 5; ++row)
    x[row * 128 + 17] = bf16(largest[row]);
  x[1 * 128 + 90] = bf16(1.1015625f);
  Array<uint8_t> codes(kRows * 128), scales(kRows);
  ocpKernel().run({x, codes, scales});
  const uint8_t scale[] = {119, 120, 127, 128, 105};
  const uint8_t code[] = {0x78, 0x7C, 0x7E, 0x76, 0x00};
  for (int row = 0; row < 5; ++row) {
    EXPECT_EQ(scales[row], scale[row]) << row;
    EXPECT_EQ(codes[row * 128 + 17], code[row]) << row;
  }
  EXPECT_EQ(codes[1 * 128 + 90], 0x71);
}

TEST(QuantizeE4M3, NearestCodesAndClosedFormOfTheScale) {
  FragmentKernel kernel = ocpKernel();
  for (float range : {1e-6f, 1e-3f, 1.0f, 300.0f}) {
    Array<uint16_t> x = randomBf16(kRows * 128, range, 6);
    Array<uint8_t> codes(kRows * 128), scales(kRows);
    kernel.run({x, codes, scales});
    for (int row = 0; row < kRows; ++row) {
      uint16_t largest = 0;
      for (int i = 0; i < 128; ++i)
        largest = std::max<uint16_t>(largest, x[row * 128 + i] & 0x7FFF);
      int exponent = largest >> 7, mantissa = largest & 127;
      int k = fromBf16(largest) < 1e-4f ? -22 : mantissa <= 96 ? exponent - 135 : exponent - 134;
      EXPECT_EQ(scales[row], 127 + k) << row;
      for (int i = 0; i < 128; ++i)
        EXPECT_EQ(codes[row * 128 + i],
                  nearestE4M3(std::ldexp(fromBf16(x[row * 128 + i]), -k)))
            << row << ' ' << i;
    }
  }
}

/// Claim 3.4: the same bytes but for negative zero, and scales twice as large.
TEST(QuantizeE4M3, FnuzHasTheBytesOfOcp) {
  FragmentKernel ocp = ocpKernel(), fnuz = fnuzKernel();
  int negativeZeros = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Array<uint16_t> x = randomBf16(kRows * 128, seed % 2 ? 1e-5f : 100.0f, seed);
    // Too small for the block's scale: OCP keeps the sign of the zero.
    x[3] = bf16(-1e-20f);
    Array<uint8_t> a(kRows * 128), b(kRows * 128), aScales(kRows), bScales(kRows);
    ocp.run({x, a, aScales});
    fnuz.run({x, b, bScales});
    for (int i = 0; i < kRows * 128; ++i) {
      negativeZeros += a[i] == 0x80;
      EXPECT_EQ(b[i], a[i] == 0x80 ? 0 : a[i]) << i;
    }
    for (int row = 0; row < kRows; ++row)
      EXPECT_EQ(bScales[row], aScales[row] + 1) << row;
  }
  EXPECT_GT(negativeZeros, 0);
}

TEST(QuantizeE2M1, NearestCodesPackedInPairs) {
  FragmentKernel kernel = quantizeKernel(
      "!fp8.scaled<?x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>", 64, 32, 2, "i8");
  const double values[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  auto nearest = [&](double value) {
    int best = 0;
    for (int code = 0; code < 8; ++code) {
      double distance = std::fabs(std::fabs(value) - values[code]);
      double least = std::fabs(std::fabs(value) - values[best]);
      if (distance < least || (distance == least && code % 2 == 0))
        best = code;
    }
    return best;
  };
  Array<uint16_t> x = randomBf16(kRows * 64, 10, 8);
  // Ties of the grid in a block whose scale is 1 (spec 3.5).
  const float ties[] = {5.0f, 0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 2.6f, -0.75f, -3.5f};
  std::fill(&x[0], &x[32], 0);
  for (int i = 0; i < 10; ++i)
    x[i] = bf16(ties[i]);
  Array<uint8_t> codes(kRows * 32), scales(kRows * 2);
  kernel.run({x, codes, scales});
  EXPECT_EQ(scales[0], 127);
  const int expected[] = {6, 0, 2, 2, 4, 4, 6, 5, 2, 6};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(codes[i / 2] >> (i % 2 * 4) & 7, expected[i]) << ties[i];
  for (int block = 1; block < kRows * 2; ++block) {
    uint16_t largest = 0;
    for (int i = 0; i < 32; ++i)
      largest = std::max<uint16_t>(largest, x[block * 32 + i] & 0x7FFF);
    int exponent = largest >> 7, mantissa = largest & 127;
    int k = mantissa <= 64 ? exponent - 129 : exponent - 128;
    EXPECT_EQ(scales[block], 127 + k) << block;
    for (int i = 0; i < 32; ++i) {
      float value = fromBf16(x[block * 32 + i]);
      int at = block * 32 + i;
      int nibble = codes[at / 2] >> (at % 2 * 4) & 15;
      int magnitude = nearest(std::ldexp(value, -k));
      EXPECT_EQ(nibble & 7, magnitude) << at;
      if (magnitude) {
        EXPECT_EQ(nibble >> 3, std::signbit(value)) << at;
      }
    }
  }
}

} // namespace
