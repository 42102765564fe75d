//===- MemoryAccess.cpp - Checks and counters of memory accesses ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

namespace dsv4emu {

void issueVm(Wave &w, const Inst &i) {
  ++w.vmIssued;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k)
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->vgprVm[i.defs[k].first - kVgpr + r] = w.vmIssued;
}

void issueLds(Wave &w, const Inst &i) {
  ++w.lgIssued;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k)
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->vgprLgkm[i.defs[k].first - kVgpr + r] = w.lgIssued;
}

void issueFlat(Wave &w, const Inst &i, bool memory, bool lds) {
  // Both counters run, but data comes with the one of where it lies, which is
  // the only one compilers wait for when they know.
  Inst none;
  issueVm(w, memory ? i : none);
  issueLds(w, lds ? i : none);
}

void issueSmem(Wave &w, const Inst &i) {
  ++w.lgIssued;
  ++w.smemOpen;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k)
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->sgprLgkm[i.defs[k].first + r] = w.lgIssued;
}

bool isContiguous(const Lanes &lanes, unsigned bytes) {
  if (lanes.mask != ~uint64_t{0})
    return false;
  bool same = true;
  for (unsigned l = 0; l < 64; ++l)
    same &= lanes.address[l] == lanes.address[0] + uint64_t{bytes} * l;
  return same;
}

template <class F>
static void forLanes(uint64_t mask, F visit) {
  for (; mask; mask &= mask - 1)
    visit(static_cast<unsigned>(__builtin_ctzll(mask)));
}

#define DSV4EMU_CLONES                                                         \
  __attribute__((target_clones("arch=x86-64-v4", "default")))

/// Every active lane's address is in [base, base + room].
DSV4EMU_CLONES static bool allWithin(const Lanes &lanes, uint64_t base,
                                     uint64_t room) {
  uint64_t outside = 0;
  for (unsigned l = 0; l < 64; ++l) {
    uint64_t active = lanes.mask >> l & 1;
    outside |= (lanes.address[l] - base > room) & active;
  }
  return outside == 0;
}

/// Every active lane's address is a multiple of the power of two.
DSV4EMU_CLONES static bool allAligned(const Lanes &lanes, uint64_t need) {
  uint64_t low = 0;
  for (unsigned l = 0; l < 64; ++l)
    low |= lanes.address[l] & (uint64_t{0} - (lanes.mask >> l & 1));
  return (low & (need - 1)) == 0;
}

static void checkAlignment(Wave &w, const Lanes &lanes, unsigned bytes,
                           Access access) {
  // Unaligned access mode splits plain accesses; atomics need their size.
  unsigned need = access == Access::Atomic ? bytes : std::min(bytes, 4u);
  if (allAligned(lanes, need))
    return;
  forLanes(lanes.mask, [&](unsigned l) {
    if (lanes.address[l] & (need - 1))
      w.report(Check::Misaligned, static_cast<int>(l),
               absl::StrCat("address 0x", absl::Hex(lanes.address[l]), " of ",
                            bytes, " bytes is not a multiple of ", need));
  });
}

/// All `bytes` shadow bytes say Written.
static bool isWritten(const uint8_t *shadow, unsigned bytes) {
  constexpr uint32_t four = Memory::Written * 0x01010101u;
  if (bytes < 4) {
    for (unsigned k = 0; k < bytes; ++k)
      if (shadow[k] != Memory::Written)
        return false;
    return true;
  }
  uint32_t difference = 0;
  for (unsigned k = 0; k < bytes; k += 4) {
    uint32_t part;
    std::memcpy(&part, shadow + k, 4);
    difference |= part ^ four;
  }
  return difference == 0;
}

/// Shadow state of a global access. Returns the lanes that may go on.
static uint64_t checkShadow(Wave &w, Lanes &lanes, unsigned bytes,
                            Access access, CheckSet checks) {
  Memory &memory = w.group->launch->memory;
  uint64_t mask = lanes.mask;
  forLanes(lanes.mask, [&](unsigned l) {
    uint64_t address = lanes.address[l];
    uint8_t *shadow = memory.shadow(address);
    if (isWritten(shadow, bytes))
      return;
    bool outside = false;
    for (unsigned k = 0; k < bytes; ++k)
      outside |= shadow[k] <= Memory::Freed;
    if (outside) {
      if (checks.has(Check::OutOfBounds)) {
        w.report(Check::OutOfBounds, static_cast<int>(l),
                 absl::StrCat(access == Access::Load ? "loads " : "stores ",
                              bytes, " bytes at 0x", absl::Hex(address), ": ",
                              memory.describe(address)));
        mask &= ~(uint64_t{1} << l);
      }
      return;
    }
    if (access != Access::Store && checks.has(Check::Uninitialised))
      // A dword counts as written if any byte of it was.
      for (unsigned first = 0; first < bytes; first += 4) {
        bool fresh = true;
        for (unsigned k = first; k < std::min(bytes, first + 4); ++k)
          fresh &= shadow[k] == Memory::Fresh;
        if (fresh) {
          w.report(Check::Uninitialised, static_cast<int>(l),
                   absl::StrCat("loads 0x", absl::Hex(address + first),
                                ", which was never written: ",
                                memory.describe(address + first)));
          break;
        }
      }
    if (access != Access::Load)
      std::memset(shadow, Memory::Written, bytes);
  });
  return mask;
}

