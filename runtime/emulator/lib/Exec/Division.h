//===- Division.h - The VALU's steps of an IEEE division --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// v_div_scale moves operands away from the ends of the exponent range, the
// compiler runs Newton steps, v_div_fmas undoes the scale in the last one, and
// v_div_fixup restores special cases.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_DIVISION_H
#define DSV4EMU_LIB_EXEC_DIVISION_H

#include "Simd.h"
#include "VectorOp.h"

SIMD_BEGIN

template <class F>
struct Ieee;
template <>
struct Ieee<f32> {
  static constexpr int bias = 127, scale = 64, wide = 96, tiny = 23,
                       underflow = -150;
  static int exponent(f32 v) { return bitCast<u32>(v) >> 23 & 0xff; }
  static f32 nan() { return bitCast<f32>(0xffc00000u); }
};
template <>
struct Ieee<f64> {
  static constexpr int bias = 1023, scale = 128, wide = 768, tiny = 53,
                       underflow = -1075;
  static int exponent(f64 v) {
    return static_cast<int>(bitCast<u64>(v) >> 52 & 0x7ff);
  }
  static f64 nan() { return bitCast<f64>(u64{0xfff8000000000000u}); }
};

/// a is what gets scaled: the denominator b or the numerator c.
template <class F>
inline F divScale(F a, F b, F c, bool &scaled) {
  using I = Ieee<F>;
  scaled = false;
  if (c == 0 || b == 0)
    return I::nan();
  auto same = [](F u, F v) { return std::memcmp(&u, &v, sizeof(F)) == 0; };
  bool reciprocalSmall = I::exponent(b) >= 2 * I::bias - 1;
  bool denormalB = I::exponent(b) == 0;
  bool quotientSmall = I::exponent(c) - I::exponent(b) < 1 - I::bias;
  if (I::exponent(c) - I::exponent(b) >= I::wide) {
    scaled = true;
    return same(a, b) ? std::ldexp(a, I::scale) : a;
  }
  if (denormalB)
    return std::ldexp(a, I::scale);
  if (reciprocalSmall && quotientSmall) {
    scaled = true;
    return same(a, b) ? std::ldexp(a, -I::scale) : a;
  }
  if (reciprocalSmall)
    return std::ldexp(a, -I::scale);
  if (quotientSmall) {
    scaled = true;
    return same(a, c) ? std::ldexp(a, I::scale) : a;
  }
  if (I::exponent(c) <= I::tiny)
    return std::ldexp(a, I::scale);
  return a;
}

template <class F>
inline F divFmas(F a, F b, F c, bool scaled) {
  F r = std::fma(a, b, c);
  if (!scaled)
    return r;
  using I = Ieee<F>;
  return std::ldexp(r, I::exponent(c) > I::bias ? I::scale : -I::scale);
}

/// a approximates c / b.
template <class F>
inline F divFixup(F a, F b, F c) {
  using I = Ieee<F>;
  F sign = std::signbit(b) != std::signbit(c) ? F(-1) : F(1);
  if (c != c)
    return c;
  if (b != b)
    return b;
  if ((b == 0 && c == 0) || (std::isinf(b) && std::isinf(c)))
    return I::nan();
  if (b == 0 || std::isinf(c))
    return std::copysign(std::numeric_limits<F>::infinity(), sign);
  if (std::isinf(b) || c == 0)
    return std::copysign(F(0), sign);
  if (I::exponent(c) - I::exponent(b) < I::underflow)
    return std::copysign(F(0), sign);
  // With everything else finite a NaN means that the steps overflowed.
  if (a != a)
    return std::copysign(std::numeric_limits<F>::infinity(), sign);
  return std::copysign(a, sign);
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_DIVISION_H
