//===- Numeric.h - gfx942's small float formats -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// FP8 is e4m3fnuz (bias 8) and BF8 is e5m2fnuz (bias 16): neither has an
// infinity or a negative zero, and 0x80 is the only NaN (CDNA3 ISA, section 7.3
// "Data Format Conversion"). Encoders take a double, which holds every source
// value exactly, and round once.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_NUMERIC_H
#define DSV4EMU_NUMERIC_H

#include <cstdint>
#include <cstring>

namespace dsv4emu {

template <class To, class From>
inline To bitCast(const From &from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

/// MODE.FP_ROUND of the ISA.
enum class Rounding : uint8_t { Nearest, Up, Down, Zero };

/// Rounds |x| to a format with `mantissa` bits and `bias`, subnormals included,
/// and returns exponent and mantissa without a sign; the caller judges
/// overflow. x is finite.
inline uint64_t roundMagnitude(double x, int mantissa, int bias,
                               Rounding rounding) {
  uint64_t bits = bitCast<uint64_t>(x);
  bool negative = bits >> 63;
  int exponent = static_cast<int>((bits >> 52) & 0x7ff);
  uint64_t m = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0)
    exponent = 1;
  else
    m |= uint64_t{1} << 52;
  int target = exponent - 1023 + bias;
  int shift = 52 - mantissa + (target >= 1 ? 0 : 1 - target);
  if (shift > 62)
    shift = 62;
  uint64_t quotient = m >> shift;
  uint64_t rest = m & ((uint64_t{1} << shift) - 1);
  uint64_t half = uint64_t{1} << (shift - 1);
  bool up = false;
  switch (rounding) {
  case Rounding::Nearest:
    up = rest > half || (rest == half && (quotient & 1));
    break;
  case Rounding::Up:
    up = rest != 0 && !negative;
    break;
  case Rounding::Down:
    up = rest != 0 && negative;
    break;
  case Rounding::Zero:
    break;
  }
  uint64_t base =
      target >= 1 ? static_cast<uint64_t>(target - 1) << mantissa : 0;
  return base + quotient + up;
}

inline float halfToFloat(uint16_t h) {
  uint32_t sign = uint32_t{h & 0x8000u} << 16;
  uint32_t magnitude = uint32_t{h & 0x7fffu} << 13;
  uint32_t exponent = magnitude & 0x0f800000u;
  magnitude += uint32_t{127 - 15} << 23;
  float value;
  if (exponent == 0x0f800000u) {
    value = bitCast<float>(magnitude + (uint32_t{128 - 16} << 23));
  } else if (exponent == 0) {
    value = bitCast<float>(magnitude + (1u << 23)) - bitCast<float>(113u << 23);
  } else {
    value = bitCast<float>(magnitude);
  }
  return bitCast<float>(bitCast<uint32_t>(value) | sign);
}

/// `overflow` is MODE.FP16_OVFL: finite results too large become the largest
/// finite value, true infinities stay.
inline uint16_t toHalf(double x, Rounding rounding = Rounding::Nearest,
                       bool overflow = false) {
  uint64_t bits = bitCast<uint64_t>(x);
  uint16_t sign = static_cast<uint16_t>(bits >> 48) & 0x8000;
  if ((bits << 1) > (uint64_t{0x7ff} << 53))
    return static_cast<uint16_t>(sign | 0x7e00 | ((bits >> 42) & 0x1ff));
  if ((bits << 1) == (uint64_t{0x7ff} << 53))
    return sign | 0x7c00;
  uint64_t code = roundMagnitude(x, 10, 15, rounding);
  if (code >= 0x7c00) {
    bool towardZero = rounding == Rounding::Zero ||
                      (rounding == Rounding::Up && sign) ||
                      (rounding == Rounding::Down && !sign);
    code = overflow || towardZero ? 0x7bff : 0x7c00;
  }
  return static_cast<uint16_t>(sign | code);
}

inline float bfloatToFloat(uint16_t b) {
  return bitCast<float>(uint32_t{b} << 16);
}

inline uint16_t floatToBfloat(float x) {
  uint32_t bits = bitCast<uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Decodes a fnuz code with `mantissa` bits; 0x80 becomes a NaN.
inline float fnuzToFloat(uint8_t code, int mantissa, int bias) {
  if (code == 0x80)
    return bitCast<float>(0x7fc00000u);
  int exponent = (code & 0x7f) >> mantissa;
  int m = code & ((1 << mantissa) - 1);
  int scale = exponent == 0 ? 1 : exponent;
  float value = static_cast<float>(exponent == 0 ? m : m | (1 << mantissa));
  // 2^(scale - bias - mantissa) is a normal float for both formats.
  value *= bitCast<float>(static_cast<uint32_t>(127 + scale - bias - mantissa)
                          << 23);
  return code & 0x80 ? -value : value;
}

inline float fp8ToFloat(uint8_t code) { return fnuzToFloat(code, 3, 8); }
inline float bf8ToFloat(uint8_t code) { return fnuzToFloat(code, 2, 16); }

inline uint8_t toFnuz(double x, int mantissa, int bias, Rounding rounding,
                      bool overflow) {
  uint64_t bits = bitCast<uint64_t>(x);
  if ((bits << 1) >= (uint64_t{0x7ff} << 53))
    return 0x80;
  uint64_t code = roundMagnitude(x, mantissa, bias, rounding);
  if (code > 0x7f)
    return overflow ? 0x7f | (bits >> 63 << 7) : 0x80;
  return static_cast<uint8_t>(code == 0 ? 0 : code | (bits >> 63 << 7));
}

inline uint8_t toFp8(double x, bool overflow = false) {
  return toFnuz(x, 3, 8, Rounding::Nearest, overflow);
}
inline uint8_t toBf8(double x, bool overflow = false) {
  return toFnuz(x, 2, 16, Rounding::Nearest, overflow);
}

} // namespace dsv4emu

#endif // DSV4EMU_NUMERIC_H
