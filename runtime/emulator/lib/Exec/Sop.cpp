//===- Sop.cpp - Scalar arithmetic: SOP1, SOP2, SOPC, SOPK ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "VectorMath.h"

SIMD_BEGIN

static u32 a32(Wave &w, const Inst &i, unsigned k = 0) {
  return static_cast<u32>(scalarOperand(w, i, i.src[k], Kind::B32));
}
static u64 a64(Wave &w, const Inst &i, unsigned k = 0) {
  return scalarOperand(w, i, i.src[k], Kind::B64);
}
static i32 imm(const Inst &i) { return i.offset; }

static void set32(Wave &w, const Inst &i, u32 v) {
  if (i.dst < 128)
    w.sgpr[i.dst] = v;
}
static void setPair(Wave &w, const Inst &i, u64 v) {
  if (i.dst < 127)
    w.set64(i.dst, v);
}

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
  W(s_max_i32, (scc = i32(a) > i32(b), scc ? a : b))                           \
  W(s_max_u32, (scc = a > b, scc ? a : b))                                     \
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
  W(s_mul_i32, a * b)                                                          \
  W(s_bfe_u32, nonzero(extract(a, b & 31, b >> 16 & 127), scc))                \
  W(s_bfe_i32, nonzero(u32(extractSigned(i64(i32(a)), b & 31, b >> 16 & 127, 32)), scc)) \
  L(s_bfe_u64, u32, nonzero(extract(a, b & 63, b >> 16 & 127), scc))           \
  L(s_bfe_i64, u32, nonzero(u64(extractSigned(i64(a), b & 63, b >> 16 & 127, 64)), scc)) \
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

static inline u32 nonzero(u32 v, bool &scc) { return scc = v != 0, v; }
static inline u64 nonzero(u64 v, bool &scc) { return scc = v != 0, v; }
static inline bool overflowsAdd(u32 a, u32 b) {
  return (~(a ^ b) & (a ^ (a + b))) >> 31;
}
static inline bool overflowsSub(u32 a, u32 b) {
  return ((a ^ b) & (a ^ (a - b))) >> 31;
}
static inline u32 addCarry(u32 a, u32 b, bool &scc) {
  u64 r = u64{a} + b + scc;
  return scc = r >> 32, static_cast<u32>(r);
}
static inline u32 subBorrow(u32 a, u32 b, bool &scc) {
  u64 take = u64{b} + scc;
  return scc = take > a, static_cast<u32>(a - take);
}
static inline u32 shiftAdd(u32 a, u32 b, unsigned n, bool &scc) {
  u64 r = (u64{a} << n) + b;
  return scc = r >> 32 != 0, static_cast<u32>(r);
}
template <class T>
static inline T extract(T v, unsigned offset, unsigned width) {
  if (width == 0)
    return 0;
  v >>= offset;
  return width >= 8 * sizeof(T) ? v : v & ((T{1} << width) - 1);
}
static inline i64 extractSigned(i64 v, unsigned offset, unsigned width,
                                unsigned size) {
  if (width == 0)
    return 0;
  width = std::min(width, size - offset);
  return v << (64 - offset - width) >> (64 - width);
}
static inline u32 signChange64(u64 a) {
  u64 v = a ^ static_cast<u64>(static_cast<i64>(a) >> 63);
  return v ? static_cast<u32>(__builtin_clzll(v)) : ~0u;
}
static inline u64 quadMask(u64 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 16; ++k)
    out |= u64{(a >> 4 * k & 15) != 0} << k;
  return out;
}
static inline u64 wholeQuads(u64 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 16; ++k)
    if (a >> 4 * k & 15)
      out |= u64{15} << 4 * k;
  return out;
}
static inline u64 replicate(u32 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 32; ++k)
    if (a >> k & 1)
      out |= u64{3} << 2 * k;
  return out;
}

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
  X(s_and_saveexec_b64, a & e)                                                 \
  X(s_or_saveexec_b64, a | e)                                                  \
  X(s_xor_saveexec_b64, a ^ e)                                                 \
  X(s_andn2_saveexec_b64, a & ~e)                                              \
  X(s_orn2_saveexec_b64, a | ~e)                                               \
  X(s_nand_saveexec_b64, ~(a & e))                                             \
  X(s_nor_saveexec_b64, ~(a | e))                                              \
  X(s_xnor_saveexec_b64, ~(a ^ e))                                             \
  X(s_andn1_saveexec_b64, ~a & e)                                              \
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

