//===- VectorMath.h - Helpers of the vector tables --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_VECTORMATH_H
#define DSV4EMU_LIB_EXEC_VECTORMATH_H

#include "Simd.h"
#include "VectorOp.h"

SIMD_BEGIN

/// Saturating conversion of an integral value; NaN becomes 0.
template <class I, class F>
inline I toInteger(F v) {
  constexpr F low = static_cast<F>(std::numeric_limits<I>::min());
  constexpr F high = static_cast<F>(std::numeric_limits<I>::max());
  if (!(v == v))
    return 0;
  if (v <= low)
    return std::numeric_limits<I>::min();
  if (v >= high)
    return std::numeric_limits<I>::max();
  return static_cast<I>(v);
}

/// The transcendental unit treats subnormals as zero, whatever MODE says.
inline f32 flush(f32 v) {
  u32 bits = bitCast<u32>(v);
  return bits & 0x7f800000u ? v : bitCast<f32>(bits & 0x80000000u);
}

/// Rounds to the nearest even integer under any host rounding mode.
inline f64 roundEven(f64 v) {
  f64 t = std::trunc(v);
  f64 rest = std::fabs(v - t);
  bool odd = std::fmod(t, 2.0) != 0.0;
  if (rest > 0.5 || (rest == 0.5 && odd))
    t += v < 0 ? -1.0 : 1.0;
  return std::copysign(t, v);
}
inline f32 roundEven(f32 v) { return static_cast<f32>(roundEven(f64{v})); }

// A NaN stays one; the largest result is the largest value below 1.
template <class F>
inline F fractBelow(F v, F limit) {
  F r = v - std::floor(v);
  return r > limit ? limit : r;
}
inline f32 fract(f32 v) { return fractBelow(v, bitCast<f32>(0x3f7fffffu)); }
inline f64 fract(f64 v) {
  return fractBelow(v, bitCast<f64>(u64{0x3fefffffffffffffu}));
}
inline f64 fractHalf(f64 v) { return fractBelow(v, 0.99951171875); }

/// sin of 2 pi v by quarter turns, exact at multiples of one.
inline f64 sinOfTurns(f64 v) {
  f64 quarters = std::nearbyint(4 * v);
  f64 rest = (v - quarters / 4) * 6.283185307179586;
  switch (static_cast<i64>(quarters) & 3) {
  case 0:
    return std::sin(rest);
  case 1:
    return std::cos(rest);
  case 2:
    return -std::sin(rest);
  default:
    return -std::cos(rest);
  }
}
// Arguments of v_sin and v_cos are in turns; beyond +-256 hardware returns 0
// and 1.
inline f32 sinTurns(f32 v) {
  if (!(std::fabs(v) <= 256.0f))
    return v != v ? v : 0.0f;
  return static_cast<f32>(sinOfTurns(v));
}
inline f32 cosTurns(f32 v) {
  if (!(std::fabs(v) <= 256.0f))
    return v != v ? v : 1.0f;
  return static_cast<f32>(sinOfTurns(f64{v} + 0.25));
}

inline i32 frexpExponent(f64 v) {
  int e = 0;
  if (!std::isfinite(v))
    return 0;
  std::frexp(v, &e);
  return e;
}
inline f64 frexpMantissa(f64 v) {
  int e = 0;
  return std::isfinite(v) ? std::frexp(v, &e) : v;
}

inline u32 findSignChange(i32 a) {
  u32 v = static_cast<u32>(a ^ (a >> 31));
  return v ? static_cast<u32>(__builtin_clz(v)) : ~0u;
}

inline u32 saturateByte(i16 v) {
  return static_cast<u32>(v < 0 ? 0 : v > 255 ? 255 : v);
}

inline u64 pair(f32 low, f32 high) {
  return bitCast<u32>(low) | u64{bitCast<u32>(high)} << 32;
}

