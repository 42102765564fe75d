//===- CacheFormatTest.cpp ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/CacheFormat.h"

#include <cmath>
#include <random>

#include "Support/StatusMatchers.h"
#include "dsv4run/Support/NumberFormats.h"

namespace dsv4run {
namespace {

struct Row {
  std::vector<uint8_t> codes, scales;
  std::vector<float> values;
};

Row Quantize(CodeFormat format, int64_t block, const std::vector<float> &x) {
  Row row;
  row.codes.resize(CodeBytes(format, x.size()));
  row.scales.resize(x.size() / block);
  row.values.resize(x.size());
  QuantizeRow(format, block, x, absl::MakeSpan(row.codes),
              absl::MakeSpan(row.scales));
  DequantizeRow(format, block, row.codes, row.scales,
                absl::MakeSpan(row.values));
  return row;
}

/// The worked examples of spec 3.3.
TEST(CacheFormat, WorkedExamples) {
  struct Case {
    float maximum;
    int scale;
    int code;
  };
  for (Case c : {Case{1.0f, 119, 0x78},
                 {3.0f, 120, 0x7C},
                 {448, 127, 0x7E},
                 {450, 128, 0x76},
                 {0, 105, 0}}) {
    Row row = Quantize(CodeFormat::kE4m3Fn, 1, {c.maximum});
    EXPECT_EQ(row.scales[0], c.scale) << c.maximum;
    EXPECT_EQ(row.codes[0], c.code) << c.maximum;
  }
  EXPECT_EQ(Quantize(CodeFormat::kE4m3Fn, 2, {3.0f, 1.1015625f}).values[1],
            1.125f);
  Row fp4 = Quantize(CodeFormat::kE2m1, 4, {5.0f, 2.6f, -0.25f, 0.75f});
  EXPECT_EQ(fp4.scales[0], 127);
  EXPECT_EQ(fp4.values, (std::vector<float>{4, 3, 0, 1}));
  EXPECT_EQ(fp4.codes[0], 0x56); // even channel in the low nibble
}

/// Closed form of the scale exponent (spec 3.3) over every positive bf16.
TEST(CacheFormat, ScaleOfEveryBf16Maximum) {
  for (int code = 1; code < 0x7F80; ++code) {
    float maximum = FloatFromBf16(static_cast<uint16_t>(code));
    int e = code >> 7, f = code & 127;
    int k = maximum < 1e-4f ? -22 : f <= 96 ? e - 135 : e - 134;
    Row row = Quantize(CodeFormat::kE4m3Fn, 1, {maximum});
    ASSERT_EQ(row.scales[0], 127 + k) << maximum;
    if (e > 0 && e - 129 > -126) { // above the floor and not subnormal
      int k4 = f <= 64 ? e - 129 : e - 128;
      ASSERT_EQ(Quantize(CodeFormat::kE2m1, 2, {maximum, 0}).scales[0],
                127 + k4)
          << maximum;
    }
  }
}

/// Nearest value of the format, ties to the even code, by search over all
/// codes.
uint8_t NearestE4m3(float x) {
  int best = 0;
  for (int code = 0; code < 0x7F; ++code) {
    double d = std::fabs(double{FloatFromE4m3Fn(code)} - std::fabs(x));
    double b = std::fabs(double{FloatFromE4m3Fn(best)} - std::fabs(x));
    if (d < b || (d == b && code % 2 == 0))
      best = code;
  }
  return static_cast<uint8_t>(best | (std::signbit(x) ? 0x80 : 0));
}

TEST(CacheFormat, CodesAreNearestInBothDialects) {
  // Block maximum 448 fixes the scale at 1.
  for (int code = 0; code < 0x10000; ++code) {
    float x = FloatFromBf16(static_cast<uint16_t>(code));
    if (!(std::fabs(x) <= 448))
      continue;
    Row ocp = Quantize(CodeFormat::kE4m3Fn, 2, {448, x});
    Row fnuz = Quantize(CodeFormat::kE4m3Fnuz, 2, {448, x});
    uint8_t nearest = NearestE4m3(x);
    ASSERT_EQ(ocp.codes[1], nearest) << x;
    ASSERT_EQ(fnuz.codes[1], nearest == 0x80 ? 0 : nearest) << x;
    ASSERT_EQ(fnuz.scales[0], ocp.scales[0] + 1);
    ASSERT_EQ(ocp.values[1], fnuz.values[1]) << x;
  }
}

TEST(CacheFormat, QuantisedRowsAreFixedPoints) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (CodeFormat format :
       {CodeFormat::kE4m3Fn, CodeFormat::kE4m3Fnuz, CodeFormat::kE2m1})
    for (int round = 0; round < 200; ++round) {
      std::vector<float> x(64);
      for (float &value : x)
        value = FloatFromBf16(
            Bf16FromFloat(std::ldexp(normal(random), random() % 30 - 15)));
      std::vector<float> once = Quantize(format, 16, x).values;
      EXPECT_EQ(Quantize(format, 16, once).values, once);
    }
}

TEST(CacheFormat, FormatsByName) {
  ASSERT_OK_AND_ASSIGN(CodeFormat ocp, CodeFormatOf("f8E4M3FN", "x"));
  EXPECT_EQ(ocp, CodeFormat::kE4m3Fn);
  ASSERT_OK_AND_ASSIGN(CodeFormat fnuz, CodeFormatOf("f8E4M3FNUZ", "x"));
  EXPECT_EQ(fnuz, CodeFormat::kE4m3Fnuz);
  ASSERT_OK_AND_ASSIGN(CodeFormat fp4, CodeFormatOf("i8", "<f4E2M1FN, 1x32>"));
  EXPECT_EQ(fp4, CodeFormat::kE2m1);
  for (auto [keys, format] :
       {std::pair("e4m3 ocp bias 7", CodeFormat::kE4m3Fn),
        std::pair("e4m3 fnuz bias 8", CodeFormat::kE4m3Fnuz),
        std::pair("e2m1 bias 1", CodeFormat::kE2m1)}) {
    ASSERT_OK_AND_ASSIGN(
        CodeFormat found,
        CodeFormatOf("i8", absl::StrCat("!dsv4.cache<index, ratio 4, page 128, "
                                        "keys <?x128, ",
                                        keys, ", e8m0 1x32>, tail 0>")));
    EXPECT_EQ(found, format) << keys;
  }
  EXPECT_THAT(CodeFormatOf("i8", "bytes"),
              testing::IsError(absl::StatusCode::kUnimplemented, "i8"));
}

} // namespace
} // namespace dsv4run
