//===- MatrixElements.h - Element types of matrix operands ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H
#define DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H

#include "VectorMath.h"

SIMD_BEGIN

/// Element decoders: how many values a dword packs, and value k of it.
struct Fp8 {
  static constexpr unsigned perWord = 4;
  static f32 get(u32 v, unsigned k) {
    u32 code = v >> 8 * k & 0xff;
    // Shifted into place the code is an f32 of value * 2^-119, subnormal or
    // not; the multiplication is exact.
    f32 r = bitCast<f32>((code & 0x7f) << 20 | (code & 0x80) << 24) *
            bitCast<f32>(u32{119 + 127} << 23);
    return code == 0x80 ? bitCast<f32>(0x7fc00000u) : r;
  }
};
struct Bf8 {
  static constexpr unsigned perWord = 4;
  static f32 get(u32 v, unsigned k) {
    u32 code = v >> 8 * k & 0xff;
    f32 r = bitCast<f32>((code & 0x7f) << 21 | (code & 0x80) << 24) *
            bitCast<f32>(u32{111 + 127} << 23);
    return code == 0x80 ? bitCast<f32>(0x7fc00000u) : r;
  }
};
struct Half {
  static constexpr unsigned perWord = 2;
  static f32 get(u32 v, unsigned k) {
    return halfToFloat(static_cast<u16>(v >> 16 * k));
  }
};
struct Bfloat {
  static constexpr unsigned perWord = 2;
  static f32 get(u32 v, unsigned k) {
    return bfloatToFloat(static_cast<u16>(v >> 16 * k));
  }
};
struct Single {
  static constexpr unsigned perWord = 1;
  static f32 get(u32 v, unsigned) { return bitCast<f32>(v); }
};
/// XF32 drops the low 13 mantissa bits, rounded to nearest even.
struct XFloat {
  static constexpr unsigned perWord = 1;
  static f32 get(u32 v, unsigned) {
    if ((v & 0x7f800000u) == 0x7f800000u)
      return bitCast<f32>(v);
    return bitCast<f32>((v + 0xfff + (v >> 13 & 1)) & ~0x1fffu);
  }
};
struct Int8 {
  static constexpr unsigned perWord = 4;
  static i32 get(u32 v, unsigned k) {
    return static_cast<i32>(v << (24 - 8 * k)) >> 24;
  }
};

/// Unpacks `words` registers into rows[p][lane].
template <class E, class T>
inline void unpack(const uint32_t *regs, unsigned words, T (*rows)[64]) {
  for (unsigned j = 0; j < words; ++j)
    for (unsigned k = 0; k < E::perWord; ++k)
      for (unsigned l = 0; l < 64; ++l)
        rows[j * E::perWord + k][l] = E::get(regs[64 * j + l], k);
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H
