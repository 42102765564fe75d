//===- VectorOp.h - From a formula per lane to a handler --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table row states the meaning of an instruction for one lane, as a function
// of typed operands. The templates here turn it into a handler: they fetch
// operands (registers, constants, DPP, SDWA, modifiers), loop over the 64 lanes
// and write under EXEC. Everything below is compiled once per SIMD level of the
// host, in a namespace of its own.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_VECTOROP_H
#define DSV4EMU_LIB_EXEC_VECTOROP_H

#include "../Instruction.h"
#include "../Wave.h"
#include "dsv4emu/Numeric.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <xmmintrin.h>

namespace dsv4emu {

/// Scalar value of an operand code below 256 as 64 bits; `kind` picks the
/// pattern of inline constants.
uint64_t scalarOperand(const Wave &w, const Inst &i, uint16_t code, Kind kind);

/// Copies operand k into `buffer` with DPP, SDWA and source modifiers applied;
/// sets w.dppMask for DPP.
void fetchSlow(Wave &w, const Inst &i, unsigned k, Kind kind, uint32_t *buffer);

/// Applies omod, clamp, SDWA and op_sel to a result in place.
void finishSlow(Wave &w, const Inst &i, Kind kind, uint32_t *out);

/// v limited to 0 .. 1; DX10_CLAMP turns a NaN into 0.
float clampFloat(const Wave &w, float v);

inline Rounding rounding16_64(const Wave &w) {
  return static_cast<Rounding>(w.mode >> 2 & 3);
}
inline bool fp16Overflow(const Wave &w) { return w.mode >> 23 & 1; }

using f32 = float;
using f64 = double;
using i32 = int32_t;
using u32 = uint32_t;
using i64 = int64_t;
using u64 = uint64_t;
using i16 = int16_t;
using u16 = uint16_t;

/// A half-precision operand, widened; as a result it is rounded on the store.
struct f16 {
  double v;
};

} // namespace dsv4emu

#ifdef DSV4EMU_SIMD_ARCH
#pragma clang attribute push(__attribute__((target(DSV4EMU_SIMD_ARCH))),       \
                             apply_to = function)
#endif

