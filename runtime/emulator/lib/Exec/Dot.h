//===- Dot.h - Dot products of packed small integers and halves -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_DOT_H
#define DSV4EMU_LIB_EXEC_DOT_H

#include "VectorMath.h"

SIMD_BEGIN

template <unsigned Bits>
inline i32 signedField(u32 v, unsigned k) {
  return static_cast<i32>(v << (32 - Bits * (k + 1))) >> (32 - Bits);
}
template <unsigned Bits>
inline u32 field(u32 v, unsigned k) {
  return v << (32 - Bits * (k + 1)) >> (32 - Bits);
}

template <unsigned Bits>
inline i64 dotSignedWide(u32 a, u32 b, i32 c) {
  i64 sum = c;
  for (unsigned k = 0; k < 32 / Bits; ++k)
    sum += i64{signedField<Bits>(a, k)} * signedField<Bits>(b, k);
  return sum;
}
template <unsigned Bits>
inline i32 dotSigned(u32 a, u32 b, i32 c) {
  return static_cast<i32>(dotSignedWide<Bits>(a, b, c));
}
template <unsigned Bits>
inline i64 dotUnsignedWide(u32 a, u32 b, u32 c) {
  i64 sum = c;
  for (unsigned k = 0; k < 32 / Bits; ++k)
    sum += i64{field<Bits>(a, k)} * field<Bits>(b, k);
  return sum;
}

/// Products of halves are exact in f32; the sum is rounded once per addition.
inline f32 dot2Half(u32 a, u32 b, f32 c) {
  f32 high = halfToFloat(static_cast<u16>(a >> 16)) *
             halfToFloat(static_cast<u16>(b >> 16));
  f32 low = halfToFloat(static_cast<u16>(a)) * halfToFloat(static_cast<u16>(b));
  return low + high + c;
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_DOT_H
