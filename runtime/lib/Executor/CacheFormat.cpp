//===- CacheFormat.cpp - Rows of a cache as numbers -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/CacheFormat.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/NumberFormats.h"

namespace dsv4run {
namespace {

float ValueOfCode(CodeFormat format, uint8_t code) {
  switch (format) {
  case CodeFormat::kE4m3Fn:
    return FloatFromE4m3Fn(code);
  case CodeFormat::kE4m3Fnuz:
    return FloatFromE4m3Fnuz(code);
  case CodeFormat::kE2m1:
    return FloatFromE2m1(code);
  }
  return 0;
}

/// Sign and magnitude code of x: 1 sign bit, exponents from `min_exponent` and
/// `mantissa` bits, saturating at `largest`; ties to the even code.
uint8_t RoundToGrid(float x, int min_exponent, int mantissa, float largest,
                    int sign_bit) {
  float magnitude = std::min(std::fabs(x), largest);
  uint8_t sign = std::signbit(x) ? 1 << sign_bit : 0;
  if (magnitude == 0)
    return sign;
  int exponent = std::max(std::ilogb(magnitude), min_exponent);
  // In units of the last place of that exponent: below 2^(mantissa + 1), and
  // 2^(mantissa + 1) itself where rounding carries into the next exponent.
  auto units = static_cast<int>(
      std::nearbyint(std::ldexp(magnitude, mantissa - exponent)));
  return sign |
         static_cast<uint8_t>(((exponent - min_exponent) << mantissa) + units);
}

uint8_t CodeOfValue(CodeFormat format, float scaled) {
  if (format == CodeFormat::kE2m1)
    return RoundToGrid(scaled, 0, 1, 6.0f, 3);
  uint8_t code = RoundToGrid(scaled, -6, 3, 448.0f, 7);
  return format == CodeFormat::kE4m3Fnuz && code == 0x80 ? 0 : code;
}

/// ceil(log2(u)) of a positive normal number, by bit inspection.
int CeilLog2(float u) {
  uint32_t bits = BitsFromFloat(u);
  return static_cast<int>(bits >> 23) - 127 + ((bits & 0x7FFFFF) != 0);
}

} // namespace

absl::StatusOr<CodeFormat> CodeFormatOf(absl::string_view element,
                                        absl::string_view holds) {
  // The element names the format, or else the scaled type that the bytes hold.
  constexpr std::pair<absl::string_view, CodeFormat> kNames[] = {
      {"f8E4M3FNUZ", CodeFormat::kE4m3Fnuz},
      {"f8E4M3FN", CodeFormat::kE4m3Fn},
      {"f4E2M1FN", CodeFormat::kE2m1},
      {"e4m3 fnuz ", CodeFormat::kE4m3Fnuz},
      {"e4m3 ocp ", CodeFormat::kE4m3Fn},
      {"e2m1 ", CodeFormat::kE2m1}};
  for (absl::string_view text : {element, holds})
    for (const auto &[name, format] : kNames)
      if (absl::StrContains(text, name))
        return format;
  return absl::UnimplementedError(
      absl::StrCat("cache codes of element type ", element, " that hold ",
                   holds, "; expected e4m3 (ocp or fnuz) or e2m1"));
}

int64_t CodeBytes(CodeFormat format, int64_t width) {
  return format == CodeFormat::kE2m1 ? width / 2 : width;
}

void DequantizeRow(CodeFormat format, int64_t block,
                   absl::Span<const uint8_t> codes,
                   absl::Span<const uint8_t> scales, absl::Span<float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    uint8_t code = format == CodeFormat::kE2m1
                       ? static_cast<uint8_t>(codes[i / 2] >> (i % 2 * 4) & 15)
                       : codes[i];
    values[i] = ValueOfCode(format, code) * FloatFromE8m0(scales[i / block]);
  }
}

void QuantizeRow(CodeFormat format, int64_t block,
                 absl::Span<const float> values, absl::Span<uint8_t> codes,
                 absl::Span<uint8_t> scales) {
  const bool e2m1 = format == CodeFormat::kE2m1;
  const float floor = e2m1 ? std::ldexp(6.0f, -126) : 1e-4f;
  const float reciprocal = e2m1 ? 1.0f / 6.0f : 1.0f / 448.0f;
  std::fill(codes.begin(), codes.end(), 0);
  for (size_t begin = 0; begin < values.size(); begin += block) {
    float maximum = floor;
    for (int64_t i = 0; i < block; ++i)
      maximum = std::max(maximum, std::fabs(values[begin + i]));
    int exponent = CeilLog2(maximum * reciprocal);
    scales[begin / block] = static_cast<uint8_t>(
        127 + exponent + (format == CodeFormat::kE4m3Fnuz));
    for (int64_t i = 0; i < block; ++i) {
      size_t at = begin + i;
      uint8_t code = CodeOfValue(format, std::ldexp(values[at], -exponent));
      if (e2m1)
        codes[at / 2] |= static_cast<uint8_t>(code << (at % 2 * 4));
      else
        codes[at] = code;
    }
  }
}

} // namespace dsv4run
