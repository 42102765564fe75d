//===- RegisterChecks.cpp - Poison and wait counts of registers -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RegisterChecks.h"
#include <cstring>
#include "absl/strings/str_cat.h"

namespace dsv4emu {

/// Updates the register's attention bit and returns it.
static bool updateAttention(Wave &w, unsigned r) {
  WaveShadow &s = *w.shadow;
  bool open;
  if (r < 128)
    open = !s.sgprInit[r] || s.sgprLgkm[r] > w.lgDone;
  else
    open = s.vgprInit[r - kVgpr] != ~uint64_t{0} ||
           s.vgprVm[r - kVgpr] > w.vmDone || s.vgprLgkm[r - kVgpr] > w.lgDone;
  unsigned bit = attentionBit(r);
  uint64_t &word = s.attention[bit / 64];
  word = (word & ~(uint64_t{1} << bit % 64)) | uint64_t{open} << bit % 64;
  return open;
}

bool stillNeedsAttention(Wave &w, const Inst &i) {
  bool open = false;
  const RegisterMask *mask = w.masks + i.firstMask;
  for (unsigned k = 0; k < i.maskCount; ++k)
    for (uint64_t hits = w.shadow->attention[mask[k].word] & mask[k].bits; hits;
         hits &= hits - 1) {
      unsigned bit =
          64 * mask[k].word + static_cast<unsigned>(__builtin_ctzll(hits));
      open |= updateAttention(w, bit < 128 ? bit : bit + 128);
    }
  return open;
}

std::string registerName(unsigned code) {
  if (code >= kAgpr)
    return absl::StrCat("a", code - kAgpr);
  if (code >= kVgpr)
    return absl::StrCat("v", code - kVgpr);
  switch (code) {
  case kVcc:
  case kVcc + 1:
    return "vcc";
  case kM0:
    return "m0";
  case kExec:
  case kExec + 1:
    return "exec";
  default:
    return absl::StrCat("s", code);
  }
}

static bool isVectorMemory(const Inst &i) {
  return i.format == Format::FLAT || i.format == Format::MUBUF ||
         i.format == Format::MTBUF;
}

/// What an access to register `r` collides with, or null.
static const char *pendingOn(const Wave &w, unsigned r, const Inst &i,
                             bool write) {
  const WaveShadow &s = *w.shadow;
  if (r < 128)
    return s.sgprLgkm[r] > w.lgDone ? "lgkmcnt" : nullptr;
  // Loads of one kind return in order, so a later one may overwrite.
  if (s.vgprVm[r - kVgpr] > w.vmDone && !(write && isVectorMemory(i)))
    return "vmcnt";
  if (s.vgprLgkm[r - kVgpr] > w.lgDone && !(write && i.format == Format::DS))
    return "lgkmcnt";
  return nullptr;
}

static void checkWaits(Wave &w, const Inst &i) {
  for (unsigned k = 0; k < i.useCount; ++k)
    for (unsigned r = i.uses[k].first; r < i.uses[k].first + i.uses[k].count;
         ++r)
      if (const char *counter = pendingOn(w, r, i, false))
        return w.report(Check::WaitCount, -1,
                        absl::StrCat("reads ", registerName(r),
                                     " while its load is outstanding: no "
                                     "s_waitcnt ",
                                     counter, " covers it"));
  for (unsigned k = 0; k < i.defCount; ++k)
    for (unsigned r = i.defs[k].first; r < i.defs[k].first + i.defs[k].count;
         ++r)
      if (const char *counter = pendingOn(w, r, i, true))
        return w.report(Check::WaitCount, -1,
                        absl::StrCat("overwrites ", registerName(r),
                                     " while its load is outstanding: no "
                                     "s_waitcnt ",
                                     counter, " covers it"));
}

uint64_t definedLanes(const Wave &w, const RegRange &range) {
  uint64_t lanes = ~uint64_t{0};
  for (unsigned r = range.first; r < range.first + range.count; ++r) {
    if (r < 128)
      lanes &= w.shadow->sgprInit[r] ? ~uint64_t{0} : 0;
    else
      lanes &= w.shadow->vgprInit[r - kVgpr];
  }
  return lanes;
}

/// First use operand k that decides something and has undefined lanes.
static bool isSink(const Inst &i, unsigned k) {
  switch (i.format) {
  case Format::VOPC:
  case Format::SOPC:
    return true;
  case Format::VOP3:
    return i.op->dst == Kind::Mask;
  case Format::SMEM:
    return true;
  case Format::FLAT:
    // Scratch moves values; only its addresses matter.
    return i.segment != 1 || i.uses[k].first != i.src[1];
  case Format::MUBUF:
  case Format::MTBUF:
    return true;
  case Format::DS:
    return i.uses[k].first == i.src[0] || i.op->dst != Kind::None;
  case Format::SOP1:
  case Format::SOP2:
    return i.dst == kExec || i.op->cls == Class::Branch;
  default:
    return false;
  }
}

static void checkDefined(Wave &w, const Inst &i) {
  uint64_t exec = w.exec();
  for (unsigned k = 0; k < i.useCount; ++k) {
    if (!isSink(i, k))
      continue;
    // Permutations read whatever lanes they like.
    uint64_t missing = exec & ~definedLanes(w, i.uses[k]);
    if (i.uses[k].first < 128 && i.format <= Format::SMEM)
      missing = ~definedLanes(w, i.uses[k]);
    if (!missing)
      continue;
    w.report(Check::Uninitialised, static_cast<int>(__builtin_ctzll(missing)),
             absl::StrCat(
                 "uses ", registerName(i.uses[k].first),
                 i.uses[k].count > 1
                     ? absl::StrCat("..", registerName(i.uses[k].first +
                                                       i.uses[k].count - 1u))
                     : "",
                 ", which was never written"));
    return;
  }
}

void checkBefore(Wave &w, const Inst &i, CheckSet checks) {
  bool vector = i.format >= Format::VOP1;
  if (vector && w.exec() == 0 && i.op && i.op->cls != Class::Mfma)
    return;
  if (checks.has(Check::WaitCount))
    checkWaits(w, i);
  if (checks.has(Check::Uninitialised))
    checkDefined(w, i);
}

/// Moves of a pair: each half is defined or not for itself.
static bool movesPair(const Inst &i) {
  return i.useCount == 1 && i.defCount == 1 && i.uses[0].count == 2 &&
         i.defs[0].count == 2 && i.op &&
         (std::strncmp(i.op->mnemonic, "v_mov_b64", 9) == 0 ||
          std::strncmp(i.op->mnemonic, "s_mov_b64", 9) == 0);
}

static void movePair(Wave &w, const Inst &i) {
  WaveShadow &s = *w.shadow;
  uint64_t exec = w.exec(), lanes[2];
  for (unsigned k = 0; k < 2; ++k)
    lanes[k] = definedLanes(
        w, {static_cast<uint16_t>(i.uses[0].first + k), uint8_t{1}});
  for (unsigned k = 0; k < 2; ++k) {
    unsigned r = i.defs[0].first + k;
    if (r < 128) {
      s.sgprInit[r] = lanes[k] != 0;
    } else {
      uint64_t &init = s.vgprInit[r - kVgpr];
      init = (init & ~exec) | (lanes[k] & exec);
    }
    updateAttention(w, r);
  }
}

void checkAfter(Wave &w, const Inst &i) {
  if (movesPair(i))
    return movePair(w, i);
  WaveShadow &s = *w.shadow;
  uint64_t lanes = ~uint64_t{0};
  bool memory =
      isVectorMemory(i) || i.format == Format::SMEM || i.format == Format::DS;
  // What memory instructions load was checked there.
  bool crossLane = i.form == Inst::Dpp || (i.op && i.op->cls == Class::Mfma) ||
                   (i.op && (i.op->flags & kScalarDst));
  // A register counts as written when one of its halves is: compilers leave the
  // other one undefined where they shift it out later.
  bool keepsHalf = i.op && (i.op->flags & kKeepsHigh) && i.useCount;
  unsigned count = i.useCount - (keepsHalf ? 1 : 0);
  if (!memory)
    for (unsigned k = 0; k < count; ++k) {
      uint64_t defined = definedLanes(w, i.uses[k]);
      lanes &= crossLane && defined ? ~uint64_t{0} : defined;
    }
  uint64_t exec = w.exec();
  bool all = i.op && i.op->cls == Class::Mfma;
  bool oneLane = i.op && (i.op->flags & kOneLane);
  for (unsigned k = 0; k < i.defCount; ++k) {
    const RegRange &d = i.defs[k];
    for (unsigned r = d.first; r < d.first + d.count; ++r) {
      if (r < 128) {
        s.sgprInit[r] = lanes != 0 || i.format == Format::VOPC;
        updateAttention(w, r);
        continue;
      }
      uint64_t &init = s.vgprInit[r - kVgpr];
      if (all) {
        init = lanes;
      } else if (oneLane) {
        // v_writelane: the lane is in the second operand, which this does not
        // need to know: the register is in use for spilled scalars.
        init = ~uint64_t{0};
      } else if (isVectorMemory(i) && i.segment == 1 &&
                 i.format == Format::FLAT) {
        // Scratch loads set their lanes themselves.
      } else {
        init = (init & ~exec) | (lanes & exec);
      }
      updateAttention(w, r);
    }
  }
}

} // namespace dsv4emu
