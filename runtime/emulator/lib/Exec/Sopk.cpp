//===- Sopk.cpp - Scalar instructions with an immediate -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "../HardwareRegisters.h"
#include "ScalarMath.h"
#include "absl/strings/str_cat.h"

SIMD_BEGIN

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
constexpr unsigned kModeVskip = 28;
struct RegisterField {
  explicit RegisterField(const Inst &i)
      : id(imm(i) & 63), offset(imm(i) >> 6 & 31),
        width((imm(i) >> 11 & 31) + 1) {}
  unsigned id, offset, width;
};
static void getReg(Wave &w, const Inst &i) {
  RegisterField f(i);
  u32 value = 0;
  if (!readHardwareRegister(w, f.id, value))
    return w.fault(absl::StrCat("s_getreg of hardware register ", f.id,
                                ", which is not modelled"));
  set32(w, i, extract(value, f.offset, f.width));
}
static void writeHardware(Wave &w, const Inst &i, u32 value) {
  RegisterField f(i);
  u32 field = (f.width == 32 ? ~0u : (1u << f.width) - 1) << f.offset;
  if (!writeHardwareRegister(w, f.id, field, value << f.offset))
    return w.fault(absl::StrCat("s_setreg of hardware register ", f.id,
                                "; MODE (1) and TRAPSTS (3) can be written"));
  if (w.mode >> kModeVskip & 1)
    return w.fault("MODE.VSKIP is set; skipping vector instructions is not "
                   "modelled");
  _mm_setcsr(HostMode::hostControl(HostMode::single(w)));
}
static void setReg(Wave &w, const Inst &i) {
  writeHardware(w, i, w.sgpr[i.dst & 127]);
}
static void setRegImmediate(Wave &w, const Inst &i) {
  writeHardware(w, i, i.literal);
}
static void callK(Wave &w, const Inst &i) {
  setPair(w, i, codeAddress(w, w.next));
  jump(w, codeAddress(w, w.next) + static_cast<u64>(i64{4} * imm(i)));
}

#define SECTION "12.2. SOPK Instructions"

#define C(NAME, ...)                                                           \
  DSV4EMU_SCALAR_ROW(#NAME, SECTION, run_##NAME, Kind::None, Kind::B32,        \
                     Kind::None, kReadsDst)
// clang-format off
static const OpInfo sopk[] = {
    SOPK_COMPARES(C)
    DSV4EMU_SCALAR_ROW("s_movk_i32", SECTION, moveK, Kind::B32, Kind::None, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_cmovk_i32", SECTION, conditionalMoveK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_addk_i32", SECTION, addK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_mulk_i32", SECTION, mulK, Kind::B32, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_getreg_b32", SECTION, getReg, Kind::B32, Kind::None, Kind::None, 0)
    DSV4EMU_SCALAR_ROW("s_setreg_b32", SECTION, setReg, Kind::None, Kind::B32, Kind::None, kReadsDst)
    DSV4EMU_SCALAR_ROW("s_setreg_imm32_b32", SECTION, setRegImmediate, Kind::None, Kind::None, Kind::None, 0)
    {"s_call_b64", SECTION, callK, Class::Branch, 4, Kind::B64, {}, 0},
};
// clang-format on
#undef C

absl::Span<const OpInfo> sopkTable() { return sopk; }

SIMD_END
