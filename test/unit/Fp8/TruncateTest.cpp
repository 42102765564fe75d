//===- TruncateTest.cpp - Every value rounds to the nearest code ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::test::ElementwiseJit;
using dsv4c::test::kLanes;

namespace {

std::vector<uint8_t> truncate(const Format &format,
                              const std::vector<float> &values, int lanes = 16,
                              int largest = 0) {
  if (!largest)
    largest = static_cast<int>(format.largestWritten);
  ElementwiseJit jit("f32", format.mlirType,
                     "%y = fp8.truncate %x largest " + std::to_string(largest) +
                         " : @S@f32@E@ to @S@" + format.mlirType + "@E@",
                     lanes);
  return jit.map<uint8_t>(values);
}

std::vector<uint8_t> truncateFp4(const std::vector<float> &values,
                                 int lanes = 16) {
  ElementwiseJit jit("f32", "i8",
                     "%y = fp8.truncate_fp4 %x : @S@f32@E@ to @S@i8@E@", lanes);
  return jit.map<uint8_t>(values);
}

/// Midpoints of neighbouring codes and the f32 values next to them, both signs.
std::vector<float> aroundTies(const std::vector<double> &values) {
  std::vector<float> result;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    float tie = static_cast<float>((values[i] + values[i + 1]) / 2);
    for (float x : {std::nextafter(tie, 0.0f), tie,
                    std::nextafter(tie, std::ldexp(1.0f, 100))}) {
      result.push_back(x);
      result.push_back(-x);
    }
  }
  return result;
}

TEST(Truncate, AllBf16Values) {
  std::vector<float> values = allBf16();
  for (const Format &format : kFp8Formats)
    for (int lanes : kLanes) {
      SCOPED_TRACE(format.mlirType);
      std::vector<uint8_t> codes = truncate(format, values, lanes);
      for (size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(encode(format, values[i], format.largestWritten), codes[i])
            << values[i];
    }
}

TEST(Truncate, TiesGoToTheEvenCode) {
  for (const Format &format : kFp8Formats) {
    SCOPED_TRACE(format.mlirType);
    std::vector<double> values;
    for (int code = 0; code < 128; ++code)
      if (std::isfinite(decode(format, code)))
        values.push_back(decode(format, code));
    std::vector<float> inputs = aroundTies(values);
    std::vector<uint8_t> codes = truncate(format, inputs);
    for (size_t i = 0; i < inputs.size(); ++i)
      ASSERT_EQ(encode(format, inputs[i], format.largestWritten), codes[i])
          << inputs[i];
  }
}

TEST(Truncate, SmallerLargestSaturatesThere) {
  std::vector<float> values = allBf16();
  std::vector<uint8_t> codes = truncate(kE4M3Ocp, values, 16, 240);
  for (size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(encode(kE4M3Ocp, values[i], 240), codes[i]) << values[i];
}

TEST(Truncate, SaturationSequence) {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> values = {239, 240, 241, 248, 256, 448, 449, 1e30f, inf};
  std::vector<uint8_t> ocp = truncate(kE4M3Ocp, values);
  EXPECT_EQ((std::vector<uint8_t>{0x77, 0x77, 0x77, 0x78, 0x78, 0x7E, 0x7E,
                                  0x7E, 0x7E}),
            ocp);
  std::vector<uint8_t> fnuz = truncate(kE4M3Fnuz, values);
  EXPECT_EQ(std::vector<uint8_t>(values.size(), 0x7E), fnuz);
}

TEST(Truncate, NaNGivesTheNaNOfTheFormat) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Format &format : kFp8Formats)
    for (float value : {nan, -nan, fromBits(0x7F800001), fromBits(0xFFFFFFFF)})
      EXPECT_EQ(format.canonicalNaN, truncate(format, {value})[0])
          << format.mlirType;
}

// -0 and negative values that round to zero must never become 0x80 = NaN.
TEST(Truncate, FnuzHasNoNegativeZero) {
  for (const Format &format : {kE4M3Fnuz, kE5M2Fnuz}) {
    float smallest = static_cast<float>(decode(format, 1));
    std::vector<float> values = {-0.0f, -smallest / 4, -smallest / 2,
                                 -std::numeric_limits<float>::denorm_min(),
                                 -std::numeric_limits<float>::min()};
    EXPECT_EQ(std::vector<uint8_t>(values.size(), 0), truncate(format, values))
        << format.mlirType;
  }
}