/// v limited to low .. 1, scaled and rounded to the nearest even integer; NaN
/// becomes 0.
inline i32 normalised(f64 v, f64 low, f64 scale) {
  f64 limited = v != v ? 0.0 : v < low ? low : v > 1.0 ? 1.0 : v;
  return static_cast<i32>(roundEven(limited * scale));
}

/// IEEE maxNum and minNum as the VALU has them: a NaN loses, +0 > -0.
template <class F>
inline F maxNum(F a, F b) {
  if (a != a)
    return b;
  if (b != b)
    return a;
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
template <class F>
inline F minNum(F a, F b) {
  if (a != a)
    return b;
  if (b != b)
    return a;
  if (a == b)
    return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

template <class T>
inline T med3(T a, T b, T c) {
  T low = a < b ? a : b, high = a < b ? b : a;
  return c < low ? low : c > high ? high : c;
}
template <class F>
inline F med3Float(F a, F b, F c) {
  if (a != a || b != b || c != c)
    return minNum(minNum(a, b), c);
  return maxNum(minNum(a, b), minNum(maxNum(a, b), c));
}

/// With the clamp bit, integer arithmetic saturates.
inline u32 addClamp(const Lane &x, u32 a, u32 b) {
  u32 sum = a + b;
  return x.i.clamp && sum < a ? ~0u : sum;
}
inline u32 subClamp(const Lane &x, u32 a, u32 b) {
  return x.i.clamp && a < b ? 0 : a - b;
}
template <class I, class W>
inline I saturate(const Lane &x, W v) {
  if (!x.i.clamp)
    return static_cast<I>(v);
  constexpr W low = std::numeric_limits<I>::min(),
              high = std::numeric_limits<I>::max();
  return static_cast<I>(v < low ? low : v > high ? high : v);
}

// Instructions before FMA flush subnormals and make 0 * anything 0.
inline f32 mulLegacy(f32 a, f32 b) {
  return a == 0.0f || b == 0.0f ? 0.0f : a * b;
}

/// Product and sum are rounded on their own, and subnormals are flushed.
inline f16 madHalf(const Lane &x, f16 a, f16 b, f16 c) {
  auto round = [&](f64 v) {
    u16 h = toHalf(v, rounding16_64(x.w), fp16Overflow(x.w));
    return f64{halfToFloat(h & 0x7c00 ? h : h & 0x8000)};
  };
  return {round(round(round(a.v) * round(b.v)) + round(c.v))};
}

inline i32 signed24(i32 v) {
  return static_cast<i32>(static_cast<u32>(v) << 8) >> 8;
}

inline u32 byteOf(u32 v, unsigned k) { return v >> 8 * k & 0xff; }

/// v_perm_b32: selector bytes 0-7 pick a byte, 8-11 a sign, 12 zero, above
/// 0xff.
inline __attribute__((always_inline)) u32 permute(u32 high, u32 low,
                                                  u32 select) {
  u32 out = 0;
  for (unsigned k = 0; k < 4; ++k) {
    u32 s = byteOf(select, k);
    u32 byte = (s & 4 ? high : low) >> 8 * (s & 3) & 0xff;
    u32 sign = (s & 2 ? high : low) >> (s & 1 ? 31 : 15) & 1 ? 0xff : 0;
    byte = s <= 7 ? byte : s <= 11 ? sign : s == 12 ? 0 : 0xff;
    out |= byte << 8 * k;
  }
  return out;
}

inline u32 absDiff(u32 a, u32 b) { return a > b ? a - b : b - a; }

inline u32 bitfield(u32 v, u32 offset, u32 width) {
  offset &= 31;
  width &= 31;
  return width == 0 ? 0 : v >> offset & ((1u << width) - 1);
}
inline i32 bitfieldSigned(i32 v, u32 offset, u32 width) {
  u32 field = bitfield(static_cast<u32>(v), offset, width);
  width &= 31;
  return width && field >> (width - 1) & 1
             ? static_cast<i32>(field | ~((1u << width) - 1))
             : static_cast<i32>(field);
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_VECTORMATH_H
