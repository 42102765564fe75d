//===- ConversionTest.cpp - Conversions on gfx942 against APFloat ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuKernels.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace dsv4c::test;
using llvm::APFloat;

namespace {

std::vector<uint8_t> allBytes() {
  std::vector<uint8_t> bytes(256);
  for (int i = 0; i < 256; ++i)
    bytes[i] = i;
  return bytes;
}

/// Bit patterns of every kind: uniform ones, and multiples of small steps,
/// which are ties of the narrow formats.
std::vector<float> manyFloats() {
  std::vector<float> values = {0.0f,   -0.0f,  INFINITY, -INFINITY, NAN,
                               -NAN,   1e-45f, 448.0f,   464.0f,    480.0f,
                               224.0f, 232.0f, 240.0f,   -232.5f,   1e30f};
  std::mt19937 generator(1);
  for (int i = 0; i < 20000; ++i)
    values.push_back(llvm::bit_cast<float>(uint32_t(generator())));
  for (int i = -4096; i < 4096; ++i) {
    values.push_back(std::ldexp(i, -13));
    values.push_back(std::ldexp(i, -4));
  }
  return values;
}

float decode(const llvm::fltSemantics &semantics, unsigned bits, uint8_t code) {
  APFloat value(semantics, llvm::APInt(bits, code));
  if (value.isNaN())
    return NAN;
  bool lossy;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToFloat();
}

/// Saturates at `largest` and rounds; `nan` for NaN.
uint8_t encode(const llvm::fltSemantics &semantics, float value, float largest,
               uint8_t nan) {
  if (std::isnan(value))
    return nan;
  APFloat result(std::fmax(-largest, std::fmin(largest, value)));
  bool lossy;
  result.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  return result.bitcastToAPInt().getZExtValue();
}

void expectSame(const std::vector<float> &found,
                const std::vector<float> &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(found[i])) << i;
    else
      EXPECT_EQ(llvm::bit_cast<uint32_t>(found[i]),
                llvm::bit_cast<uint32_t>(expected[i]))
          << i << ": " << found[i] << ", expected " << expected[i];
  }
}

struct Format {
  const char *name;
  const llvm::fltSemantics &semantics;
  int largest;
  uint8_t nan;
};

// The first two go through instructions, the others through arithmetic.
const Format formats[] = {
    {"f8E4M3FNUZ", APFloat::Float8E4M3FNUZ(), 224, 0x80},
    {"f8E5M2FNUZ", APFloat::Float8E5M2FNUZ(), 28672, 0x80},
    {"f8E4M3FN", APFloat::Float8E4M3FN(), 448, 0x7F},
    {"f8E5M2", APFloat::Float8E5M2(), 57344, 0x7E},
};

class AmdgpuFp8Test : public ::testing::TestWithParam<Format> {};

TEST_P(AmdgpuFp8Test, ExtendIsExactForEveryCode) {
  std::string name = GetParam().name;
  GpuKernels kernels(GpuKernels::elementwise("extend", name, "f32",
                                             "%y = fp8.extend %x : vector<4x" +
                                                 name + "> to vector<4xf32>"));
  std::vector<float> expected;
  for (uint8_t code : allBytes())
    expected.push_back(decode(GetParam().semantics, 8, code));
  expectSame(kernels.map<float>("extend", allBytes()), expected);
}

TEST_P(AmdgpuFp8Test, TruncateRoundsAsAPFloat) {
  std::string name = GetParam().name;
  std::string largest = std::to_string(GetParam().largest);
  GpuKernels kernels(GpuKernels::elementwise(
      "truncate", "f32", name,
      "%y = fp8.truncate %x largest " + largest +
          " : vector<4xf32> to vector<4x" + name + ">"));
  std::vector<float> values = manyFloats();
  std::vector<uint8_t> found = kernels.map<uint8_t>("truncate", values);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(int(found[i]), int(encode(GetParam().semantics, values[i],
                                        GetParam().largest, GetParam().nan)))
        << values[i];
}

