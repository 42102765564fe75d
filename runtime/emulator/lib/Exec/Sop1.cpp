//===- Sop1.cpp - Scalar instructions with one operand --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarMath.h"

SIMD_BEGIN

constexpr u64 kScalarRegisters = 102;

#define SOP1_TABLE(W, L)                                                       \
  W(s_mov_b32, u32, a)                                                         \
  L(s_mov_b64, u64, a)                                                         \
  W(s_not_b32, u32, nonzero(~a, scc))                                          \
  L(s_not_b64, u64, nonzero(~a, scc))                                          \
  W(s_brev_b32, u32, __builtin_bitreverse32(a))                                \
  L(s_brev_b64, u64, __builtin_bitreverse64(a))                                \
  W(s_bcnt0_i32_b32, u32, nonzero(u32(__builtin_popcount(~a)), scc))           \
  W(s_bcnt0_i32_b64, u64, nonzero(u32(__builtin_popcountll(~a)), scc))         \
  W(s_bcnt1_i32_b32, u32, nonzero(u32(__builtin_popcount(a)), scc))            \
  W(s_bcnt1_i32_b64, u64, nonzero(u32(__builtin_popcountll(a)), scc))          \
  W(s_ff0_i32_b32, u32, ~a ? u32(__builtin_ctz(~a)) : ~0u)                     \
  W(s_ff0_i32_b64, u64, ~a ? u32(__builtin_ctzll(~a)) : ~0u)                   \
  W(s_ff1_i32_b32, u32, a ? u32(__builtin_ctz(a)) : ~0u)                       \
  W(s_ff1_i32_b64, u64, a ? u32(__builtin_ctzll(a)) : ~0u)                     \
  W(s_flbit_i32_b32, u32, a ? u32(__builtin_clz(a)) : ~0u)                     \
  W(s_flbit_i32_b64, u64, a ? u32(__builtin_clzll(a)) : ~0u)                   \
  W(s_flbit_i32, u32, findSignChange(i32(a)))                                  \
  W(s_flbit_i32_i64, u64, signChange64(a))                                     \
  W(s_sext_i32_i8, u32, u32(i32(int8_t(a))))                                   \
  W(s_sext_i32_i16, u32, u32(i32(i16(a))))                                     \
  W(s_abs_i32, u32, nonzero(i32(a) < 0 ? 0u - a : a, scc))                     \
  W(s_quadmask_b32, u32, nonzero(u32(quadMask(a)), scc))                       \
  L(s_quadmask_b64, u64, nonzero(quadMask(a), scc))                            \
  L(s_wqm_b64, u64, nonzero(wholeQuads(a), scc))                               \
  W(s_wqm_b32, u32, nonzero(u32(wholeQuads(a)), scc))                          \
  L(s_bitreplicate_b64_b32, u32, replicate(a))

#define W(NAME, TA, ...)                                                       \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    TA a = sizeof(TA) == 8 ? static_cast<TA>(a64(w, i)) : a32(w, i);           \
    bool &scc = w.scc;                                                         \
    (void)scc;                                                                 \
    set32(w, i, __VA_ARGS__);                                                  \
  }
#define L(NAME, TA, ...)                                                       \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    TA a = sizeof(TA) == 8 ? static_cast<TA>(a64(w, i)) : a32(w, i);           \
    bool &scc = w.scc;                                                         \
    (void)scc;                                                                 \
    setPair(w, i, __VA_ARGS__);                                                \
  }
SOP1_TABLE(W, L)
#undef W
#undef L

// Conditional moves leave the destination alone when SCC is clear.
static void conditionalMove32(Wave &w, const Inst &i) {
  if (w.scc)
    set32(w, i, a32(w, i));
}
static void conditionalMove64(Wave &w, const Inst &i) {
  if (w.scc)
    setPair(w, i, a64(w, i));
}
template <bool Set>
static void bitSet32(Wave &w, const Inst &i) {
  u32 bit = 1u << (a32(w, i) & 31);
  set32(w, i, Set ? w.sgpr[i.dst & 127] | bit : w.sgpr[i.dst & 127] & ~bit);
}
template <bool Set>
static void bitSet64(Wave &w, const Inst &i) {
  u64 bit = u64{1} << (a32(w, i) & 63), old = w.get64(i.dst & 126);
  setPair(w, i, Set ? old | bit : old & ~bit);
}

// s_<op>_saveexec: the old EXEC goes to the destination.
template <class F>
static void saveExec(Wave &w, const Inst &i, F formula) {
  u64 a = a64(w, i), old = w.exec();
  setPair(w, i, old);
  u64 now = formula(a, old);
  w.setExec(now);
  w.scc = now != 0;
}
#define SAVEEXEC_TABLE(X)                                                      \
  X(s_and_saveexec_b64, a &e)                                                  \
  X(s_or_saveexec_b64, a | e)                                                  \
  X(s_xor_saveexec_b64, a ^ e)                                                 \
  X(s_andn2_saveexec_b64, a & ~e)                                              \
  X(s_orn2_saveexec_b64, a | ~e)                                               \
  X(s_nand_saveexec_b64, ~(a & e))                                             \
  X(s_nor_saveexec_b64, ~(a | e))                                              \
  X(s_xnor_saveexec_b64, ~(a ^ e))                                             \
  X(s_andn1_saveexec_b64, ~a &e)                                               \
  X(s_orn1_saveexec_b64, ~a | e)
