//===- NumberFormats.h - Scalar conversions of checkpoint formats ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formats of spec section 3.1 as host scalars: exact decoding of every
// code, and round-to-nearest-even encoding of BF16.

#ifndef DSV4RUN_SUPPORT_NUMBERFORMATS_H
#define DSV4RUN_SUPPORT_NUMBERFORMATS_H

#include <array>
#include <cstdint>
#include <cstring>

namespace dsv4run {

inline float FloatFromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline uint32_t BitsFromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float FloatFromBf16(uint16_t code) {
  return FloatFromBits(uint32_t{code} << 16);
}

/// Round to nearest, ties to even; overflow gives infinity and every NaN a
/// quiet NaN of the same sign.
inline uint16_t Bf16FromFloat(float value) {
  uint32_t bits = BitsFromFloat(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000)
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// IEEE binary16.
float FloatFromFp16(uint16_t code);

/// OCP E4M3 ("e4m3fn"): bias 7, largest 448, NaN 0x7F and 0xFF.
const std::array<float, 256> &E4m3FnTable();
/// E4M3 FNUZ: bias 8, largest 240, NaN 0x80.
const std::array<float, 256> &E4m3FnuzTable();
/// OCP E5M2: bias 15, largest 57344, with infinities.
const std::array<float, 256> &E5m2Table();

inline float FloatFromE4m3Fn(uint8_t code) { return E4m3FnTable()[code]; }
inline float FloatFromE4m3Fnuz(uint8_t code) { return E4m3FnuzTable()[code]; }
inline float FloatFromE5m2(uint8_t code) { return E5m2Table()[code]; }

/// 2^(code-127); code 255 is NaN, code 0 the fp32 subnormal 2^-127.
inline float FloatFromE8m0(uint8_t code) {
  if (code == 0)
    return FloatFromBits(0x00400000);
  if (code == 255)
    return FloatFromBits(0x7FC00000);
  return FloatFromBits(uint32_t{code} << 23);
}

/// E2M1; only the low four bits of `code` count.
inline float FloatFromE2m1(uint8_t code) {
  constexpr float kMagnitude[8] = {0.0f, 0.5f, 1.0f, 1.5f,
                                   2.0f, 3.0f, 4.0f, 6.0f};
  float magnitude = kMagnitude[code & 7];
  return code & 8 ? -magnitude : magnitude;
}

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_NUMBERFORMATS_H