INSTANTIATE_TEST_SUITE_P(Formats, AmdgpuFp8Test, ::testing::ValuesIn(formats),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

TEST(AmdgpuFp4Test, ExtendIsExactForEveryByte) {
  GpuKernels kernels(
      GpuKernels::elementwise(
          "low", "i8", "f32",
          "%y = fp8.extend_fp4 low %x : vector<4xi8> to vector<4xf32>") +
      GpuKernels::elementwise(
          "high", "i8", "f32",
          "%y = fp8.extend_fp4 high %x : vector<4xi8> to vector<4xf32>"));
  std::vector<float> low, high;
  for (uint8_t byte : allBytes()) {
    low.push_back(decode(APFloat::Float4E2M1FN(), 4, byte & 15));
    high.push_back(decode(APFloat::Float4E2M1FN(), 4, byte >> 4));
  }
  expectSame(kernels.map<float>("low", allBytes()), low);
  expectSame(kernels.map<float>("high", allBytes()), high);
}

// By the table; one exponent for all elements, and one of each element's own.
TEST_P(AmdgpuFp8Test, WidenFp4IsExactForEveryCodeAndExponent) {
  std::string name = GetParam().name;
  if (name.find("E4M3") == std::string::npos)
    return;
  std::string text, to = " to vector<4x" + name + ">";
  for (std::string nibble : {"low", "high"}) {
    text += GpuKernels::elementwise(
        nibble, "i8", name,
        "%y = fp8.widen_fp4 " + nibble + " %x : vector<4xi8>" + to);
    for (int exponent = 3; exponent <= 13; ++exponent) {
      std::string e = std::to_string(exponent);
      text += GpuKernels::elementwise(
          nibble + e, "i8", name,
          "%e = arith.constant dense<" + e + "> : vector<4xi32>\n"
          "%y = fp8.widen_fp4 " + nibble +
              " %x shifted by %e : vector<4xi8>, vector<4xi32>" + to);
    }
  }
  text += GpuKernels::elementwise(
      "own", "i8", name,
      "%e = arith.constant dense<[3, 13, 8, 5]> : vector<4xi32>\n"
      "%y = fp8.widen_fp4 low %x shifted by %e : vector<4xi8>, vector<4xi32>" +
          to);
  GpuKernels kernels(text);
  // Lanes of -0 are not looked at.
  auto expectCodes = [&](const std::string &kernel, bool high,
                         llvm::function_ref<int(size_t)> exponentOf) {
    std::vector<uint8_t> bytes = allBytes();
    std::vector<uint8_t> found = kernels.map<uint8_t>(kernel, bytes);
    for (size_t i = 0; i < bytes.size(); ++i) {
      int code = high ? bytes[i] >> 4 : bytes[i] & 15;
      if (code == 8)
        continue;
      float value = decode(APFloat::Float4E2M1FN(), 4, code);
      EXPECT_EQ(decode(GetParam().semantics, 8, found[i]),
                std::ldexp(value, exponentOf(i) - 8))
          << kernel << " byte " << i;
    }
  };
  for (bool high : {false, true}) {
    std::string nibble = high ? "high" : "low";
    expectCodes(nibble, high, [](size_t) { return 8; });
    for (int exponent = 3; exponent <= 13; ++exponent)
      expectCodes(nibble + std::to_string(exponent), high,
                  [&](size_t) { return exponent; });
  }
  const int own[] = {3, 13, 8, 5};
  expectCodes("own", false, [&](size_t i) { return own[i % 4]; });
}

TEST(AmdgpuScaleTest, ExtendIsExactForEveryCode) {
  GpuKernels kernels(GpuKernels::elementwise(
      "extend", "f8E8M0FNU", "f32",
      "%y = fp8.extend %x : vector<4xf8E8M0FNU> to vector<4xf32>"));
  std::vector<float> expected;
  for (uint8_t code : allBytes())
    expected.push_back(decode(APFloat::Float8E8M0FNU(), 8, code));
  expectSame(kernels.map<float>("extend", allBytes()), expected);
}

TEST(AmdgpuBf16Test, TruncateRoundsAsAPFloat) {
  GpuKernels kernels(GpuKernels::elementwise(
      "truncate", "f32", "bf16",
      "%y = arith.truncf %x : vector<4xf32> to vector<4xbf16>"));
  std::vector<float> values = manyFloats();
  std::vector<uint16_t> found = kernels.map<uint16_t>("truncate", values);
  for (size_t i = 0; i < values.size(); ++i) {
    APFloat expected(values[i]);
    bool lossy;
    expected.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &lossy);
    EXPECT_EQ(found[i], std::isnan(values[i])
                            ? 0x7FC0u
                            : expected.bitcastToAPInt().getZExtValue())
        << values[i];
  }
}

} // namespace