static u64 codeAddress(const Wave &w, u32 pc);
static void jump(Wave &w, u64 address);
static void getPc(Wave &w, const Inst &i) { setPair(w, i, codeAddress(w, w.next)); }
static void setPc(Wave &w, const Inst &i) { jump(w, a64(w, i)); }
static void swapPc(Wave &w, const Inst &i) {
  u64 target = a64(w, i);
  setPair(w, i, codeAddress(w, w.next));
  jump(w, target);
}
static u64 codeAddress(const Wave &w, u32 pc) { return w.codeBase + 4 * u64{pc}; }
static void jump(Wave &w, u64 address) {
  if (address < w.codeBase || address % 4 != 0 ||
      address - w.codeBase >= 4 * u64{w.codeWords}) {
    w.fault("jump to an address outside the code object's text");
    return;
  }
  w.next = static_cast<u32>((address - w.codeBase) / 4);
}

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
static void indexValue(Wave &w, const Inst &i) {
  w.sgpr[kM0] = (w.sgpr[kM0] & ~0xffu) | (a32(w, i) & 0xff);
}

// In SOPK the destination is also the left operand.
#define SOPK_COMPARES(C)                                                       \
  C(s_cmpk_eq_i32, i32(a) == imm(i))                                           \
  C(s_cmpk_lg_i32, i32(a) != imm(i))                                           \
  C(s_cmpk_gt_i32, i32(a) > imm(i))                                            \
  C(s_cmpk_ge_i32, i32(a) >= imm(i))                                           \
  C(s_cmpk_lt_i32, i32(a) < imm(i))                                            \
  C(s_cmpk_le_i32, i32(a) <= imm(i))                                           \
  C(s_cmpk_eq_u32, a == u16(imm(i)))                                           \
  C(s_cmpk_lg_u32, a != u16(imm(i)))                                           \
  C(s_cmpk_gt_u32, a > u16(imm(i)))                                            \
  C(s_cmpk_ge_u32, a >= u16(imm(i)))                                           \
  C(s_cmpk_lt_u32, a < u16(imm(i)))                                            \
  C(s_cmpk_le_u32, a <= u16(imm(i)))
#define C(NAME, ...)                                                           \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    u32 a = w.sgpr[i.dst & 127];                                               \
    w.scc = __VA_ARGS__;                                                       \
  }
SOPK_COMPARES(C)
#undef C
static void moveK(Wave &w, const Inst &i) { set32(w, i, u32(imm(i))); }
static void conditionalMoveK(Wave &w, const Inst &i) {
  if (w.scc)
    set32(w, i, u32(imm(i)));
}
static void addK(Wave &w, const Inst &i) {
  u32 a = w.sgpr[i.dst & 127], b = u32(imm(i));
  w.scc = overflowsAdd(a, b);
  set32(w, i, a + b);
}
static void mulK(Wave &w, const Inst &i) {
  set32(w, i, w.sgpr[i.dst & 127] * u32(imm(i)));
}

// Hardware registers: id in bits 5:0 of the immediate, offset in 10:6, width
// minus one in 15:11.
constexpr unsigned kHwMode = 1, kHwStatus = 2, kHwXccId = 20;
static void getReg(Wave &w, const Inst &i) {
  unsigned id = imm(i) & 63, offset = imm(i) >> 6 & 31,
           width = (imm(i) >> 11 & 31) + 1;
  u32 value = 0;
  if (id == kHwMode) {
    value = w.mode;
  } else if (id == kHwStatus) {
    value = w.scc | u32{w.exec() == 0} << 9 | u32{w.vcc() == 0} << 10;
  } else if (id == kHwXccId) {
    value = w.group->xcd;
  } else {
    w.fault("s_getreg of a hardware register that is not modelled");
    return;
  }
  set32(w, i, extract(value, offset, width));
}
static void writeHardware(Wave &w, const Inst &i, u32 value) {
  unsigned id = imm(i) & 63, offset = imm(i) >> 6 & 31,
           width = (imm(i) >> 11 & 31) + 1;
  if (id != kHwMode) {
    w.fault("s_setreg of a hardware register other than MODE");
    return;
  }
  u32 field = (width == 32 ? ~0u : (1u << width) - 1) << offset;
  w.mode = (w.mode & ~field) | (value << offset & field);
  unsigned single = (w.mode & 3) | (w.mode >> 4 & 3) << 2;
  _mm_setcsr(DoubleMode::hostControl(single));
}
static void setReg(Wave &w, const Inst &i) {
  writeHardware(w, i, w.sgpr[i.dst & 127]);
}
static void setRegImmediate(Wave &w, const Inst &i) {
  writeHardware(w, i, i.literal);
}
static void callK(Wave &w, const Inst &i) {
  setPair(w, i, codeAddress(w, w.next));
  w.next = static_cast<u32>(static_cast<i32>(w.next) + imm(i));
}

#define SECTION2 "SOP2 Instructions"
#define SECTION1 "SOP1 Instructions"
#define SECTIONC "SOPC Instructions"
#define SECTIONK "SOPK Instructions"
#define ROW(NAME, SECTION, HANDLER, DST, A, B, FLAGS)                          \
  {NAME, SECTION, HANDLER, Class::Salu, 4, DST, {A, B}, FLAGS},