namespace dsv4emu {
namespace DSV4EMU_SIMD {

/// What a formula may ask besides its operands.
struct Lane {
  Wave &w;
  const Inst &i;
  unsigned lane;
};

/// `from` is no register.
inline void writeRow(uint32_t *__restrict to, const uint32_t *__restrict from,
                     uint64_t exec) {
  if (exec == ~uint64_t{0}) {
    std::memcpy(to, from, 256);
    return;
  }
  for (unsigned l = 0; l < 64; ++l)
    to[l] = exec >> l & 1 ? from[l] : to[l];
}

template <class T>
struct Type;
template <Kind K, class T>
struct Word {
  static constexpr Kind kind = K;
  static T load(const Wave &, const uint32_t *p, unsigned l) {
    return static_cast<T>(p[l]);
  }
  static void store(const Wave &, uint32_t *p, unsigned l, T v) {
    p[l] = static_cast<uint32_t>(v);
  }
};
template <>
struct Type<u32> : Word<Kind::B32, u32> {};
template <>
struct Type<i32> : Word<Kind::B32, i32> {};
template <>
struct Type<u16> : Word<Kind::B16, u16> {};
template <>
struct Type<i16> {
  static constexpr Kind kind = Kind::B16;
  static i16 load(const Wave &, const uint32_t *p, unsigned l) {
    return static_cast<i16>(p[l]);
  }
  static void store(const Wave &, uint32_t *p, unsigned l, i16 v) {
    p[l] = static_cast<u16>(v);
  }
};
template <>
struct Type<f32> {
  static constexpr Kind kind = Kind::F32;
  static f32 load(const Wave &, const uint32_t *p, unsigned l) {
    return bitCast<f32>(p[l]);
  }
  static void store(const Wave &, uint32_t *p, unsigned l, f32 v) {
    p[l] = bitCast<u32>(v);
  }
};
template <>
struct Type<f16> {
  static constexpr Kind kind = Kind::F16;
  // MODE.FP_DENORM[2] clear flushes inputs, [3] clear flushes results.
  static f16 load(const Wave &w, const uint32_t *p, unsigned l) {
    u16 h = static_cast<u16>(p[l]);
    if (!(w.mode >> 6 & 1) && !(h & 0x7c00))
      h &= 0x8000;
    return {halfToFloat(h)};
  }
  static void store(const Wave &w, uint32_t *p, unsigned l, f16 v) {
    u16 h = toHalf(v.v, rounding16_64(w), fp16Overflow(w));
    if (!(w.mode >> 7 & 1) && !(h & 0x7c00))
      h &= 0x8000;
    p[l] = h;
  }
};
template <Kind K, class T>
struct Pair {
  static constexpr Kind kind = K;
  static T load(const Wave &, const uint32_t *p, unsigned l) {
    return bitCast<T>(u64{p[l]} | u64{p[64 + l]} << 32);
  }
  static void store(const Wave &, uint32_t *p, unsigned l, T v) {
    u64 bits = bitCast<u64>(v);
    p[l] = static_cast<u32>(bits);
    p[64 + l] = static_cast<u32>(bits >> 32);
  }
};
template <>
struct Type<u64> : Pair<Kind::B64, u64> {};
template <>
struct Type<i64> : Pair<Kind::I64, i64> {};
template <>
struct Type<f64> : Pair<Kind::F64, f64> {};

template <class T>
constexpr unsigned wordsOf = kindWords(Type<T>::kind);

inline const uint32_t *fetch(Wave &w, const Inst &i, unsigned k, Kind kind,
                             uint32_t *buffer) {
  if (i.slow) {
    fetchSlow(w, i, k, kind, buffer);
    return buffer;
  }
  if (i.src[k] >= kVgpr)
    return w.row(i.src[k]);
  uint64_t value = scalarOperand(w, i, i.src[k], kind);
  for (unsigned j = 0; j < kindWords(kind); ++j)
    std::fill_n(buffer + 64 * j, 64, static_cast<uint32_t>(value >> 32 * j));
  return buffer;
}

/// The host's SSE control word under another rounding and denormal mode than
/// that of f32 instructions, which is in force while a wave runs. Modes have
/// the rounding in bits 1:0, FP_DENORM in bits 3:2.
struct HostMode {
  static unsigned single(const Wave &w) {
    return (w.mode & 3) | (w.mode >> 4 & 3) << 2;
  }
  static unsigned halfAndDouble(const Wave &w) {
    return (w.mode >> 2 & 3) | (w.mode >> 6 & 3) << 2;
  }
  /// To nearest, nothing flushed.
  static constexpr unsigned kIeee = 3 << 2;