// Claim 3.4: FNUZ bytes of x/2 equal the OCP bytes of x, but for -0.
TEST(Truncate, OcpAndFnuzCodesAgreeUnderTheClamp) {
  std::vector<float> whole, half;
  for (float x : allBf16())
    if (std::fabs(x) <= 448.0f) {
      whole.push_back(x);
      half.push_back(x / 2);
    }
  ASSERT_EQ(34754u, whole.size());
  std::vector<uint8_t> ocp = truncate(kE4M3Ocp, whole);
  std::vector<uint8_t> fnuz = truncate(kE4M3Fnuz, half);
  for (size_t i = 0; i < whole.size(); ++i)
    ASSERT_EQ(ocp[i] == 0x80 ? 0 : ocp[i], fnuz[i]) << whole[i];
}

// 465 saturates at 448 in OCP; without the clamp, FNUZ would round 232.5 to
// 240.
TEST(Truncate, WithoutTheClampTheCodesWouldDiffer) {
  EXPECT_EQ(0x7E, truncate(kE4M3Ocp, {465})[0]);
  EXPECT_EQ(0x7E, truncate(kE4M3Fnuz, {232.5})[0]);
  EXPECT_EQ(0x7F, encode(kE4M3Fnuz, 232.5, 240));
  EXPECT_EQ(480, 2 * decode(kE4M3Fnuz, 0x7F));
}

TEST(TruncateFp4, AllBf16Values) {
  std::vector<float> values = allBf16();
  for (int lanes : kLanes) {
    std::vector<uint8_t> codes = truncateFp4(values, lanes);
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(encodeE2M1(values[i]), codes[i]) << values[i];
  }
}

TEST(TruncateFp4, TiesGoToTheEvenCode) {
  std::vector<float> ties = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  std::vector<double> expected = {0, 1, 1, 2, 2, 4, 4};
  std::vector<uint8_t> codes = truncateFp4(ties);
  for (size_t i = 0; i < ties.size(); ++i)
    EXPECT_EQ(expected[i], decodeE2M1(codes[i])) << ties[i];
  std::vector<float> inputs = aroundTies(std::vector<double>(kE2M1, kE2M1 + 8));
  codes = truncateFp4(inputs);
  for (size_t i = 0; i < inputs.size(); ++i)
    EXPECT_EQ(encodeE2M1(inputs[i]), codes[i]) << inputs[i];
}

// Byte tables of FP4 weights widened to FP8 with the same value; code 8 (-0)
// must not become the NaN of FNUZ.
TEST(TruncateFp4, WidenedToFp8WithTheSameValue) {
  const std::vector<uint8_t> ocp = {0x00, 0x30, 0x38, 0x3C,
                                    0x40, 0x44, 0x48, 0x4C};
  const std::vector<uint8_t> fnuz = {0x00, 0x38, 0x40, 0x44,
                                     0x48, 0x4C, 0x50, 0x54};
  std::vector<uint8_t> codes;
  for (int code = 0; code < 16; ++code)
    codes.push_back(static_cast<uint8_t>(code));
  for (const Format &format : {kE4M3Ocp, kE4M3Fnuz}) {
    const std::vector<uint8_t> &table = format.fnuz ? fnuz : ocp;
    std::string type = format.mlirType;
    ElementwiseJit jit("i8", type,
                       "%v = fp8.extend_fp4 low %x : @S@i8@E@ to @S@f32@E@\n"
                       "%y = fp8.truncate %v largest 224 : @S@f32@E@ to @S@" +
                           type + "@E@",
                       16);
    std::vector<uint8_t> bytes = jit.map<uint8_t>(codes);
    for (int code = 0; code < 8; ++code)
      EXPECT_EQ(table[code], bytes[code]) << type << " code " << code;
    for (int code = 9; code < 16; ++code)
      EXPECT_EQ(table[code - 8] | 0x80, bytes[code]) << type << " " << code;
    EXPECT_EQ(format.fnuz ? 0x00 : 0x80, bytes[8]) << type;
  }
}

// FP4 in blocks of 32 as FP8 in tiles with one scale, S * 2^-6 for the largest
// FP4 scale S: exact as long as no scale lies more than 2^14 below S.
TEST(TruncateFp4, ExactInOneFp8TileWithin14Binades) {
  for (const Format &format : {kE4M3Ocp, kE4M3Fnuz})
    for (int below = 0; below <= 20; ++below) {
      std::vector<float> values;
      for (int code = 0; code < 16; ++code)
        values.push_back(static_cast<float>(
            std::ldexp(decodeE2M1(code), 6 - below - (format.fnuz ? 1 : 0))));
      std::vector<uint8_t> bytes = truncate(format, values);
      bool exact = true;
      for (int code = 0; code < 16; ++code)
        exact &= decode(format, bytes[code]) == values[code];
      EXPECT_EQ(below <= 14, exact) << format.mlirType << " " << below;
    }
}

} // namespace