#define X(NAME, ...)                                                           \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    saveExec(w, i, [](u64 a, u64 e) -> u64 { return __VA_ARGS__; });           \
  }
SAVEEXEC_TABLE(X)
#undef X
// The wrexec forms store the new EXEC in the destination as well.
static void andn1WrExec(Wave &w, const Inst &i) {
  u64 now = ~a64(w, i) & w.exec();
  w.setExec(now);
  setPair(w, i, now);
  w.scc = now != 0;
}
static void andn2WrExec(Wave &w, const Inst &i) {
  u64 now = a64(w, i) & ~w.exec();
  w.setExec(now);
  setPair(w, i, now);
  w.scc = now != 0;
}

static void getPc(Wave &w, const Inst &i) {
  setPair(w, i, codeAddress(w, w.next));
}
static void setPc(Wave &w, const Inst &i) { jump(w, a64(w, i)); }
static void swapPc(Wave &w, const Inst &i) {
  u64 target = a64(w, i);
  setPair(w, i, codeAddress(w, w.next));
  jump(w, target);
}

// Moves from or to the register M0 places behind the named one. A source
// outside the file reads s0, a destination outside it isn't written.
template <unsigned Words>
static void moveFromRelative(Wave &w, const Inst &i) {
  u64 from = u64{i.src[0]} + w.sgpr[kM0];
  if (i.src[0] >= kScalarRegisters || from + Words > kScalarRegisters)
    from = 0;
  if (Words == 2)
    setPair(w, i, w.get64(static_cast<unsigned>(from)));
  else
    set32(w, i, w.sgpr[from]);
}
template <unsigned Words>
static void moveToRelative(Wave &w, const Inst &i) {
  u64 to = u64{i.dst} + w.sgpr[kM0];
  if (i.dst >= kScalarRegisters || to + Words > kScalarRegisters)
    return;
  u64 value = Words == 2 ? a64(w, i) : a32(w, i);
  for (unsigned k = 0; k < Words; ++k) {
    w.sgpr[to + k] = static_cast<u32>(value >> 32 * k);
    if (w.shadow)
      w.shadow->sgprInit[to + k] = true;
  }
}

// Changes the value in use without touching what it applies to.
static void indexValue(Wave &w, const Inst &i) {
  w.sgpr[kM0] = (w.sgpr[kM0] & ~0xffu) | (a32(w, i) & 0xff);
}

#define SECTION "12.3. SOP1 Instructions"

#define W(NAME, TA, ...)                                                       \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::B32,                    \
                     sizeof(TA) == 8 ? Kind::B64 : Kind::B32, Kind::None, 0)
#define L(NAME, TA, ...)                                                       \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::B64,                    \
                     sizeof(TA) == 8 ? Kind::B64 : Kind::B32, Kind::None, 0)
#define X(NAME, ...)                                                           \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::B64, Kind::B64,         \
                     Kind::None, 0)
// clang-format off
static const OpInfo sop1[] = {
    SOP1_TABLE(W, L) SAVEEXEC_TABLE(X)
    DSV4EMU_SCALAR_ROW("s_cmov_b32", SECTION, conditionalMove32, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_cmov_b64", SECTION, conditionalMove64, Kind::B64, Kind::B64, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_bitset0_b32", SECTION, bitSet32<false>, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_bitset1_b32", SECTION, bitSet32<true>, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_bitset0_b64", SECTION, bitSet64<false>, Kind::B64, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_bitset1_b64", SECTION, bitSet64<true>, Kind::B64, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_andn1_wrexec_b64", SECTION, andn1WrExec, Kind::B64, Kind::B64, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_andn2_wrexec_b64", SECTION, andn2WrExec, Kind::B64, Kind::B64, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_getpc_b64", SECTION, getPc, Kind::B64, Kind::None, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_set_gpr_idx_idx", SECTION, indexValue, Kind::None, Kind::B32, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_movrels_b32", SECTION, moveFromRelative<1>, Kind::B32, Kind::None, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_movrels_b64", SECTION, moveFromRelative<2>, Kind::B64, Kind::None, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_movreld_b32", SECTION, moveToRelative<1>, Kind::None, Kind::B32, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_movreld_b64", SECTION, moveToRelative<2>, Kind::None, Kind::B64, Kind::None, 0)
    {"s_setpc_b64", SECTION, setPc, Class::Branch, 4, Kind::None, {Kind::B64}, 0},
    {"s_swappc_b64", SECTION, swapPc, Class::Branch, 4, Kind::B64, {Kind::B64}, 0},
};
// clang-format on
#undef W
#undef L
#undef X
absl::Span<const OpInfo> sop1Table() { return sop1; }

SIMD_END
