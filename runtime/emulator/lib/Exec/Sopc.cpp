//===- Sopc.cpp - Scalar comparisons --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarMath.h"

SIMD_BEGIN

#define SOPC_TABLE(C)                                                          \
  C(s_cmp_eq_i32, a == b)                                                      \
  C(s_cmp_lg_i32, a != b)                                                      \
  C(s_cmp_gt_i32, i32(a) > i32(b))                                             \
  C(s_cmp_ge_i32, i32(a) >= i32(b))                                            \
  C(s_cmp_lt_i32, i32(a) < i32(b))                                             \
  C(s_cmp_le_i32, i32(a) <= i32(b))                                            \
  C(s_cmp_eq_u32, a == b)                                                      \
  C(s_cmp_lg_u32, a != b)                                                      \
  C(s_cmp_gt_u32, a > b)                                                       \
  C(s_cmp_ge_u32, a >= b)                                                      \
  C(s_cmp_lt_u32, a < b)                                                       \
  C(s_cmp_le_u32, a <= b)                                                      \
  C(s_bitcmp0_b32, !(a >> (b & 31) & 1))                                       \
  C(s_bitcmp1_b32, a >> (b & 31) & 1)
#define C(NAME, ...)                                                           \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    u32 a = a32(w, i), b = a32(w, i, 1);                                       \
    w.scc = __VA_ARGS__;                                                       \
  }
SOPC_TABLE(C)
#undef C
static void compareEqual64(Wave &w, const Inst &i) {
  w.scc = a64(w, i) == a64(w, i, 1);
}
static void compareDifferent64(Wave &w, const Inst &i) {
  w.scc = a64(w, i) != a64(w, i, 1);
}
template <bool Wanted>
static void bitCompare64(Wave &w, const Inst &i) {
  w.scc = (a64(w, i) >> (a32(w, i, 1) & 63) & 1) == Wanted;
}

// Register indexing; the enable bits stand in the field of the second operand.
static void indexOn(Wave &w, const Inst &i) {
  u32 enable = i.src[1] & 15u;
  w.gprIndexEnable = static_cast<uint8_t>(enable);
  w.sgpr[kM0] = (w.sgpr[kM0] & ~0xf0ffu) | (a32(w, i) & 0xff) | enable << 12;
}

#define SECTION "12.4. SOPC Instructions"

#define C(NAME, ...)                                                           \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::None, Kind::B32,        \
                     Kind::B32, 0)
// clang-format off
static const OpInfo sopc[] = {
    SOPC_TABLE(C)
    DSV4EMU_SCALAR_ROW("s_set_gpr_idx_on", SECTION, indexOn, Kind::None, Kind::B32, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_cmp_eq_u64", SECTION, compareEqual64, Kind::None, Kind::B64, Kind::B64, 0)
    DSV4EMU_SCALAR_ROW("s_cmp_lg_u64", SECTION, compareDifferent64, Kind::None, Kind::B64, Kind::B64, 0)
    DSV4EMU_SCALAR_ROW("s_bitcmp0_b64", SECTION, bitCompare64<false>, Kind::None, Kind::B64, Kind::B32, 0)
    DSV4EMU_SCALAR_ROW("s_bitcmp1_b64", SECTION, bitCompare64<true>, Kind::None, Kind::B64, Kind::B32, 0)
};
// clang-format on
#undef C
absl::Span<const OpInfo> sopcTable() { return sopc; }

SIMD_END