static void checkScope(Wave &w, const Inst &i, const Lanes &lanes,
                       unsigned bytes, Access access) {
  Workgroup &group = *w.group;
  Coherence &coherence = *group.launch->coherence;
  Coherence::Actor actor{group.linear, group.xcd, group.acquired,
                         access == Access::Atomic || i.sc1};
  uint64_t when = coherence.tick();
  bool reported = false;
  forLanes(lanes.mask, [&](unsigned l) {
    std::string problem =
        coherence.access(lanes.address[l], bytes, access, actor, when);
    if (problem.empty() || reported)
      return;
    reported = true;
    w.report(Check::GlobalRace, static_cast<int>(l),
             absl::StrCat(problem, "; ",
                          group.launch->memory.describe(lanes.address[l])));
  });
}

static void countLines(Wave &w, const Lanes &lanes, unsigned bytes,
                       Access access) {
  MemoryCounters &counters = *w.group->counters;
  uint64_t lines[128];
  unsigned count = 0;
  forLanes(lanes.mask, [&](unsigned l) {
    lines[count++] = lanes.address[l] / kLineBytes;
    uint64_t last = (lanes.address[l] + bytes - 1) / kLineBytes;
    if (last != lines[count - 1])
      lines[count++] = last;
  });
  std::sort(lines, lines + count);
  count = static_cast<unsigned>(std::unique(lines, lines + count) - lines);
  uint64_t total =
      static_cast<uint64_t>(__builtin_popcountll(lanes.mask)) * bytes;
  counters.globalBytes += total;
  counters.globalLines += count;
  counters.idealLines +=
      std::min<uint64_t>(count, (total + kLineBytes - 1) / kLineBytes);
  if (CacheModel *caches = w.group->launch->caches)
    for (unsigned k = 0; k < count; ++k)
      caches->access(w.group->xcd, lines[k], access != Access::Load, counters);
}

void validateGlobal(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
                    Access access) {
  LaunchState &launch = *w.group->launch;
  uint64_t unmapped = 0;
  Memory &memory = launch.memory;
  if (!allWithin(lanes, memory.begin(), memory.reserved() - bytes))
    forLanes(lanes.mask, [&](unsigned l) {
      if (!memory.contains(lanes.address[l], bytes))
        unmapped |= uint64_t{1} << l;
    });
  if (unmapped) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(unmapped));
    std::string what = absl::StrCat(
        access == Access::Load ? "loads " : "stores ", bytes, " bytes at 0x",
        absl::Hex(lanes.address[l]), ", which is no device memory");
    w.report(launch.checks().has(Check::OutOfBounds) ? Check::OutOfBounds
                                                     : Check::Fault,
             static_cast<int>(l), what);
    lanes.mask = 0;
    w.state = Wave::Ended;
    w.stop = true;
    return;
  }
  CheckSet checks = launch.checks();
  if (checks.any()) {
    if (checks.has(Check::Misaligned))
      checkAlignment(w, lanes, bytes, access);
    if (checks.has(Check::OutOfBounds) || checks.has(Check::Uninitialised))
      lanes.mask = checkShadow(w, lanes, bytes, access, checks);
    if (launch.coherence)
      checkScope(w, i, lanes, bytes, access);
  } else if (access == Access::Atomic) {
    // The host's atomics need aligned operands; hardware would fault.
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] & (bytes - 1))
        unmapped |= uint64_t{1} << l;
    });
    if (unmapped)
      w.fault("atomic on an unaligned address");
  }
  if (access == Access::Atomic)
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] & (bytes - 1))
        lanes.mask &= ~(uint64_t{1} << l);
    });
  if (w.group->counters)
    countLines(w, lanes, bytes, access);
}

