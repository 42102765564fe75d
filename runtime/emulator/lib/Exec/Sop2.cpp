//===- Sop2.cpp - Scalar instructions with two operands -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarMath.h"

SIMD_BEGIN

// What SCC becomes: unchanged, result nonzero, or as the formula says.
#define SOP2_TABLE(W, L)                                                       \
  W(s_add_u32, (scc = u64{a} + b > 0xffffffffu, a + b))                        \
  W(s_sub_u32, (scc = b > a, a - b))                                           \
  W(s_add_i32, (scc = overflowsAdd(a, b), a + b))                              \
  W(s_sub_i32, (scc = overflowsSub(a, b), a - b))                              \
  W(s_addc_u32, addCarry(a, b, scc))                                           \
  W(s_subb_u32, subBorrow(a, b, scc))                                          \
  W(s_min_i32, (scc = i32(a) < i32(b), scc ? a : b))                           \
  W(s_min_u32, (scc = a < b, scc ? a : b))                                     \
  W(s_max_i32, (scc = i32(a) >= i32(b), scc ? a : b))                          \
  W(s_max_u32, (scc = a >= b, scc ? a : b))                                    \
  W(s_cselect_b32, scc ? a : b)                                                \
  L(s_cselect_b64, u64, scc ? a : b)                                           \
  W(s_and_b32, (scc = (a & b) != 0, a & b))                                    \
  L(s_and_b64, u64, (scc = (a & b) != 0, a & b))                               \
  W(s_or_b32, (scc = (a | b) != 0, a | b))                                     \
  L(s_or_b64, u64, (scc = (a | b) != 0, a | b))                                \
  W(s_xor_b32, (scc = (a ^ b) != 0, a ^ b))                                    \
  L(s_xor_b64, u64, (scc = (a ^ b) != 0, a ^ b))                               \
  W(s_andn2_b32, (scc = (a & ~b) != 0, a & ~b))                                \
  L(s_andn2_b64, u64, (scc = (a & ~b) != 0, a & ~b))                           \
  W(s_orn2_b32, (scc = (a | ~b) != 0, a | ~b))                                 \
  L(s_orn2_b64, u64, (scc = (a | ~b) != 0, a | ~b))                            \
  W(s_nand_b32, (scc = ~(a & b) != 0, ~(a & b)))                               \
  L(s_nand_b64, u64, (scc = ~(a & b) != 0, ~(a & b)))                          \
  W(s_nor_b32, (scc = ~(a | b) != 0, ~(a | b)))                                \
  L(s_nor_b64, u64, (scc = ~(a | b) != 0, ~(a | b)))                           \
  W(s_xnor_b32, (scc = ~(a ^ b) != 0, ~(a ^ b)))                               \
  L(s_xnor_b64, u64, (scc = ~(a ^ b) != 0, ~(a ^ b)))                          \
  W(s_lshl_b32, nonzero(a << (b & 31), scc))                                   \
  L(s_lshl_b64, u32, nonzero(a << (b & 63), scc))                              \
  W(s_lshr_b32, nonzero(a >> (b & 31), scc))                                   \
  L(s_lshr_b64, u32, nonzero(a >> (b & 63), scc))                              \
  W(s_ashr_i32, nonzero(u32(i32(a) >> (b & 31)), scc))                         \
  L(s_ashr_i64, u32, nonzero(u64(i64(a) >> (b & 63)), scc))                    \
  W(s_bfm_b32, ((1u << (a & 31)) - 1) << (b & 31))                             \
  L(s_bfm_b64, u32, ((u64{1} << (a & 63)) - 1) << (b & 63))                    \
  W(s_mul_i32, a *b)                                                           \
  W(s_bfe_u32, nonzero(extract(a, b & 31, b >> 16 & 127), scc))                \
  W(s_bfe_i32,                                                                 \
    nonzero(u32(extractSigned(i64(i32(a)), b & 31, b >> 16 & 127, 32)), scc))  \
  L(s_bfe_u64, u32, nonzero(extract(a, b & 63, b >> 16 & 127), scc))           \
  L(s_bfe_i64, u32,                                                            \
    nonzero(u64(extractSigned(i64(a), b & 63, b >> 16 & 127, 64)), scc))       \
  W(s_absdiff_i32, nonzero(u32(std::abs(i64(i32(a)) - i32(b))), scc))          \
  W(s_lshl1_add_u32, shiftAdd(a, b, 1, scc))                                   \
  W(s_lshl2_add_u32, shiftAdd(a, b, 2, scc))                                   \
  W(s_lshl3_add_u32, shiftAdd(a, b, 3, scc))                                   \
  W(s_lshl4_add_u32, shiftAdd(a, b, 4, scc))                                   \
  W(s_pack_ll_b32_b16, (a & 0xffff) | b << 16)                                 \
  W(s_pack_lh_b32_b16, (a & 0xffff) | (b & 0xffff0000u))                       \
  W(s_pack_hh_b32_b16, a >> 16 | (b & 0xffff0000u))                            \
  W(s_mul_hi_u32, u32(u64{a} * b >> 32))                                       \
  W(s_mul_hi_i32, u32(i64{i32(a)} * i32(b) >> 32))

#define W(NAME, ...)                                                           \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    u32 a = a32(w, i), b = a32(w, i, 1);                                       \
    bool &scc = w.scc;                                                         \
    (void)scc;                                                                 \
    set32(w, i, __VA_ARGS__);                                                  \
  }
#define L(NAME, TB, ...)                                                       \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    u64 a = a64(w, i);                                                         \
    TB b = sizeof(TB) == 8 ? static_cast<TB>(a64(w, i, 1)) : a32(w, i, 1);     \
    bool &scc = w.scc;                                                         \
    (void)scc;                                                                 \
    setPair(w, i, __VA_ARGS__);                                                \
  }
SOP2_TABLE(W, L)
#undef W
#undef L

#define SECTION "12.1. SOP2 Instructions"

// clang-format off
static const OpInfo sop2[] = {
#define W(NAME, ...)                                                           \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::B32, Kind::B32, Kind::B32, 0)
#define L(NAME, TB, ...)                                                       \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::B64, Kind::B64,                       \
      sizeof(TB) == 8 ? Kind::B64 : Kind::B32, 0)
    SOP2_TABLE(W, L)
#undef W
#undef L
};
// clang-format on
absl::Span<const OpInfo> sop2Table() { return sop2; }

SIMD_END
