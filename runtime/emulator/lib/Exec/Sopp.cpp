//===- Sopp.cpp - Branches, waits, barriers and program end ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Simd.h"
#include "VectorOp.h"
#include "absl/strings/str_cat.h"

SIMD_BEGIN

static void take(Wave &w, const Inst &i) {
  int64_t target = int64_t{w.next} + i.offset;
  if (target < 0 || target >= w.codeWords) {
    w.fault("branch to an address outside the code object's text");
    return;
  }
  w.next = static_cast<uint32_t>(target);
}

#define BRANCH_TABLE(B)                                                        \
  B(s_branch, true)                                                            \
  B(s_cbranch_scc0, !w.scc)                                                    \
  B(s_cbranch_scc1, w.scc)                                                     \
  B(s_cbranch_vccz, w.vcc() == 0)                                              \
  B(s_cbranch_vccnz, w.vcc() != 0)                                             \
  B(s_cbranch_execz, w.exec() == 0)                                            \
  B(s_cbranch_execnz, w.exec() != 0)
#define B(NAME, ...)                                                           \
  static void run_##NAME(Wave &w, const Inst &i) {                             \
    if (__VA_ARGS__)                                                           \
      take(w, i);                                                              \
  }
BRANCH_TABLE(B)
#undef B

// What only a debugger, a profiler or the power management would notice. The
// branches on debug conditions are not taken: no debugger sets them.
static void nothing(Wave &, const Inst &) {}

static void endProgram(Wave &w, const Inst &) {
  w.state = Wave::Ended;
  w.stop = true;
}

static void barrier(Wave &w, const Inst &) {
  w.state = Wave::AtBarrier;
  w.stop = true;
}

// vmcnt is bits 3:0 and 15:14, lgkmcnt bits 11:8; the largest value waits for
// nothing.
static void waitCount(Wave &w, const Inst &i) {
  uint32_t bits = static_cast<uint32_t>(i.offset);
  uint32_t vm = (bits & 15) | (bits >> 10 & 0x30), lgkm = bits >> 8 & 15;
  if (vm < 63 && w.vmIssued - w.vmDone > vm)
    w.vmDone = w.vmIssued - vm;
  if (lgkm == 0) {
    w.lgDone = w.lgIssued;
    w.smemOpen = 0;
  } else if (lgkm < 15 && w.smemOpen == 0 && w.lgIssued - w.lgDone > lgkm) {
    // With scalar loads open any of them may have finished first, so a
    // nonzero count proves nothing.
    w.lgDone = w.lgIssued - lgkm;
  }
}

// An interrupt would wake a host thread, and none is waiting here.
static void sendMessage(Wave &w, const Inst &i) {
  constexpr unsigned kInterrupt = 1;
  unsigned message = i.offset & 15;
  if (message != kInterrupt)
    w.fault(absl::StrCat("s_sendmsg of message ", message,
                         "; only MSG_INTERRUPT (1) is modelled"));
}

static void trap(Wave &w, const Inst &i) {
  w.fault(absl::StrCat("s_trap ", i.offset & 0xff));
}
// Debug traps continue when no debugger is attached.
static void sethalt(Wave &w, const Inst &i) {
  if (i.offset & 1)
    w.fault("s_sethalt 1: the wave would stop for ever");
}

// While indexing is on, M0[7:0] is added to the vector registers that the
// enable bits name: SRC0, SRC1, SRC2, DST.
static void indexOff(Wave &w, const Inst &) { w.gprIndexEnable = 0; }
static void indexMode(Wave &w, const Inst &i) {
  w.gprIndexEnable = static_cast<uint8_t>(i.offset & 15);
  w.sgpr[kM0] = (w.sgpr[kM0] & ~0xf000u) | (uint32_t(i.offset) & 15) << 12;
}

#define SECTION "12.5. SOPP Instructions"
// clang-format off
static const OpInfo table[] = {
#define B(NAME, ...)                                                           \
  {#NAME, SECTION, run_##NAME, Class::Branch, 4, Kind::None, {}, 0},
    BRANCH_TABLE(B)
#undef B
    {"s_set_gpr_idx_off", SECTION, indexOff, Class::Other, 4, Kind::None, {}, 0},
    {"s_set_gpr_idx_mode", SECTION, indexMode, Class::Other, 4, Kind::None, {}, 0},
    {"s_nop", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_endpgm", SECTION, endProgram, Class::Other, 4, Kind::None, {}, 0},
    {"s_barrier", SECTION, barrier, Class::Barrier, 4, Kind::None, {}, 0},
    {"s_waitcnt", SECTION, waitCount, Class::Wait, 4, Kind::None, {}, 0},
    {"s_sleep", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_setprio", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_trap", SECTION, trap, Class::Other, 4, Kind::None, {}, 0},
    {"s_sethalt", SECTION, sethalt, Class::Other, 4, Kind::None, {}, 0},
    {"s_icache_inv", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_sendmsg", SECTION, sendMessage, Class::Other, 4, Kind::None, {}, 0},
    {"s_incperflevel", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_decperflevel", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_ttracedata", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
    {"s_cbranch_cdbgsys", SECTION, nothing, Class::Branch, 4, Kind::None, {}, 0},
    {"s_cbranch_cdbguser", SECTION, nothing, Class::Branch, 4, Kind::None, {}, 0},
    {"s_cbranch_cdbgsys_or_user", SECTION, nothing, Class::Branch, 4, Kind::None, {}, 0},
    {"s_cbranch_cdbgsys_and_user", SECTION, nothing, Class::Branch, 4, Kind::None, {}, 0},
    {"s_wakeup", SECTION, nothing, Class::Other, 4, Kind::None, {}, 0},
};
// clang-format on

absl::Span<const OpInfo> soppTable() { return table; }

SIMD_END
