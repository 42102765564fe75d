//===- Vopc.cpp - Vector comparisons --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each comparison exists as v_cmp, which writes a lane mask, and v_cmpx, which
// writes EXEC as well.
//
//===----------------------------------------------------------------------===//

#include "VectorMath.h"

// C(name, operand type, formula)
#define FLOAT_COMPARES(C, S, T, VAL)                                           \
  C(f_##S, T, false)                                                           \
  C(lt_##S, T, VAL(a) < VAL(b))                                                \
  C(eq_##S, T, VAL(a) == VAL(b))                                               \
  C(le_##S, T, VAL(a) <= VAL(b))                                               \
  C(gt_##S, T, VAL(a) > VAL(b))                                                \
  C(lg_##S, T, VAL(a) < VAL(b) || VAL(a) > VAL(b))                             \
  C(ge_##S, T, VAL(a) >= VAL(b))                                               \
  C(o_##S, T, VAL(a) == VAL(a) && VAL(b) == VAL(b))                            \
  C(u_##S, T, VAL(a) != VAL(a) || VAL(b) != VAL(b))                            \
  C(nge_##S, T, !(VAL(a) >= VAL(b)))                                           \
  C(nlg_##S, T, !(VAL(a) < VAL(b) || VAL(a) > VAL(b)))                         \
  C(ngt_##S, T, !(VAL(a) > VAL(b)))                                            \
  C(nle_##S, T, !(VAL(a) <= VAL(b)))                                           \
  C(neq_##S, T, !(VAL(a) == VAL(b)))                                           \
  C(nlt_##S, T, !(VAL(a) < VAL(b)))                                            \
  C(tru_##S, T, true)

#define INTEGER_COMPARES(C, S, T)                                              \
  C(f_##S, T, false)                                                           \
  C(lt_##S, T, a < b)                                                          \
  C(eq_##S, T, a == b)                                                         \
  C(le_##S, T, a <= b)                                                         \
  C(gt_##S, T, a > b)                                                          \
  C(ne_##S, T, a != b)                                                         \
  C(ge_##S, T, a >= b)                                                         \
  C(t_##S, T, true)

#define IDENTITY(a) a
#define HALF(a) a.v
#define VOPC_TABLE(C)                                                          \
  FLOAT_COMPARES(C, f32, f32, IDENTITY)                                        \
  FLOAT_COMPARES(C, f64, f64, IDENTITY)                                        \
  FLOAT_COMPARES(C, f16, f16, HALF)                                            \
  INTEGER_COMPARES(C, i16, i16)                                                \
  INTEGER_COMPARES(C, u16, u16)                                                \
  INTEGER_COMPARES(C, i32, i32)                                                \
  INTEGER_COMPARES(C, u32, u32)                                                \
  INTEGER_COMPARES(C, i64, i64)                                                \
  INTEGER_COMPARES(C, u64, u64)

SIMD_BEGIN

/// Bit of v_cmp_class for a value: signalling NaN, quiet NaN, -inf, -normal,
/// -subnormal, -0, +0, +subnormal, +normal, +inf.
template <unsigned Exponent, unsigned Mantissa>
static inline u32 classBit(u64 bits) {
  u64 mantissa = bits & ((u64{1} << Mantissa) - 1);
  u64 exponent = bits >> Mantissa & ((u64{1} << Exponent) - 1);
  bool negative = bits >> (Exponent + Mantissa) & 1;
  if (exponent == (u64{1} << Exponent) - 1) {
    if (mantissa)
      return mantissa >> (Mantissa - 1) & 1 ? 1u << 1 : 1u << 0;
    return negative ? 1u << 2 : 1u << 9;
  }
  if (exponent)
    return negative ? 1u << 3 : 1u << 8;
  if (mantissa)
    return negative ? 1u << 4 : 1u << 7;
  return negative ? 1u << 5 : 1u << 6;
}

#define C(NAME, T, ...)                                                        \
  struct cmp_##NAME {                                                          \
    static constexpr bool writesExec = false;                                  \
    static inline __attribute__((always_inline)) bool value(const Lane &x,     \
                                                            T a, T b) {        \
      (void)x, (void)a, (void)b;                                               \
      return __VA_ARGS__;                                                      \
    }                                                                          \
  };                                                                           \
  struct cmpx_##NAME : cmp_##NAME {                                            \
    static constexpr bool writesExec = true;                                   \
  };
VOPC_TABLE(C)
#undef C

// Classes look at the operand's bits, so its type is that of the width, while
// abs and neg still mean a float's sign: hence handlers of their own.
template <class F, unsigned Exponent, unsigned Mantissa, bool WritesExec>
static void classHandler(Wave &w, const Inst &i) {
  constexpr Kind kind = Type<F>::kind;
  alignas(64) uint32_t value[128], wanted[64];
  const uint32_t *a = fetch(w, i, 0, kind, value);
  const uint32_t *b = fetch(w, i, 1, Kind::B32, wanted);
  uint64_t mask = 0;
  for (unsigned l = 0; l < 64; ++l) {
    u64 bits = a[l];
    if (kindWords(kind) == 2)
      bits |= u64{a[64 + l]} << 32;
    if ((b[l] & classBit<Exponent, Mantissa>(bits)) != 0)
      mask |= u64{1} << l;
  }
  mask &= w.exec();
  w.dppMask = ~uint64_t{0};
  w.set64(i.sdst, mask);
  if (WritesExec)
    w.setExec(mask);
}

#define SECTION "12.9. VOPC Instructions"
#define CLASS_ROW(NAME, T, KIND, E, M, X)                                      \
  {NAME, SECTION,    classHandler<T, E, M, X>, Class::Valu,                    \
   4,    Kind::Mask, {KIND, Kind::B32},        kWritesMask},
#define C(NAME, T, ...)                                                        \
  makeCompare<cmp_##NAME>("v_cmp_" #NAME, SECTION, &cmp_##NAME::value),        \
      makeCompare<cmpx_##NAME>("v_cmpx_" #NAME, SECTION, &cmpx_##NAME::value),

// clang-format off
static const OpInfo table[] = {
    VOPC_TABLE(C)
    CLASS_ROW("v_cmp_class_f32", f32, Kind::F32, 8, 23, false)
    CLASS_ROW("v_cmpx_class_f32", f32, Kind::F32, 8, 23, true)
    CLASS_ROW("v_cmp_class_f64", f64, Kind::F64, 11, 52, false)
    CLASS_ROW("v_cmpx_class_f64", f64, Kind::F64, 11, 52, true)
    CLASS_ROW("v_cmp_class_f16", f16, Kind::F16, 5, 10, false)
    CLASS_ROW("v_cmpx_class_f16", f16, Kind::F16, 5, 10, true)
};
// clang-format on

absl::Span<const OpInfo> vopcTable() { return table; }

SIMD_END
