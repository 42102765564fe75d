//===- NumberFormatsTest.cpp - Every code against the definition ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/NumberFormats.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

// The vectors of spec section 3.2: byte, OCP value, FNUZ value.
struct E4m3Vector {
  uint8_t code;
  float ocp, fnuz;
};
constexpr E4m3Vector kE4m3Vectors[] = {
    {0x01, 0x1p-9f, 0x1p-10f}, {0x07, 7 * 0x1p-9f, 7 * 0x1p-10f},
    {0x08, 0x1p-6f, 0x1p-7f},  {0x38, 1, 0.5},
    {0x71, 144, 72},           {0x7C, 384, 192},
    {0x7E, 448, 224},          {0xB8, -1, -0.5},
};

TEST(E4m3, SpecVectors) {
  for (const E4m3Vector &vector : kE4m3Vectors) {
    EXPECT_EQ(FloatFromE4m3Fn(vector.code), vector.ocp);
    EXPECT_EQ(FloatFromE4m3Fnuz(vector.code), vector.fnuz);
  }
  EXPECT_TRUE(std::isnan(FloatFromE4m3Fn(0x7F)));
  EXPECT_TRUE(std::isnan(FloatFromE4m3Fn(0xFF)));
  EXPECT_EQ(BitsFromFloat(FloatFromE4m3Fn(0x80)), 0x80000000u);
  EXPECT_TRUE(std::isnan(FloatFromE4m3Fnuz(0x80)));
  EXPECT_EQ(FloatFromE4m3Fnuz(0x7F), 240);
  EXPECT_EQ(FloatFromE4m3Fnuz(0xFF), -240);
}

/// Spec claim 3.2: the OCP value is twice the FNUZ value for all but 3 bytes.
TEST(E4m3, OcpIsTwiceFnuz) {
  int equal = 0;
  for (int code = 0; code < 256; ++code)
    equal += FloatFromE4m3Fn(code) == 2 * FloatFromE4m3Fnuz(code);
  EXPECT_EQ(equal, 253);
}

/// Within a format the values of rising magnitude codes are the integers of a
/// fixed-point grid whose step doubles every 2^mantissa_bits codes.
TEST(E4m3, CodesAreTheGrid) {
  float value = 0, step = 0x1p-9f;
  for (int code = 0; code < 0x7F; ++code) {
    EXPECT_EQ(FloatFromE4m3Fn(code), value) << code;
    EXPECT_EQ(FloatFromE4m3Fn(code | 0x80), -value) << code;
    if (code >= 16 && code % 8 == 0)
      step *= 2;
    value += step;
  }
}

TEST(E5m2, CodesAreTheGrid) {
  float value = 0, step = 0x1p-16f;
  for (int code = 0; code < 0x7C; ++code) {
    EXPECT_EQ(FloatFromE5m2(code), value) << code;
    EXPECT_EQ(FloatFromE5m2(code | 0x80), -value) << code;
    if (code >= 8 && code % 4 == 0)
      step *= 2;
    value += step;
  }
  EXPECT_EQ(FloatFromE5m2(0x7B), 57344);
  EXPECT_EQ(FloatFromE5m2(0x7C), std::numeric_limits<float>::infinity());
  EXPECT_EQ(FloatFromE5m2(0xFC), -std::numeric_limits<float>::infinity());
  for (int code : {0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF})
    EXPECT_TRUE(std::isnan(FloatFromE5m2(code)));
}

TEST(E8m0, Values) {
  for (int code = 0; code < 255; ++code)
    EXPECT_EQ(FloatFromE8m0(code), std::ldexp(1.0f, code - 127)) << code;
  EXPECT_TRUE(std::isnan(FloatFromE8m0(255)));
}

TEST(E2m1, Values) {
  constexpr float kValues[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  for (int code = 0; code < 8; ++code) {
    EXPECT_EQ(FloatFromE2m1(code), kValues[code]);
    EXPECT_EQ(FloatFromE2m1(code | 8), -kValues[code]);
    EXPECT_EQ(FloatFromE2m1(code | 0xF0), kValues[code]);
  }
}

TEST(Bf16, RoundTripsEveryCode) {
  for (uint32_t code = 0; code < 0x10000; ++code) {
    float value = FloatFromBf16(code);
    if (!std::isnan(value)) {
      EXPECT_EQ(Bf16FromFloat(value), code);
    }
  }
}

/// Between neighbouring codes the nearer wins, and at the middle the even one.
TEST(Bf16, RoundsToNearestEven) {
  for (uint32_t code = 0; code < 0x7F7F; ++code) {
    uint32_t middle = code << 16 | 0x8000;
    EXPECT_EQ(Bf16FromFloat(FloatFromBits(middle - 1)), code);
    EXPECT_EQ(Bf16FromFloat(FloatFromBits(middle)), code + (code & 1));
    EXPECT_EQ(Bf16FromFloat(FloatFromBits(middle + 1)), code + 1);
    EXPECT_EQ(Bf16FromFloat(-FloatFromBits(middle + 1)), (code + 1) | 0x8000);
  }
}

TEST(Bf16, SpecialValues) {
  EXPECT_EQ(Bf16FromFloat(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(Bf16FromFloat(-std::numeric_limits<float>::infinity()), 0xFF80);
  // A NaN whose payload lies only in the dropped bits must stay a NaN.
  EXPECT_TRUE(
      std::isnan(FloatFromBf16(Bf16FromFloat(FloatFromBits(0x7F800001)))));
  EXPECT_TRUE(
      std::isnan(FloatFromBf16(Bf16FromFloat(FloatFromBits(0xFFFFFFFF)))));
}

TEST(Fp16, Values) {
  EXPECT_EQ(FloatFromFp16(0x3C00), 1.0f);
  EXPECT_EQ(FloatFromFp16(0x0001), 0x1p-24f);
  EXPECT_EQ(FloatFromFp16(0x03FF), 1023 * 0x1p-24f);
  EXPECT_EQ(FloatFromFp16(0xFBFF), -65504.0f);
  EXPECT_EQ(FloatFromFp16(0x7C00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(FloatFromFp16(0x7E00)));
}

} // namespace
} // namespace dsv4run