void countLdsBanks(Wave &w, const Lanes &lanes, unsigned bytes) {
  // Lanes served in one cycle: 32 for a dword, 16 for two, and for four the
  // interleaved groups of eight that gfx942 uses.
  static constexpr uint8_t wide[4][8] = {{0, 1, 2, 3, 20, 21, 22, 23},
                                         {4, 5, 6, 7, 16, 17, 18, 19},
                                         {8, 9, 10, 11, 28, 29, 30, 31},
                                         {12, 13, 14, 15, 24, 25, 26, 27}};
  unsigned words = std::max(1u, bytes / 4);
  unsigned perGroup = words == 1 ? 32 : words == 2 ? 16 : 8;
  MemoryCounters &counters = *w.group->counters;
  ++counters.ldsAccesses;
  for (unsigned g = 0; g < 64 / perGroup; ++g) {
    uint64_t dwords[32];
    unsigned count = 0;
    for (unsigned k = 0; k < perGroup; ++k) {
      unsigned lane =
          perGroup == 8 ? wide[g % 4][k] + 32 * (g / 4) : g * perGroup + k;
      if (lanes.mask >> lane & 1)
        for (unsigned j = 0; j < words; ++j)
          dwords[count++] = lanes.address[lane] / 4 + j;
    }
    // Equal dwords are one access.
    std::sort(dwords, dwords + count);
    count = static_cast<unsigned>(std::unique(dwords, dwords + count) - dwords);
    unsigned perBank[32] = {}, worst = 0;
    for (unsigned k = 0; k < count; ++k)
      worst = std::max(worst, ++perBank[dwords[k] % 32]);
    counters.ldsCycles += worst;
    counters.ldsConflictCycles += worst > 1 ? worst - 1 : 0;
  }
}

static std::string waveName(unsigned wave) {
  return absl::StrCat("wave ", wave);
}

/// Races and wait counts on one LDS dword; returns the problem and its class.
static std::string checkCell(const Wave &w, LdsCell &cell, uint8_t bytes,
                             Access access, Check &check) {
  const Workgroup &group = *w.group;
  uint8_t self = static_cast<uint8_t>(w.index);
  bool writtenNow = cell.writeEpoch == group.epoch && (cell.writeMask & bytes);
  check = Check::LdsRace;
  if (cell.writeEpoch && (cell.writeMask & bytes)) {
    const Wave &writer = *group.waves[cell.writeWave];
    bool both = access == Access::Atomic && cell.atomic;
    if (cell.writeWave == self) {
      if (cell.byDma && cell.writeTag > w.vmDone && access != Access::Store) {
        check = Check::WaitCount;
        return "reads LDS that a direct-to-LDS load of this wave has not "
               "filled yet: no s_waitcnt vmcnt covers it";
      }
    } else if (writtenNow && !cell.mixedWriters && !both) {
      return absl::StrCat(access == Access::Load ? "reads" : "overwrites",
                          " LDS that ", waveName(cell.writeWave),
                          " wrote since the last barrier");
    } else if (!writtenNow && !both) {
      uint32_t done = cell.byDma ? writer.vmAtBarrier : writer.lgAtBarrier;
      if (cell.writeTag > done) {
        check = Check::WaitCount;
        return absl::StrCat("uses LDS that ", waveName(cell.writeWave),
                            " wrote without s_waitcnt ",
                            cell.byDma ? "vmcnt" : "lgkmcnt",
                            " before the barrier");
      }
    }
  }
  if (access != Access::Load && cell.readEpoch == group.epoch &&
      (cell.readMask & bytes) && (cell.mixedReaders || cell.readWave != self))
    return absl::StrCat("overwrites LDS that ",
                        cell.mixedReaders ? "several waves"
                                          : waveName(cell.readWave),
                        " read since the last barrier");
  return {};
}

/// The common case of checkCell: the last write is older than the barrier and
/// was waited for, or it is the wave's own, and nobody else is in the way.
static bool isOrdered(const Wave &w, const LdsCell &cell, uint8_t bytes,
                      Access access) {
  const Workgroup &group = *w.group;
  uint8_t self = static_cast<uint8_t>(w.index);
  if (access != Access::Store && (cell.initMask & bytes) == 0)
    return false;
  if (cell.writeEpoch && (cell.writeWave != self || cell.byDma)) {
    const Wave &writer = *group.waves[cell.writeWave];
    if (cell.writeEpoch == group.epoch || cell.byDma ||
        cell.writeTag > writer.lgAtBarrier)
      return false;
  }
  return access == Access::Load || cell.readEpoch != group.epoch ||
         (cell.readWave == self && !cell.mixedReaders);
}

static void recordCell(const Wave &w, LdsCell &cell, uint8_t bytes,
                       Access access, bool dma) {
  uint32_t epoch = w.group->epoch;
  uint8_t self = static_cast<uint8_t>(w.index);
  if (access == Access::Load) {
    bool again = cell.readEpoch == epoch;
    cell.mixedReaders = again && (cell.mixedReaders || cell.readWave != self);
    cell.readMask = static_cast<uint8_t>(again ? cell.readMask | bytes : bytes);
    cell.readEpoch = epoch;
    cell.readWave = self;
    return;
  }
  bool again = cell.writeEpoch == epoch;
  cell.mixedWriters = again && (cell.mixedWriters || cell.writeWave != self);
  cell.writeMask = static_cast<uint8_t>(again ? cell.writeMask | bytes : bytes);
  cell.writeEpoch = epoch;
  cell.writeWave = self;
  cell.byDma = dma;
  cell.atomic = access == Access::Atomic;
  cell.writeTag = dma ? w.vmIssued : w.lgIssued;
  cell.initMask |= bytes;
}

