//===- MatrixElements.h - Element types of matrix operands ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H
#define DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H

#include "VectorMath.h"

SIMD_BEGIN

typedef float Row16 __attribute__((ext_vector_type(16)));
typedef int32_t IntRow16 __attribute__((ext_vector_type(16)));
typedef uint8_t Bytes64 __attribute__((ext_vector_type(64)));

/// Element decoders: how many values a dword packs, and value k of it. Most
/// have the same for 16 dwords, provided that no code is special.
///
/// Of an 8-bit float, with M mantissa bits and the exponent's place in a byte,
/// most codes are the top bits of an f32 apart from a factor. Subnormals and
/// the NaN are not: the factor would cost the host a denormal assist.
template <unsigned M, unsigned Bias>
struct SmallFloat {
  static constexpr unsigned perWord = 4;
  static constexpr u32 exponent = 0x7f & ~((1u << M) - 1);
  static constexpr u32 magnitude = 0x7fu << (23 - M);

  static bool anySpecial(const uint32_t *regs, unsigned words) {
    auto bad = Bytes64{} != Bytes64{};
    for (unsigned k = 0; k < 4 * words; ++k) {
      Bytes64 codes;
      std::memcpy(&codes, regs + 16 * k, 64);
      bad |= ((codes & Bytes64(uint8_t{exponent})) == 0) &
             ((codes & Bytes64(static_cast<uint8_t>(~exponent))) != 0);
    }
    return __builtin_reduce_or(bad) != 0;
  }
  static inline __attribute__((always_inline)) void
  getRow(const IntRow16 &v, unsigned k, f32 *out) {
    IntRow16 bits = (v << static_cast<i32>(24 - 8 * k)) >> i32{M + 1};
    bits &= static_cast<i32>(0x80000000u | magnitude);
    Row16 values;
    std::memcpy(&values, &bits, 64);
    values *= bitCast<f32>((254 - Bias) << 23);
    std::memcpy(out, &values, 64);
  }
  static f32 get(u32 v, unsigned k) {
    u32 code = v >> 8 * k & 0xff;
    constexpr u32 rebias = (127 - Bias) << 23;
    f32 r = bitCast<f32>(((code << (23 - M)) & magnitude) + rebias);
    // Exponent 0 has no implicit one and the scale of exponent 1.
    f32 implicitOne = bitCast<f32>(rebias);
    r = code & exponent ? r : (r - implicitOne) + (r - implicitOne);
    r = bitCast<f32>(bitCast<u32>(r) | (code & 0x80) << 24);
    return code == 0x80 ? bitCast<f32>(0x7fc00000u) : r;
  }
};
using Fp8 = SmallFloat<3, 8>;
using Bf8 = SmallFloat<2, 16>;
struct Plain {
  static bool anySpecial(const uint32_t *, unsigned) { return false; }
};
struct Half {
  static constexpr unsigned perWord = 2;
  static f32 get(u32 v, unsigned k) {
    return halfToFloat(static_cast<u16>(v >> 16 * k));
  }
};
struct Bfloat : Plain {
  static constexpr unsigned perWord = 2;
  static f32 get(u32 v, unsigned k) {
    return bfloatToFloat(static_cast<u16>(v >> 16 * k));
  }
  static inline __attribute__((always_inline)) void
  getRow(const IntRow16 &v, unsigned k, f32 *out) {
    IntRow16 bits = (v >> static_cast<i32>(16 * k)) << 16;
    std::memcpy(out, &bits, 64);
  }
};
struct Single : Plain {
  static constexpr unsigned perWord = 1;
  static f32 get(u32 v, unsigned) { return bitCast<f32>(v); }
  static inline __attribute__((always_inline)) void getRow(const IntRow16 &v,
                                                           unsigned, f32 *out) {
    std::memcpy(out, &v, 64);
  }
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
struct Int8 : Plain {
  static constexpr unsigned perWord = 4;
  static i32 get(u32 v, unsigned k) {
    return static_cast<i32>(v << (24 - 8 * k)) >> 24;
  }
  static inline __attribute__((always_inline)) void
  getRow(const IntRow16 &v, unsigned k, i32 *out) {
    IntRow16 values = (v << static_cast<i32>(24 - 8 * k)) >> 24;
    std::memcpy(out, &values, 64);
  }
};

template <class E>
constexpr bool isSmallFloat = std::is_same_v<E, Fp8> || std::is_same_v<E, Bf8>;
template <class E>
constexpr bool hasRows = isSmallFloat<E> || std::is_base_of_v<Plain, E>;

/// Unpacks the lanes' values in the order that the sum over k takes them: value
/// p of `Width` lanes stands in row p, that of the next ones in row P + p.
template <class E, unsigned P, unsigned Width, class T>
inline void unpack(const uint32_t *regs, T *rows) {
  constexpr unsigned words = P / E::perWord;
  auto place = [&](unsigned word, unsigned lane, unsigned k) {
    unsigned p = word * E::perWord + k;
    return rows + (lane / Width * P + p) * Width + lane % Width;
  };
  if constexpr (hasRows<E>) {
    if (!E::anySpecial(regs, words)) {
      for (unsigned j = 0; j < words; ++j)
        for (unsigned l = 0; l < 64; l += 16) {
          IntRow16 v;
          std::memcpy(&v, regs + 64 * j + l, 64);
          for (unsigned k = 0; k < E::perWord; ++k)
            E::getRow(v, k, place(j, l, k));
        }
      return;
    }
  }
  for (unsigned j = 0; j < words; ++j)
    for (unsigned k = 0; k < E::perWord; ++k)
      for (unsigned first = 0; first < 64; first += 16) {
        T *to = place(j, first, k);
        for (unsigned l = 0; l < 16; ++l)
          to[l] = E::get(regs[64 * j + first + l], k);
      }
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_MATRIXELEMENTS_H
