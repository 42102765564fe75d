//===- ScaleTest.cpp - The exponent of every block maximum ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::test::ElementwiseJit;
using dsv4c::test::kLanes;

namespace {

std::vector<int32_t>
scaleExponents(int divisor, const std::vector<float> &maxima, int lanes = 16) {
  ElementwiseJit jit("f32", "i32",
                     "%y = fp8.scale_exponent %x divisor " +
                         std::to_string(divisor) + " : @S@f32@E@ to @S@i32@E@",
                     lanes);
  return jit.map<int32_t>(maxima);
}

std::vector<uint8_t> encodeScales(const std::vector<int32_t> &exponents,
                                  int lanes = 16) {
  ElementwiseJit jit("i32", "f8E8M0FNU",
                     "%y = fp8.encode_scale %x : @S@i32@E@ to "
                     "@S@f8E8M0FNU@E@",
                     lanes);
  return jit.map<uint8_t>(exponents);
}

/// All finite bf16 magnitudes with their fields E and f.
std::vector<float> finiteMagnitudes() {
  std::vector<float> values;
  for (uint32_t bits = 0; bits < 0x7F80; ++bits)
    values.push_back(bf16(bits));
  return values;
}

TEST(ScaleExponent, ClosedForm448) {
  std::vector<float> maxima = finiteMagnitudes();
  for (int lanes : kLanes) {
    std::vector<int32_t> k = scaleExponents(448, maxima, lanes);
    for (size_t bits = 0; bits < maxima.size(); ++bits) {
      int exponent = static_cast<int>(bits >> 7);
      int fraction = static_cast<int>(bits & 0x7F);
      int expected = fraction <= 96 ? exponent - 135 : exponent - 134;
      if (maxima[bits] < 1e-4f)
        expected = -22;
      ASSERT_EQ(expected, k[bits]) << maxima[bits];
    }
  }
}

TEST(ScaleExponent, ClosedForm6) {
  std::vector<float> maxima = finiteMagnitudes();
  for (int lanes : kLanes) {
    std::vector<int32_t> k = scaleExponents(6, maxima, lanes);
    for (size_t bits = 0; bits < maxima.size(); ++bits) {
      int exponent = static_cast<int>(bits >> 7);
      int fraction = static_cast<int>(bits & 0x7F);
      int expected = fraction <= 64 ? exponent - 129 : exponent - 128;
      ASSERT_EQ(std::max(expected, -126), k[bits]) << maxima[bits];
    }
  }
}

/// The float form of the rule, with ceil(log2 u) by frexp.
int floatFormExponent(int divisor, float amax) {
  float reciprocal = fromBits(divisor == 448 ? 0x3B124925 : 0x3E2AAAAB);
  float floor =
      divisor == 448 ? fromBits(0x38D1B717) : 6 * std::ldexp(1.0f, -126);
  volatile float u = std::max(amax, floor) * reciprocal;
  int exponent;
  bool isPower = std::frexp(u, &exponent) == 0.5f;
  return isPower ? exponent - 1 : exponent;
}

TEST(ScaleExponent, FloatForm) {
  for (int divisor : {448, 6}) {
    std::vector<float> maxima = finiteMagnitudes();
    std::vector<int32_t> k = scaleExponents(divisor, maxima);
    for (size_t i = 0; i < maxima.size(); ++i)
      ASSERT_EQ(floatFormExponent(divisor, maxima[i]), k[i])
          << divisor << " " << maxima[i];
  }
}

// f32 maxima whose products lie within a few last places of a power of two.
TEST(ScaleExponent, AroundPowersOfTwo) {
  for (int divisor : {448, 6}) {
    std::vector<float> maxima;
    for (int exponent = -12; exponent <= 100; ++exponent) {
      uint32_t bits = toBits(std::ldexp(static_cast<float>(divisor), exponent));
      for (uint32_t neighbour = bits - 8; neighbour <= bits + 8; ++neighbour)
        maxima.push_back(fromBits(neighbour));
    }
    std::vector<int32_t> k = scaleExponents(divisor, maxima);
    bool oneUlpAbove = false;
    for (size_t i = 0; i < maxima.size(); ++i) {
      ASSERT_EQ(floatFormExponent(divisor, maxima[i]), k[i]) << maxima[i];
      float u = maxima[i] * fromBits(divisor == 448 ? 0x3B124925 : 0x3E2AAAAB);
      oneUlpAbove |= (toBits(u) & 0x7FFFFF) == 1;
    }
    // The case that decides between ceil and round is among them.
    EXPECT_TRUE(oneUlpAbove);
  }
}

TEST(ScaleExponent, WorkedExamples) {
  std::vector<int32_t> k =
      scaleExponents(448, {1.0f, 3.0f, 448, 450, 0, -3.0f});
  EXPECT_EQ((std::vector<int32_t>{-8, -7, 0, 1, -22, -7}), k);
  EXPECT_EQ((std::vector<uint8_t>{119, 120, 127, 128, 105, 120}),
            encodeScales(k));
  EXPECT_EQ(0, scaleExponents(6, {5.0f})[0]);
}

// The clamp never acts: every maximum lands in (224, 448] after scaling.
TEST(ScaleExponent, ScaledMaximumLiesInTheTopBinade) {
  std::vector<float> maxima = finiteMagnitudes();
  std::vector<int32_t> k = scaleExponents(448, maxima);
  for (size_t i = 0; i < maxima.size(); ++i)
    if (maxima[i] >= 1e-4f) {
      double scaled = std::ldexp(static_cast<double>(maxima[i]), -k[i]);
      ASSERT_TRUE(scaled > 224 && scaled <= 448) << maxima[i];
    }
}

TEST(ScaleExponent, ZeroBlocksHaveAFiniteScale) {
  std::vector<int32_t> k = scaleExponents(448, {0.0f, 1e-30f, -0.0f});
  EXPECT_EQ((std::vector<int32_t>{-22, -22, -22}), k);
}

TEST(ScaleExponent, InfiniteAndNaNMaximaGiveTheNaNScale) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int divisor : {448, 6})
    for (int lanes : kLanes) {
      std::vector<int32_t> k = scaleExponents(
          divisor, {inf, nan, -nan, fromBits(0x7F800001)}, lanes);
      EXPECT_EQ(std::vector<int32_t>(4, 128), k);
      EXPECT_EQ(std::vector<uint8_t>(4, 255), encodeScales(k, lanes));
    }
}