static const OpInfo sop2[] = {
#define W(NAME, ...)                                                           \
  ROW(#NAME, SECTION2, run_##NAME, Kind::B32, Kind::B32, Kind::B32, 0)
#define L(NAME, TB, ...)                                                       \
  ROW(#NAME, SECTION2, run_##NAME, Kind::B64, Kind::B64,                       \
      sizeof(TB) == 8 ? Kind::B64 : Kind::B32, 0)
    SOP2_TABLE(W, L)
#undef W
#undef L
};
#define W(NAME, TA, ...)                                                       \
  ROW(#NAME, SECTION1, run_##NAME, Kind::B32,                                  \
      sizeof(TA) == 8 ? Kind::B64 : Kind::B32, Kind::None, 0)
#define L(NAME, TA, ...)                                                       \
  ROW(#NAME, SECTION1, run_##NAME, Kind::B64,                                  \
      sizeof(TA) == 8 ? Kind::B64 : Kind::B32, Kind::None, 0)
#define X(NAME, ...)                                                           \
  ROW(#NAME, SECTION1, run_##NAME, Kind::B64, Kind::B64, Kind::None, 0)
static const OpInfo sop1[] = {
    SOP1_TABLE(W, L) SAVEEXEC_TABLE(X)
    ROW("s_cmov_b32", SECTION1, conditionalMove32, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_cmov_b64", SECTION1, conditionalMove64, Kind::B64, Kind::B64, Kind::None, kReadsDst)
    ROW("s_bitset0_b32", SECTION1, bitSet32<false>, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_bitset1_b32", SECTION1, bitSet32<true>, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_bitset0_b64", SECTION1, bitSet64<false>, Kind::B64, Kind::B32, Kind::None, kReadsDst)
    ROW("s_bitset1_b64", SECTION1, bitSet64<true>, Kind::B64, Kind::B32, Kind::None, kReadsDst)
    ROW("s_andn1_wrexec_b64", SECTION1, andn1WrExec, Kind::B64, Kind::B64, Kind::None, 0)
    ROW("s_andn2_wrexec_b64", SECTION1, andn2WrExec, Kind::B64, Kind::B64, Kind::None, 0)
    ROW("s_getpc_b64", SECTION1, getPc, Kind::B64, Kind::None, Kind::None, 0)
    ROW("s_set_gpr_idx_idx", SECTION1, indexValue, Kind::None, Kind::B32, Kind::None, 0)
    {"s_setpc_b64", SECTION1, setPc, Class::Branch, 4, Kind::None, {Kind::B64}, 0},
    {"s_swappc_b64", SECTION1, swapPc, Class::Branch, 4, Kind::B64, {Kind::B64}, 0},
};
#undef W
#undef L
#undef X
#define C(NAME, ...)                                                           \
  ROW(#NAME, SECTIONC, run_##NAME, Kind::None, Kind::B32, Kind::B32, 0)
static const OpInfo sopc[] = {
    SOPC_TABLE(C)
    ROW("s_set_gpr_idx_on", SECTIONC, indexOn, Kind::None, Kind::B32, Kind::None, 0)
    ROW("s_cmp_eq_u64", SECTIONC, compareEqual64, Kind::None, Kind::B64, Kind::B64, 0)
    ROW("s_cmp_lg_u64", SECTIONC, compareDifferent64, Kind::None, Kind::B64, Kind::B64, 0)
    ROW("s_bitcmp0_b64", SECTIONC, bitCompare64<false>, Kind::None, Kind::B64, Kind::B32, 0)
    ROW("s_bitcmp1_b64", SECTIONC, bitCompare64<true>, Kind::None, Kind::B64, Kind::B32, 0)
};
#undef C
#define C(NAME, ...)                                                           \
  ROW(#NAME, SECTIONK, run_##NAME, Kind::None, Kind::B32, Kind::None, kReadsDst)
static const OpInfo sopk[] = {
    SOPK_COMPARES(C)
    ROW("s_movk_i32", SECTIONK, moveK, Kind::B32, Kind::None, Kind::None, 0)
    ROW("s_cmovk_i32", SECTIONK, conditionalMoveK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_addk_i32", SECTIONK, addK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_mulk_i32", SECTIONK, mulK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    ROW("s_getreg_b32", SECTIONK, getReg, Kind::B32, Kind::None, Kind::None, 0)
    ROW("s_setreg_b32", SECTIONK, setReg, Kind::None, Kind::B32, Kind::None, kReadsDst)
    ROW("s_setreg_imm32_b32", SECTIONK, setRegImmediate, Kind::None, Kind::None, Kind::None, 0)
    {"s_call_b64", SECTIONK, callK, Class::Branch, 4, Kind::B64, {}, 0},
};
#undef C

absl::Span<const OpInfo> sop1Table() { return sop1; }
absl::Span<const OpInfo> sop2Table() { return sop2; }
absl::Span<const OpInfo> sopcTable() { return sopc; }
absl::Span<const OpInfo> sopkTable() { return sopk; }

SIMD_END