  HostMode(const Wave &w, unsigned mode) : changed(mode != single(w)) {
    if (changed) {
      saved = _mm_getcsr();
      _mm_setcsr(hostControl(mode));
    }
  }
  ~HostMode() {
    if (changed)
      _mm_setcsr(saved);
  }
  static unsigned hostControl(unsigned mode) {
    static constexpr unsigned rounding[4] = {0x0000, 0x4000, 0x2000, 0x6000};
    // Nobody reads the exception flags. They stand because raising one for the
    // first time is slow.
    return 0x1fbf | rounding[mode & 3] | (mode & 4 ? 0 : 0x0040) |
           (mode & 8 ? 0 : 0x8000);
  }
  bool changed;
  unsigned saved = 0;
};

template <class... A>
constexpr bool hasDouble = (std::is_same_v<A, f64> || ...);

/// Applies the instruction's result modifiers and writes active lanes.
inline void writeResult(Wave &w, const Inst &i, Kind kind, uint32_t *out) {
  uint64_t exec = w.exec();
  if (i.slow) {
    finishSlow(w, i, kind, out);
    exec &= w.dppMask;
    w.dppMask = ~uint64_t{0};
  }
  uint32_t *to = w.row(i.dst);
  for (unsigned k = 0; k < kindWords(kind); ++k)
    writeRow(to + 64 * k, out + 64 * k, exec);
}

template <class Op, class R, class... A, size_t... K>
inline __attribute__((always_inline)) void
vectorRun(Wave &w, const Inst &i, R (*)(const Lane &, A...),
          std::index_sequence<K...>) {
  alignas(64) uint32_t buffers[sizeof...(A) + 1][128];
  const uint32_t *p[] = {fetch(w, i, K, Type<A>::kind, buffers[K])..., nullptr};
  alignas(64) uint32_t out[wordsOf<R> * 64];
  auto loop = [&] {
    for (unsigned l = 0; l < 64; ++l)
      Type<R>::store(w, out, l,
                     Op::value(Lane{w, i, l}, Type<A>::load(w, p[K], l)...));
  };
  if constexpr (hasDouble<R, A...>) {
    HostMode mode(w, HostMode::halfAndDouble(w));
    loop();
  } else {
    loop();
  }
  writeResult(w, i, Type<R>::kind, out);
}

template <class Op, class R, class... A>
void vectorHandler(Wave &w, const Inst &i) {
  vectorRun<Op>(w, i, static_cast<R (*)(const Lane &, A...)>(nullptr),
                std::index_sequence_for<A...>{});
}

template <class Op, class R, class... A>
constexpr OpInfo makeVector(const char *name, const char *section, Class cls,
                            uint8_t cycles, uint8_t flags,
                            R (*)(const Lane &, A...)) {
  OpInfo info{name, section, &vectorHandler<Op, R, A...>,
              cls,  cycles,  Type<R>::kind,
              {},   flags};
  Kind kinds[] = {Type<A>::kind..., Kind::None};
  for (unsigned k = 0; k < sizeof...(A); ++k)
    info.src[k] = kinds[k];
  return info;
}

/// Compares: one bit per lane, inactive lanes zero.
template <class Op, class... A, size_t... K>
inline __attribute__((always_inline)) void
compareRun(Wave &w, const Inst &i, bool (*)(const Lane &, A...),
           std::index_sequence<K...>) {
  alignas(64) uint32_t buffers[sizeof...(A)][128];
  const uint32_t *p[] = {fetch(w, i, K, Type<A>::kind, buffers[K])...};
  alignas(64) uint8_t bit[64];
  for (unsigned l = 0; l < 64; ++l)
    bit[l] = Op::value(Lane{w, i, l}, Type<A>::load(w, p[K], l)...);
  uint64_t mask = 0;
  for (unsigned k = 0; k < 8; ++k) {
    uint64_t eight;
    std::memcpy(&eight, bit + 8 * k, 8);
    // Gathers the low bit of each byte into the top byte.
    mask |= (eight * 0x0102040810204080u >> 56) << 8 * k;
  }
  mask &= w.exec();
  w.dppMask = ~uint64_t{0};
  w.set64(i.sdst, mask);
  if (Op::writesExec)
    w.setExec(mask);
}

template <class Op, class... A>
void compareHandler(Wave &w, const Inst &i) {
  compareRun<Op>(w, i, static_cast<bool (*)(const Lane &, A...)>(nullptr),
                 std::index_sequence_for<A...>{});
}

template <class Op, class... A>
constexpr OpInfo makeCompare(const char *name, const char *section,
                             bool (*)(const Lane &, A...)) {
  OpInfo info{name,        section,    &compareHandler<Op, A...>,
              Class::Valu, 4,          Kind::Mask,
              {},          kWritesMask};
  Kind kinds[] = {Type<A>::kind...};
  for (unsigned k = 0; k < sizeof...(A); ++k)
    info.src[k] = kinds[k];
  return info;
}

} // namespace DSV4EMU_SIMD
} // namespace dsv4emu

#ifdef DSV4EMU_SIMD_ARCH
#pragma clang attribute pop
#endif

/// Spreads a parenthesised operand list.
#define DSV4EMU_UNPAREN(...) __VA_ARGS__

/// V(mnemonic, section, class, cycles, flags, result, (operands), formula)
#define DSV4EMU_VECTOR_STRUCT(NAME, SECTION, CLS, CYCLES, FLAGS, R, ARGS, ...) \
  struct op_##NAME {                                                           \
    static inline __attribute__((always_inline)) R                             \
    value(const Lane &x, DSV4EMU_UNPAREN ARGS) {                               \
      (void)x;                                                                 \
      return __VA_ARGS__;                                                      \
    }                                                                          \
  };
#define DSV4EMU_VECTOR_ROW(NAME, SECTION, CLS, CYCLES, FLAGS, R, ARGS, ...)    \
  makeVector<op_##NAME>(#NAME, SECTION, Class::CLS, CYCLES, FLAGS,             \
                        &op_##NAME::value),

#endif // DSV4EMU_LIB_EXEC_VECTOROP_H