void validateLds(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
                 Access access, bool dma) {
  Workgroup &group = *w.group;
  CheckSet checks = group.launch->checks();
  uint64_t size = group.lds.size();
  uint64_t mask = lanes.mask;
  if (size < bytes || !allWithin(lanes, 0, size - bytes))
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] + bytes <= size)
        return;
      mask &= ~(uint64_t{1} << l);
      if (checks.has(Check::OutOfBounds))
        w.report(Check::OutOfBounds, static_cast<int>(l),
                 absl::StrCat("accesses ", bytes, " bytes of LDS at ",
                              lanes.address[l], "; the workgroup has ", size));
    });
  lanes.mask = mask;
  if (checks.has(Check::Misaligned))
    checkAlignment(w, lanes, bytes, access);
  if (access == Access::Atomic)
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] & (bytes - 1))
        lanes.mask &= ~(uint64_t{1} << l);
    });
  if (group.counters && !dma)
    countLdsBanks(w, lanes, bytes);
  if (group.cells.empty())
    return;
  bool reported = false, undefined = false;
  uint64_t defined = ~uint64_t{0};
  if (access == Access::Store && !dma && w.shadow)
    for (unsigned k = 1; k < i.useCount; ++k)
      for (unsigned r = 0; r < i.uses[k].count; ++r)
        if (i.uses[k].first >= kVgpr)
          defined &= w.shadow->vgprInit[i.uses[k].first - kVgpr + r];
  forLanes(lanes.mask, [&](unsigned l) {
    for (uint64_t a = lanes.address[l]; a < lanes.address[l] + bytes;) {
      uint64_t end = std::min(lanes.address[l] + bytes, (a | 3) + 1);
      uint8_t part = static_cast<uint8_t>(((1u << (end - a)) - 1) << (a & 3));
      LdsCell &cell = group.cells[a / 4];
      if (!isOrdered(w, cell, part, access)) {
        if (access != Access::Store && !(cell.initMask & part) && !undefined &&
            checks.has(Check::Uninitialised)) {
          undefined = true;
          w.report(
              Check::Uninitialised, static_cast<int>(l),
              absl::StrCat("reads LDS byte ", a, ", which was never written"));
        }
        Check check;
        std::string problem = checkCell(w, cell, part, access, check);
        if (!problem.empty() && !reported && checks.has(check)) {
          reported = true;
          w.report(check, static_cast<int>(l),
                   absl::StrCat(problem, " (LDS byte ", a, ")"));
        }
      }
      recordCell(w, cell, part, access, dma);
      if (!(defined >> l & 1))
        cell.initMask &= static_cast<uint8_t>(~part);
      a = end;
    }
  });
}

void validateScratch(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
                     Access access) {
  CheckSet checks = w.group->launch->checks();
  uint64_t mask = lanes.mask;
  forLanes(lanes.mask, [&](unsigned l) {
    if (lanes.address[l] + bytes <= w.scratchBytes)
      return;
    mask &= ~(uint64_t{1} << l);
    w.report(checks.has(Check::OutOfBounds) ? Check::OutOfBounds : Check::Fault,
             static_cast<int>(l),
             absl::StrCat("accesses ", bytes, " bytes of scratch at ",
                          lanes.address[l], "; a work-item has ",
                          w.scratchBytes));
  });
  lanes.mask = mask;
  if (checks.has(Check::Misaligned))
    checkAlignment(w, lanes, bytes, access);
  if (!w.shadow || w.scratchInit.empty())
    return;
  // Undefined values move through scratch without a report.
  forLanes(lanes.mask, [&](unsigned l) {
    uint8_t *init =
        w.scratchInit.data() + uint64_t{w.scratchBytes} * l + lanes.address[l];
    for (unsigned first = 0; first < bytes; first += 4) {
      unsigned count = std::min(4u, bytes - first);
      if (access == Access::Load) {
        if (i.defCount == 0) // On the way to LDS.
          continue;
        uint64_t &lane = w.shadow->vgprInit[i.dst - kVgpr + first / 4];
        bool known = false;
        for (unsigned k = 0; k < count; ++k)
          known |= init[first + k];
        lane = (lane & ~(uint64_t{1} << l)) | uint64_t{known} << l;
      } else {
        bool known = w.shadow->vgprInit[i.src[1] - kVgpr + first / 4] >> l & 1;
        std::memset(init + first, known, count);
      }
    }
  });
}

} // namespace dsv4emu
