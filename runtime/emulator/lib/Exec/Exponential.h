//===- Exponential.h - v_exp_f32 on all lanes at once -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax spends its time here. A polynomial in f64 is off by a few units of
// its last place; rounded to f32 that is the correct result unless it lies
// within that distance of a rounding boundary. Those lanes, and whatever leaves
// the range of normal results, go to the host's exp2.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_EXPONENTIAL_H
#define DSV4EMU_LIB_EXEC_EXPONENTIAL_H

#include "VectorMath.h"

SIMD_BEGIN

inline f32 exponentialExact(f32 a) {
  return flush(static_cast<f32>(std::exp2(f64{flush(a)})));
}

/// 2^a rounded to nearest, subnormals flushed; false where the result may be
/// another.
inline __attribute__((always_inline)) bool exponentialNear(f32 a, f32 &result) {
  f64 x = f64{a};
  bool inside = x > -125.5 && x < 127.5, vanishes = x <= -127.0;
  x = inside ? x : 0.0;
  // Adding 1.5 * 2^52 leaves the nearest integer in the low bits.
  constexpr f64 toIntegers = 6755399441055744.0;
  f64 shifted = x + toIntegers;
  f64 r = x - (shifted - toIntegers);
  // ln(2)^k / k!; what is left out is below 2^-57.
  constexpr f64 coefficients[] = {
      1.3691488853904128e-12, 2.5678435993488206e-11,
      4.4455382718708116e-10, 7.054911620801123e-09,
      1.01780860092397e-07,   1.321548679014431e-06,
      1.5252733804059841e-05, 0.0001540353039338161,
      0.0013333558146428443,  0.009618129107628477,
      0.05550410866482158,    0.24022650695910072,
      0.6931471805599453,     1.0};
  f64 p = coefficients[0];
  for (unsigned k = 1; k < std::size(coefficients); ++k)
    p = p * r + coefficients[k];
  u64 bits = bitCast<u64>(p) + (bitCast<u64>(shifted) << 52);
  result = vanishes ? 0.0f : static_cast<f32>(bitCast<f64>(bits));
  // The bits that rounding drops, seen from half way.
  u32 distance = (static_cast<u32>(bits) & 0x1fffffffu) - 0x10000000u + 64;
  return vanishes | (inside & (distance > 128));
}

inline void exponential(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffer[64], out[64];
  const uint32_t *p = fetch(w, i, 0, Kind::F32, buffer);
  bool nearest = (w.mode & 3) == 0;
  uint32_t unsure[64];
  for (unsigned l = 0; l < 64; ++l) {
    f32 result;
    unsure[l] = !exponentialNear(Type<f32>::load(w, p, l), result);
    Type<f32>::store(w, out, l, result);
  }
  for (unsigned l = 0; l < 64; ++l)
    if (unsure[l] || !nearest)
      Type<f32>::store(w, out, l, exponentialExact(Type<f32>::load(w, p, l)));
  writeResult(w, i, Kind::F32, out);
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_EXPONENTIAL_H
