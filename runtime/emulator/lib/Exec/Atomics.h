//===- Atomics.h - Formulas and lanes of atomics ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_ATOMICS_H
#define DSV4EMU_LIB_EXEC_ATOMICS_H

#include "Simd.h"
#include "VectorOp.h"

/// Formulas of atomics: value in memory, operand, and comparison operand.
#define DSV4EMU_ATOMIC_TABLE(A)                                                \
  A(pk_add_bf16, u32, addBfloats(m, b))                                        \
  DSV4EMU_BUFFER_ATOMIC_TABLE(A)
#define DSV4EMU_BUFFER_ATOMIC_TABLE(A)                                         \
  A(swap, u32, b)                                                              \
  A(cmpswap, u32, m == c ? b : m)                                              \
  A(add, u32, m + b)                                                           \
  A(sub, u32, m - b)                                                           \
  A(smin, i32, std::min(m, b))                                                 \
  A(umin, u32, std::min(m, b))                                                 \
  A(smax, i32, std::max(m, b))                                                 \
  A(umax, u32, std::max(m, b))                                                 \
  A(and, u32, m &b)                                                            \
  A(or, u32, m | b)                                                            \
  A(xor, u32, m ^ b)                                                           \
  A(inc, u32, m >= b ? 0 : m + 1)                                              \
  A(dec, u32, m == 0 || m > b ? b : m - 1)                                     \
  A(add_f32, f32, m + b)                                                       \
  A(pk_add_f16, u32, addHalves(m, b))                                          \
  A(swap_x2, u64, b)                                                           \
  A(cmpswap_x2, u64, m == c ? b : m)                                           \
  A(add_x2, u64, m + b)                                                        \
  A(sub_x2, u64, m - b)                                                        \
  A(smin_x2, i64, std::min(m, b))                                              \
  A(umin_x2, u64, std::min(m, b))                                              \
  A(smax_x2, i64, std::max(m, b))                                              \
  A(umax_x2, u64, std::max(m, b))                                              \
  A(and_x2, u64, m &b)                                                         \
  A(or_x2, u64, m | b)                                                         \
  A(xor_x2, u64, m ^ b)                                                        \
  A(inc_x2, u64, m >= b ? 0 : m + 1)                                           \
  A(dec_x2, u64, m == 0 || m > b ? b : m - 1)                                  \
  A(add_f64, f64, m + b)                                                       \
  A(min_f64, f64, std::fmin(m, b))                                             \
  A(max_f64, f64, std::fmax(m, b))

SIMD_BEGIN

/// Read-modify-write of one lane's value; other host threads may run
/// workgroups that update the same address.
template <class T, class F>
inline T atomicUpdate(uint8_t *p, F formula) {
  using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  Bits *cell = reinterpret_cast<Bits *>(p);
  Bits old = __atomic_load_n(cell, __ATOMIC_RELAXED);
  for (;;) {
    Bits desired = bitCast<Bits>(static_cast<T>(formula(bitCast<T>(old))));
    if (__atomic_compare_exchange_n(cell, &old, desired, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
      return bitCast<T>(old);
  }
}

inline uint32_t addHalves(uint32_t a, uint32_t b) {
  auto half = [](uint32_t v, unsigned k) {
    return double{halfToFloat(static_cast<uint16_t>(v >> 16 * k))};
  };
  return toHalf(half(a, 0) + half(b, 0)) |
         uint32_t{toHalf(half(a, 1) + half(b, 1))} << 16;
}
inline uint32_t addBfloats(uint32_t a, uint32_t b) {
  auto value = [](uint32_t v, unsigned k) {
    return bfloatToFloat(static_cast<uint16_t>(v >> 16 * k));
  };
  return floatToBfloat(value(a, 0) + value(b, 0)) |
         uint32_t{floatToBfloat(value(a, 1) + value(b, 1))} << 16;
}

#define DSV4EMU_ATOMIC_STRUCT(NAME, T, ...)                                    \
  struct atomic_##NAME {                                                       \
    using type = T;                                                            \
    static T value(T m, T b, T c) {                                            \
      (void)c;                                                                 \
      return __VA_ARGS__;                                                      \
    }                                                                          \
  };
DSV4EMU_ATOMIC_TABLE(DSV4EMU_ATOMIC_STRUCT)
#undef DSV4EMU_ATOMIC_STRUCT

/// Gathers a T from rows of a register.
template <class T>
inline T rowValue(const uint32_t *row, unsigned lane) {
  if constexpr (sizeof(T) == 8)
    return bitCast<T>(uint64_t{row[lane]} | uint64_t{row[64 + lane]} << 32);
  else
    return bitCast<T>(row[lane]);
}
template <class T>
inline void setRowValue(uint32_t *row, unsigned lane, T v) {
  if constexpr (sizeof(T) == 8) {
    uint64_t bits = bitCast<uint64_t>(v);
    row[lane] = static_cast<uint32_t>(bits);
    row[64 + lane] = static_cast<uint32_t>(bits >> 32);
  } else {
    row[lane] = bitCast<uint32_t>(v);
  }
}

/// Host mode of an atomic on a T. Floating-point atomics round to nearest even
/// whatever MODE says. In memory those on f32 flush subnormals (CDNA3 ISA,
/// section 10.3.1), in LDS MODE decides (section 11.3.1).
template <class T>
inline unsigned atomicMode(const Wave &w, bool lds) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr bool single = sizeof(T) == 4;
    unsigned inLds = w.mode >> (single ? 4 : 6) & 3, inMemory = single ? 0 : 3;
    return (lds ? inLds : inMemory) << 2;
  } else {
    return HostMode::single(w);
  }
}

/// Data operand of the atomic `name` on `size` bytes: a compare-and-swap takes
/// two values.
constexpr Kind atomicData(const char *name, size_t size) {
  bool compare = name[0] == 'c';
  if (size == 8)
    return compare ? Kind::V4 : Kind::B64;
  return compare ? Kind::B64 : Kind::B32;
}

/// Runs an atomic over the lanes; `result` receives old values if wanted.
/// Compare-and-swap takes the new value from the first and the comparison from
/// the following registers.
template <class A, class Pointer>
inline void atomicLanes(Wave &w, uint16_t data, uint64_t mask, bool wanted,
                        uint16_t dst, bool lds, Pointer pointer) {
  using T = typename A::type;
  HostMode mode(w, atomicMode<T>(w, lds));
  const uint32_t *row = w.row(data);
  alignas(64) uint32_t old[128];
  for (uint64_t m = mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    T b = rowValue<T>(row, l);
    T c = rowValue<T>(row + 16 * sizeof(T), l);
    T before = atomicUpdate<T>(pointer(l),
                               [&](T value) { return A::value(value, b, c); });
    setRowValue<T>(old, l, before);
  }
  if (!wanted)
    return;
  uint32_t *to = w.row(dst);
  for (uint64_t m = mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    for (unsigned k = 0; k < sizeof(T) / 4; ++k)
      to[64 * k + l] = old[64 * k + l];
  }
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_ATOMICS_H