TEST(EncodeScale, AllExponents) {
  std::vector<int32_t> exponents;
  for (int k = -400; k <= 400; ++k)
    exponents.push_back(k);
  exponents.push_back(std::numeric_limits<int32_t>::max());
  exponents.push_back(std::numeric_limits<int32_t>::min());
  for (int lanes : kLanes) {
    std::vector<uint8_t> bytes = encodeScales(exponents, lanes);
    for (size_t i = 0; i < exponents.size(); ++i) {
      int64_t byte = static_cast<int64_t>(exponents[i]) + 127;
      EXPECT_EQ(byte < 0     ? 0
                : byte > 255 ? 255
                             : byte,
                bytes[i])
          << exponents[i];
    }
  }
}

TEST(ExponentToScale, AllExponents) {
  std::vector<int32_t> exponents;
  for (int k = -400; k <= 400; ++k)
    exponents.push_back(k);
  exponents.push_back(std::numeric_limits<int32_t>::max());
  exponents.push_back(std::numeric_limits<int32_t>::min());
  for (int lanes : kLanes) {
    ElementwiseJit jit("i32", "f32",
                       "%y = fp8.exponent_to_scale %x : @S@i32@E@ to "
                       "@S@f32@E@",
                       lanes);
    std::vector<float> scales = jit.map<float>(exponents);
    for (size_t i = 0; i < exponents.size(); ++i) {
      int32_t k = exponents[i];
      float expected = k > 127    ? std::numeric_limits<float>::infinity()
                       : k < -149 ? 0.0f
                                  : static_cast<float>(std::ldexp(1.0, k));
      EXPECT_EQ(toBits(expected), toBits(scales[i])) << k;
    }
  }
}

} // namespace
