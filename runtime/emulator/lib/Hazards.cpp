//===- Hazards.cpp - Wait states that software has to keep ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Hazards.h"
#include "RegisterChecks.h"
#include "absl/strings/str_cat.h"
#include <cstring>

namespace dsv4emu {

static bool isVector(const Inst &i) {
  return i.format >= Format::VOP1 && i.format <= Format::MAI;
}
static bool isMatrix(const Inst &i) { return i.op->cls == Class::Mfma; }
static bool isMemory(const Inst &i) {
  return i.format == Format::FLAT || i.format == Format::MUBUF ||
         i.format == Format::MTBUF;
}
static bool named(const Inst &i, const char *name) {
  return std::strcmp(i.op->mnemonic, name) == 0;
}
static bool movesLane(const Inst &i) {
  return named(i, "v_readlane_b32") || named(i, "v_writelane_b32");
}
static bool readsLane(const Inst &i) {
  return named(i, "v_readlane_b32") || named(i, "v_readfirstlane_b32");
}
static bool isSetReg(const Inst &i) {
  return std::strncmp(i.op->mnemonic, "s_setreg", 8) == 0;
}

Hazards::Writer Hazards::writerOf(const Inst &i) {
  if (isMatrix(i)) {
    if (std::strncmp(i.op->mnemonic, "v_mfma_f64_4x4", 14) == 0)
      return MatrixDouble4;
    if (std::strncmp(i.op->mnemonic, "v_mfma_f64", 10) == 0)
      return MatrixDouble16;
    const char *type = std::strrchr(i.op->mnemonic, '_') + 1;
    return std::strcmp(type, "f32") == 0 ? MatrixSingle : Matrix;
  }
  if (i.op->cls == Class::Trans)
    return Transcendental;
  bool shifted = (i.form == Inst::Sdwa && i.dstSel != 6) ||
                 (i.format == Format::VOP3 && (i.opSel >> 3 & 1)) ||
                 std::strncmp(i.op->mnemonic, "v_cvt_sr_", 9) == 0;
  return shifted ? Shifted : Vector;
}

/// Wait states from a matrix instruction to the end of its result, which takes
/// four cycles a pass.
int Hazards::matrixStates(const Event &e, int extra) {
  int passes = e.op->cycles / 4;
  return passes + extra - (e.writer == MatrixSingle ? 1 : 0);
}

int Hazards::needed(const Inst &i, const RegRange &use, unsigned reg,
                    bool write) const {
  const Event &e = vector[reg];
  switch (e.writer) {
  case Matrix:
  case MatrixSingle:
    if (isMatrix(i)) {
      // Accumulating in the same place is forwarded; parts of it are not.
      bool accumulator = write || use.first == i.src[2] ||
                         (i.op->flags & kReadsDst && use.first == i.dst);
      if (accumulator)
        return use.first == e.first ? 0 : matrixStates(e, 1);
      return matrixStates(e, 3);
    }
    if (isVector(i) || ((isMemory(i) || i.format == Format::DS) && !write))
      return matrixStates(e, 3);
    return 0;
  case MatrixDouble4:
  case MatrixDouble16: {
    bool small = e.writer == MatrixDouble4;
    if (isMatrix(i))
      return use.first == e.first ? 0 : small ? 4 : 9;
    if (isVector(i))
      return small ? 6 : 11;
    if ((isMemory(i) || i.format == Format::DS) && !write)
      return small ? 9 : 18;
    return 0;
  }
  default:
    break;
  }
  if (write || !isVector(i))
    return 0;
  if (isMatrix(i))
    return e.writer == None ? 0 : 2;
  if (i.form == Inst::Dpp && e.writer != None && use.first == i.src[0])
    return 2;
  bool trans = i.op->cls == Class::Trans;
  if ((e.writer == Transcendental && !trans) || e.writer == Shifted)
    return 1;
  return readsLane(i) && e.writer != None ? 1 : 0;
}

int Hazards::neededScalar(const Inst &i, unsigned reg) const {
  if (scalar[reg].writer == Scalar) {
    // Only M0 is recorded for the scalar unit.
    bool ldsTarget =
        i.format == Format::FLAT && std::strstr(i.op->mnemonic, "_lds_");
    return ldsTarget || (i.op->flags & kReadsM0) ? 1 : 0;
  }
  if (isMemory(i))
    return 5;
  if (!isVector(i))
    return 0;
  bool laneSelect = movesLane(i) && i.src[1] == reg;
  bool divide = std::strncmp(i.op->mnemonic, "v_div_fmas", 10) == 0 &&
                (reg == kVcc || reg == kVcc + 1u);
  return laneSelect || divide ? 4 : 2;
}

std::string Hazards::early(const Event &e, int states,
                           const std::string &what) const {
  int64_t passed = now - e.when;
  if (e.writer == None || passed >= states)
    return {};
  return absl::StrCat(what, " ", passed, " wait states after ", e.op->mnemonic,
                      "; ", states,
                      " are needed, with s_nop if there is no "
                      "other work");
}

std::string Hazards::find(const Inst &i) const {
  std::string problem;
  auto check = [&](const Event &e, int states, const char *verb, unsigned reg) {
    if (problem.empty())
      problem = early(e, states, absl::StrCat(verb, registerName(reg)));
  };
  for (unsigned k = 0; k < i.useCount; ++k)
    for (unsigned r = i.uses[k].first; r < i.uses[k].first + i.uses[k].count;
         ++r) {
      if (r < 128)
        check(scalar[r], neededScalar(i, r), "reads ", r);
      else
        check(vector[r - kVgpr], needed(i, i.uses[k], r - kVgpr, false),
              "reads ", r);
    }
  for (unsigned k = 0; k < i.defCount; ++k)
    for (unsigned r = i.defs[k].first; r < i.defs[k].first + i.defs[k].count;
         ++r) {
      if (r < 128)
        continue;
      check(vector[r - kVgpr], needed(i, i.defs[k], r - kVgpr, true),
            "overwrites ", r);
      if (isVector(i) && !isMatrix(i))
        check(stored[r - kVgpr], 2, "overwrites ", r);
    }
  if (i.form == Inst::Dpp)
    check(scalar[kExec], 5, "moves lanes by ", kExec);
  if (movesLane(i) || readsLane(i))
    check(scalar[kExec], 4, "moves a lane by ", kExec);
  if (isMatrix(i))
    check(scalar[kExec], 4, "runs under ", kExec);
  bool getReg = named(i, "s_getreg_b32");
  if (problem.empty() && (getReg || isSetReg(i)))
    problem = early(hardware[i.offset & 63], 2,
                    absl::StrCat(getReg ? "reads" : "writes",
                                 " hardware register ", i.offset & 63));
  if (std::strncmp(i.op->mnemonic, "s_movrel", 8) == 0 ||
      named(i, "s_sendmsg") || named(i, "s_ttracedata"))
    check(scalar[kM0].writer == Scalar ? scalar[kM0] : Event{}, 1, "reads ",
          kM0);
  return problem;
}

void Hazards::record(const Inst &i) {
  int64_t states =
      named(i, "s_nop") ? (i.offset & 15) + int64_t{1} : int64_t{1};
  now += states;
  Event e{now, i.op, None, 0};
  if (isVector(i)) {
    for (unsigned k = 0; k < i.defCount; ++k)
      for (unsigned r = i.defs[k].first; r < i.defs[k].first + i.defs[k].count;
           ++r) {
        e.writer = writerOf(i);
        e.first = i.defs[k].first;
        if (r >= 128)
          vector[r - kVgpr] = e;
        else
          scalar[r] = e;
      }
    return;
  }
  // Whatever else writes a register ends what was known of it.
  for (unsigned k = 0; k < i.defCount; ++k)
    for (unsigned r = i.defs[k].first; r < i.defs[k].first + i.defs[k].count;
         ++r) {
      e.writer = r == kM0 && i.op->cls == Class::Salu ? Scalar : None;
      if (r < 128)
        scalar[r] = e;
      else
        vector[r - kVgpr].writer = None;
    }
  if (isSetReg(i)) {
    e.writer = Scalar;
    hardware[i.offset & 63] = e;
  }
  // Stores of more than 64 bits read their data late, unless a scalar offset
  // delays the address.
  bool late = i.format == Format::FLAT || i.src[3] >= 128;
  if (isMemory(i) && i.op->cls == Class::GlobalStore && late)
    for (unsigned k = 0; k < i.useCount; ++k)
      if (i.uses[k].first == i.src[1] && i.uses[k].count > 2)
        for (unsigned r = 0; r < i.uses[k].count; ++r) {
          e.writer = WideStore;
          stored[i.uses[k].first - kVgpr + r] = e;
        }
}

std::string Hazards::step(const Inst &i) {
  if (!i.op) {
    ++now;
    return {};
  }
  std::string problem = find(i);
  record(i);
  return problem;
}

} // namespace dsv4emu
