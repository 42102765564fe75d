//===- Reference.h - Number formats by the formula ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the fp8 dialect expect: decoding by the textbook formula in
// double, encoding by search over all codes. Shares nothing with the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TEST_UNIT_FP8_REFERENCE_H
#define DSV4C_TEST_UNIT_FP8_REFERENCE_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace dsv4c::reference {

struct Format {
  const char *mlirType;
  int mantissaBits;
  int bias;
  std::vector<int> nanCodes;
  std::vector<int> infinityCodes;
  int canonicalNaN;
  double largestWritten;
  bool fnuz;
};

inline const Format kE4M3Ocp{"f8E4M3FN", 3,    7,   {0x7F, 0xFF},
                             {},         0x7F, 448, false};
inline const Format kE4M3Fnuz{"f8E4M3FNUZ", 3, 8, {0x80}, {}, 0x80, 224, true};
inline const Format kE5M2Ocp{
    "f8E5M2",     2,    15,    {0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF},
    {0x7C, 0xFC}, 0x7E, 57344, false};
inline const Format kE5M2Fnuz{"f8E5M2FNUZ", 2,    16,    {0x80},
                              {},           0x80, 28672, true};
inline const std::vector<Format> kFp8Formats{kE4M3Ocp, kE4M3Fnuz, kE5M2Ocp,
                                             kE5M2Fnuz};

inline bool contains(const std::vector<int> &codes, int code) {
  for (int each : codes)
    if (each == code)
      return true;
  return false;
}

/// Value of an 8-bit code: e = 0: m 2^(1-bias-M), else (1+m/2^M) 2^(e-bias).
inline double decode(const Format &f, int code) {
  double sign = code & 0x80 ? -1.0 : 1.0;
  if (contains(f.nanCodes, code))
    return std::numeric_limits<double>::quiet_NaN();
  if (contains(f.infinityCodes, code))
    return sign * std::numeric_limits<double>::infinity();
  int e = (code & 0x7F) >> f.mantissaBits;
  int m = code & ((1 << f.mantissaBits) - 1);
  if (e == 0)
    return sign * std::ldexp(m, 1 - f.bias - f.mantissaBits);
  return sign * std::ldexp(1.0 + std::ldexp(m, -f.mantissaBits), e - f.bias);
}

/// Nearest code by search, ties to the even code, after saturation.
inline int encode(const Format &f, double x, double largest) {
  if (std::isnan(x))
    return f.canonicalNaN;
  double magnitude = std::min(std::fabs(x), largest);
  int best = 0;
  double bestDistance = std::numeric_limits<double>::infinity();
  for (int code = 0; code < 0x80; ++code) {
    double value = decode(f, code);
    if (!std::isfinite(value))
      continue;
    double distance = std::fabs(value - magnitude);
    if (distance < bestDistance ||
        (distance == bestDistance && code % 2 == 0)) {
      best = code;
      bestDistance = distance;
    }
  }
  bool negative = std::signbit(x) && !(f.fnuz && best == 0);
  return best | (negative ? 0x80 : 0);
}

inline constexpr double kE2M1[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

inline double decodeE2M1(int code) {
  return code & 8 ? -kE2M1[code & 7] : kE2M1[code & 7];
}

inline int encodeE2M1(double x) {
  double magnitude = std::isnan(x) ? 6.0 : std::min(std::fabs(x), 6.0);
  int best = 0;
  for (int code = 1; code < 8; ++code) {
    double closer =
        std::fabs(kE2M1[code] - magnitude) - std::fabs(kE2M1[best] - magnitude);
    if (closer < 0 || (closer == 0 && code % 2 == 0))
      best = code;
  }
  return best | (std::signbit(x) ? 8 : 0);
}

/// Value of an E8M0 byte in double.
inline double decodeE8M0(int byte) {
  return byte == 255 ? std::numeric_limits<double>::quiet_NaN()
                     : std::ldexp(1.0, byte - 127);
}

inline float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float bf16(uint32_t bits) { return fromBits(bits << 16); }

/// Every bf16 value, in the order of its bits.
inline std::vector<float> allBf16() {
  std::vector<float> values;
  for (uint32_t bits = 0; bits < 0x10000; ++bits)
    values.push_back(bf16(bits));
  return values;
}

inline std::vector<uint8_t> allBytes() {
  std::vector<uint8_t> bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.push_back(static_cast<uint8_t>(byte));
  return bytes;
}

inline uint16_t toBf16(float value) {
  uint32_t bits = toBits(value);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// bf16 numbers whose magnitudes spread over many binades, some of them zero.
inline std::vector<uint16_t> randomBf16(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<uint16_t> values(count);
  for (uint16_t &value : values) {
    uint32_t r = random();
    uint16_t exponent = 110 + r % 20;
    value = static_cast<uint16_t>((r >> 31 << 15) | exponent << 7 |
                                  (r >> 8 & 0x7F));
    if (r % 37 == 0)
      value = r >> 31 ? 0x8000 : 0;
  }
  return values;
}

/// Exponent by the closed forms of sections 3.3 and 3.5.
inline int closedFormExponent(float amax, bool fp4) {
  int exponent = static_cast<int>(toBits(amax) >> 23);
  int fraction = static_cast<int>(toBits(amax) >> 16 & 0x7F);
  if (fp4)
    return std::max(fraction <= 64 ? exponent - 129 : exponent - 128, -126);
  if (amax < 1e-4f)
    return -22;
  return fraction <= 96 ? exponent - 135 : exponent - 134;
}

} // namespace dsv4c::reference

#endif // DSV4C_TEST_UNIT_FP8_REFERENCE_H
