//===- NumberFormats.cpp - Scalar conversions of checkpoint formats -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/NumberFormats.h"

#include <cmath>
#include <limits>

namespace dsv4run {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A float of one sign bit and the given fields, without special codes.
float DecodeFinite(uint32_t code, int exponent_bits, int mantissa_bits,
                   int bias) {
  int mantissa = code & ((1 << mantissa_bits) - 1);
  int exponent = code >> mantissa_bits & ((1 << exponent_bits) - 1);
  bool negative = code >> (mantissa_bits + exponent_bits) & 1;
  float magnitude =
      exponent == 0
          ? std::ldexp(static_cast<float>(mantissa), 1 - bias - mantissa_bits)
          : std::ldexp(static_cast<float>(mantissa + (1 << mantissa_bits)),
                       exponent - bias - mantissa_bits);
  return negative ? -magnitude : magnitude;
}

std::array<float, 256> MakeTable(int exponent_bits, int mantissa_bits,
                                 int bias) {
  std::array<float, 256> table;
  for (int code = 0; code < 256; ++code)
    table[code] = DecodeFinite(code, exponent_bits, mantissa_bits, bias);
  return table;
}

} // namespace

float FloatFromFp16(uint16_t code) {
  if ((code & 0x7C00) != 0x7C00)
    return DecodeFinite(code, 5, 10, 15);
  if (code & 0x03FF)
    return kNan;
  return code & 0x8000 ? -kInfinity : kInfinity;
}

const std::array<float, 256> &E4m3FnTable() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> table = MakeTable(4, 3, 7);
    table[0x7F] = table[0xFF] = kNan;
    return table;
  }();
  return table;
}

const std::array<float, 256> &E4m3FnuzTable() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> table = MakeTable(4, 3, 8);
    table[0x80] = kNan;
    return table;
  }();
  return table;
}

const std::array<float, 256> &E5m2Table() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> table = MakeTable(5, 2, 15);
    for (int sign : {0x00, 0x80}) {
      table[sign | 0x7C] = sign ? -kInfinity : kInfinity;
      for (int mantissa = 1; mantissa < 4; ++mantissa)
        table[sign | 0x7C | mantissa] = kNan;
    }
    return table;
  }();
  return table;
}

} // namespace dsv4run
