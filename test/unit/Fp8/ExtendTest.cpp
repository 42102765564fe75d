//===- ExtendTest.cpp - Every code decodes to its value -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::test::ElementwiseJit;
using dsv4c::test::kLanes;

namespace {

std::vector<float> extendAll(const std::string &type, bool finite, int lanes) {
  ElementwiseJit jit(type, "f32",
                     std::string("%y = fp8.extend ") +
                         (finite ? "finite " : "") + "%x : @S@" + type +
                         "@E@ to @S@f32@E@",
                     lanes);
  return jit.map<float>(allBytes());
}

/// Equal values with equal signs of zero, or both NaN.
void expectSame(double expected, float got, int code) {
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(got)) << "code " << code;
  else
    EXPECT_EQ(toBits(static_cast<float>(expected)), toBits(got))
        << "code " << code << ": expected " << expected << ", got " << got;
}

TEST(Extend, AllBytesOfAllFp8Formats) {
  for (const Format &format : kFp8Formats)
    for (int lanes : kLanes) {
      SCOPED_TRACE(format.mlirType);
      std::vector<float> values = extendAll(format.mlirType, false, lanes);
      for (int code = 0; code < 256; ++code)
        expectSame(decode(format, code), values[code], code);
    }
}

TEST(Extend, FiniteIsExactWhereNoNaNCodeOccurs) {
  for (const Format &format : kFp8Formats)
    for (int lanes : kLanes) {
      SCOPED_TRACE(format.mlirType);
      std::vector<float> values = extendAll(format.mlirType, true, lanes);
      for (int code = 0; code < 256; ++code)
        if (!contains(format.nanCodes, code))
          expectSame(decode(format, code), values[code], code);
    }
}

// The FNUZ code 0x80 is NaN, never -0 (a public software decoder got it wrong).
TEST(Extend, FnuzByte80IsNaN) {
  for (const char *type : {"f8E4M3FNUZ", "f8E5M2FNUZ"})
    EXPECT_TRUE(std::isnan(extendAll(type, false, 1)[0x80])) << type;
}

TEST(Extend, OcpIsTwiceFnuzFor253And247Bytes) {
  auto countTwice = [](const char *ocp, const char *fnuz) {
    std::vector<float> f = extendAll(ocp, false, 16);
    std::vector<float> z = extendAll(fnuz, false, 16);
    int count = 0;
    for (int code = 0; code < 256; ++code)
      count += f[code] == 2 * z[code] &&
               std::signbit(f[code]) == std::signbit(z[code]);
    return count;
  };
  EXPECT_EQ(253, countTwice("f8E4M3FN", "f8E4M3FNUZ"));
  EXPECT_EQ(247, countTwice("f8E5M2", "f8E5M2FNUZ"));
}

TEST(Extend, VectorsOfTheSpecification) {
  std::vector<float> f = extendAll("f8E4M3FN", false, 1);
  std::vector<float> z = extendAll("f8E4M3FNUZ", false, 1);
  struct Row {
    int byte;
    double ocp, fnuz;
  };
  const Row rows[] = {{0x01, std::ldexp(1, -9), std::ldexp(1, -10)},
                      {0x07, std::ldexp(7, -9), std::ldexp(7, -10)},
                      {0x08, std::ldexp(1, -6), std::ldexp(1, -7)},
                      {0x38, 1, 0.5},
                      {0x71, 144, 72},
                      {0x7C, 384, 192},
                      {0x7E, 448, 224},
                      {0xB8, -1, -0.5}};
  for (const Row &row : rows) {
    EXPECT_EQ(row.ocp, f[row.byte]);
    EXPECT_EQ(row.fnuz, z[row.byte]);
  }
  // The bytes that do not follow the relation.
  EXPECT_TRUE(std::isnan(f[0x7F]) && std::isnan(f[0xFF]));
  EXPECT_EQ(240, z[0x7F]);
  EXPECT_EQ(-240, z[0xFF]);
}

TEST(Extend, E8M0) {
  for (int lanes : kLanes)
    for (bool finite : {false, true}) {
      std::vector<float> scales = extendAll("f8E8M0FNU", finite, lanes);
      for (int byte = 0; byte < (finite ? 255 : 256); ++byte)
        expectSame(decodeE8M0(byte), scales[byte], byte);
      EXPECT_EQ(0x00400000u, toBits(scales[0]));
    }
}

TEST(ExtendFp4, AllBytesBothNibbles) {
  for (int lanes : kLanes)
    for (bool high : {false, true}) {
      ElementwiseJit jit("i8", "f32",
                         std::string("%y = fp8.extend_fp4 ") +
                             (high ? "high" : "low") +
                             " %x : @S@i8@E@ to @S@f32@E@",
                         lanes);
      std::vector<float> values = jit.map<float>(allBytes());
      for (int byte = 0; byte < 256; ++byte)
        expectSame(decodeE2M1(high ? byte >> 4 : byte & 15), values[byte],
                   byte);
    }
}

// 16 codes times 256 scales, the product being the value of a weight.
TEST(ExtendFp4, AllCodesTimesAllScales) {
  ElementwiseJit jit("i8", "f32",
                     "%y = fp8.extend_fp4 low %x : @S@i8@E@ to @S@f32@E@", 16);
  std::vector<float> codes = jit.map<float>(allBytes());
  std::vector<float> scales = extendAll("f8E8M0FNU", false, 16);
  for (int code = 0; code < 16; ++code)
    for (int byte = 0; byte < 256; ++byte) {
      double expected = decodeE2M1(code) * decodeE8M0(byte);
      float product = codes[code] * scales[byte];
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(product));
      else
        EXPECT_EQ(static_cast<float>(expected), product)
            << code << " * scale " << byte;
    }
}

// Every code but -0, alone and with every exponent that is allowed.
TEST(WidenFp4, AllBytesBothNibblesAllExponents) {
  for (const Format &format : {kE4M3Ocp, kE4M3Fnuz})
    for (bool high : {false, true})
      for (int exponent = 2; exponent <= 13; ++exponent) {
        // 2 stands for none.
        bool shifted = exponent > 2;
        std::string e = std::to_string(exponent), type = format.mlirType;
        std::string body =
            shifted ? "%e = arith.constant dense<" + e + "> : vector<16xi32>\n"
                    : "";
        body += std::string("%y = fp8.widen_fp4 ") + (high ? "high" : "low") +
                " %x " + (shifted ? "shifted by %e : vector<16xi8>, vector<16xi32>"
                                  : ": vector<16xi8>") +
                " to vector<16x" + type + ">";
        ElementwiseJit jit("i8", type, body, 16);
        std::vector<uint8_t> found = jit.map<uint8_t>(allBytes());
        for (int byte = 0; byte < 256; ++byte) {
          int code = high ? byte >> 4 : byte & 15;
          if (code == 8)
            continue;
          double factor = shifted ? std::ldexp(1.0, exponent - 8) : 1.0;
          EXPECT_EQ(decode(format, found[byte]), decodeE2M1(code) * factor)
              << type << " byte " << byte << " exponent " << exponent;
        }
      }
}

} // namespace
