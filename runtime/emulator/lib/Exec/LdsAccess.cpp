//===- LdsAccess.cpp - Checks and counters of LDS accesses ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

SIMD_BEGIN

using History = LdsHistory;

/// Counts bank conflicts of one LDS instruction.
static void countLdsBanks(Wave &w, const Lanes &lanes, unsigned bytes) {
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
static std::string checkCell(const Wave &w, size_t dword, uint64_t bytes,
                             Access access, Check &check) {
  const Workgroup &group = *w.group;
  uint64_t write = group.history.writes[dword],
           read = group.history.reads[dword];
  uint32_t tag = group.history.tags[dword];
  bool byDma = write & History::kByDma;
  check = Check::LdsRace;
  if (History::epochOf(write) && (write & bytes << 4)) {
    bool writtenNow = History::epochOf(write) == group.epoch;
    const Wave &writer = *group.waves[History::waveOf(write)];
    bool both = access == Access::Atomic && (write & History::kAtomic);
    if (writer.index == w.index) {
      if (byDma && tag > w.vmDone && access != Access::Store) {
        check = Check::WaitCount;
        return "reads LDS that a direct-to-LDS load of this wave has not "
               "filled yet: no s_waitcnt vmcnt covers it";
      }
    } else if (writtenNow && !(write & History::kMixed) && !both) {
      return absl::StrCat(access == Access::Load ? "reads" : "overwrites",
                          " LDS that ", waveName(writer.index),
                          " wrote since the last barrier");
    } else if (!writtenNow && !both) {
      uint32_t done = byDma ? writer.vmAtBarrier : writer.lgAtBarrier;
      if (tag > done) {
        check = Check::WaitCount;
        return absl::StrCat("uses LDS that ", waveName(writer.index),
                            " wrote without s_waitcnt ",
                            byDma ? "vmcnt" : "lgkmcnt", " before the barrier");
      }
    }
  }
  bool mixedReaders = read & History::kMixed;
  if (access != Access::Load && History::epochOf(read) == group.epoch &&
      (read & bytes << 4) && (mixedReaders || History::waveOf(read) != w.index))
    return absl::StrCat("overwrites LDS that ",
                        mixedReaders ? "several waves"
                                     : waveName(History::waveOf(read)),
                        " read since the last barrier");
  return {};
}

/// What tells a wave's own last write, which is ordered; data that arrives by
/// DMA must have been waited for, but may be overwritten.
template <Access A>
constexpr uint64_t kWhose = History::kWaveMask | History::kMixed |
                            (A == Access::Store ? 0 : History::kByDma);

/// One wave's view of the history during one instruction.
struct Viewer {
  Viewer(const Wave &w, Access access, bool dma)
      : history(w.group->history), access(access),
        orderedBefore(uint64_t{w.group->orderedBefore} << History::kEpochShift),
        thisEpoch(uint64_t{w.group->epoch} << History::kEpochShift),
        self(uint64_t{w.index} << History::kWaveShift),
        tag(dma ? w.vmIssued : w.lgIssued) {
    newWrite = thisEpoch | self | (dma ? History::kByDma : 0) |
               (access == Access::Atomic ? History::kAtomic : 0);
  }

  /// The common case: the last write is older than a barrier that it was
  /// waited for, or it is the wave's own, and nobody else is in the way.
  template <Access A>
  inline __attribute__((always_inline)) bool isOrdered(size_t dword,
                                                       uint64_t bytes) const {
    uint64_t write = history.writes[dword];
    bool ordered = (write < orderedBefore) | ((write & kWhose<A>) == self);
    if (A != Access::Store)
      ordered &= (write & bytes) != 0;
    if (A != Access::Load) {
      uint64_t read = history.reads[dword];
      ordered &= ((read ^ thisEpoch) >> History::kEpochShift != 0) |
                 ((read & (History::kWaveMask | History::kMixed)) == self);
    }
    return ordered;
  }
  bool isOrdered(size_t dword, uint64_t bytes) const {
    return access == Access::Load    ? isOrdered<Access::Load>(dword, bytes)
           : access == Access::Store ? isOrdered<Access::Store>(dword, bytes)
                                     : isOrdered<Access::Atomic>(dword, bytes);
  }

  inline __attribute__((always_inline)) void recordRead(size_t dword,
                                                        uint64_t bytes) {
    uint64_t old = history.reads[dword];
    bool again = (old ^ thisEpoch) >> History::kEpochShift == 0;
    uint64_t kept = again ? old & History::kByteMask : 0;
    bool others =
        again & ((old & (History::kWaveMask | History::kMixed)) != self);
    history.reads[dword] =
        thisEpoch | self | kept | bytes << 4 | (others ? History::kMixed : 0);
  }

  /// Bytes of lanes with undefined data count as not written.
  inline __attribute__((always_inline)) void
  recordWrite(size_t dword, uint64_t bytes, bool defined) {
    uint64_t old = history.writes[dword];
    bool again = (old ^ thisEpoch) >> History::kEpochShift == 0;
    uint64_t kept = again ? old & History::kByteMask : 0;
    bool others = again & (((old & History::kMixed) != 0) |
                           ((old & History::kWaveMask) != self));
    uint64_t init = old & History::kInitMask;
    init = defined ? init | bytes : init & ~bytes;
    history.writes[dword] =
        newWrite | kept | bytes << 4 | init | (others ? History::kMixed : 0);
    history.tags[dword] = tag;
  }

  LdsHistory &history;
  Access access;
  uint64_t orderedBefore, thisEpoch, self, newWrite;
  uint32_t tag;
};

/// Cells that one access touches together.
template <unsigned N>
using Cells __attribute__((ext_vector_type(N))) = uint64_t;

/// Viewer::isOrdered of whole dwords; sets lanes of `unordered`.
template <Access A, unsigned N>
static inline __attribute__((always_inline)) void
lookAt(const Viewer &viewer, size_t dword, Cells<N> &unordered) {
  Cells<N> write, read;
  std::memcpy(&write, &viewer.history.writes[dword], sizeof(write));
  unordered |= Cells<N>((write >= viewer.orderedBefore) &
                        ((write & kWhose<A>) != viewer.self));
  if constexpr (A != Access::Store)
    unordered |= Cells<N>((write & History::kInitMask) == 0);
  if constexpr (A != Access::Load) {
    std::memcpy(&read, &viewer.history.reads[dword], sizeof(read));
    unordered |= Cells<N>(
        ((read ^ viewer.thisEpoch) >> History::kEpochShift == 0) &
        ((read & (History::kWaveMask | History::kMixed)) != viewer.self));
  }
}

/// Viewer::recordRead and recordWrite of whole dwords. Nothing stays of an old
/// write, and its writer, being ordered, is the epoch's only one.
template <Access A, unsigned N>
static inline __attribute__((always_inline)) void
record(Viewer &viewer, size_t dword, uint64_t init) {
  Cells<N> cells;
  if constexpr (A == Access::Load) {
    std::memcpy(&cells, &viewer.history.reads[dword], sizeof(cells));
    Cells<N> others = Cells<N>(
        ((cells ^ viewer.thisEpoch) >> History::kEpochShift == 0) &
        ((cells & (History::kWaveMask | History::kMixed)) != viewer.self));
    cells = (others & History::kMixed) |
            (viewer.thisEpoch | viewer.self | History::kByteMask);
    std::memcpy(&viewer.history.reads[dword], &cells, sizeof(cells));
  } else {
    cells = Cells<N>(viewer.newWrite | History::kByteMask | init);
    std::memcpy(&viewer.history.writes[dword], &cells, sizeof(cells));
    for (unsigned k = 0; k < N; ++k)
      viewer.history.tags[dword + k] = viewer.tag;
  }
}

/// Calls visit(dword, lane) for stretches of N dwords that cover the active
/// lanes.
template <unsigned Words, unsigned N, class F>
static inline __attribute__((always_inline)) void
forStretches(const Lanes &lanes, F visit) {
  auto lane = [&](unsigned l) __attribute__((always_inline)) {
    for (unsigned k = 0; k < Words; k += N)
      visit(lanes.address[l] / 4 + k, l);
  };
  if constexpr (N > Words)
    for (unsigned k = 0; k < 64 * Words; k += N)
      visit(lanes.address[0] / 4 + k, 0u);
  else if (lanes.mask == ~uint64_t{0})
    for (unsigned l = 0; l < 64; ++l)
      lane(l);
  else
    forLanes(lanes.mask, lane);
}

template <Access A, unsigned Words, unsigned N>
static bool recordStretches(Viewer &viewer, const Lanes &lanes,
                            uint64_t defined) {
  Cells<N> unordered = Cells<N>(0);
  forStretches<Words, N>(lanes, [&](size_t dword, unsigned) {
    lookAt<A, N>(viewer, dword, unordered);
  });
  if (__builtin_reduce_or(unordered))
    return false;
  forStretches<Words, N>(lanes, [&](size_t dword, unsigned l) {
    record<A, N>(viewer, dword, defined >> l & 1 ? History::kInitMask : 0);
  });
  return true;
}

/// Records the access and returns true unless something must be looked at.
template <unsigned Bytes, Access A>
static bool recordOrdered(Viewer &viewer, const Lanes &lanes,
                          uint64_t defined) {
  if constexpr (Bytes >= 4) {
    constexpr unsigned words = Bytes / 4;
    if (lanes.contiguous && (defined == ~uint64_t{0} || defined == 0))
      return recordStretches<A, words, 8>(viewer, lanes, defined);
    return recordStretches < A, words,
           words == 3 ? 1 : words > (viewer, lanes, defined);
  } else {
    uint64_t mask = lanes.mask;
    auto bytes = [&](unsigned l) {
      return ((uint64_t{1} << Bytes) - 1) << (lanes.address[l] & 3);
    };
    bool ordered = true;
    forLanes(mask, [&](unsigned l) {
      ordered &= viewer.isOrdered<A>(lanes.address[l] / 4, bytes(l));
    });
    if (ordered)
      forLanes(mask, [&](unsigned l) {
        if (A == Access::Load)
          viewer.recordRead(lanes.address[l] / 4, bytes(l));
        else
          viewer.recordWrite(lanes.address[l] / 4, bytes(l), defined >> l & 1);
      });
    return ordered;
  }
}

template <unsigned Bytes>
static bool recordOrdered(Viewer &viewer, const Lanes &lanes,
                          uint64_t defined) {
  switch (viewer.access) {
  case Access::Load:
    return recordOrdered<Bytes, Access::Load>(viewer, lanes, defined);
  case Access::Store:
    return recordOrdered<Bytes, Access::Store>(viewer, lanes, defined);
  case Access::Atomic:
    return recordOrdered<Bytes, Access::Atomic>(viewer, lanes, defined);
  }
  return false;
}

/// Looks at every dword and reports.
static void recordAll(Wave &w, Viewer &viewer, const Lanes &lanes,
                      unsigned bytes, uint64_t defined, CheckSet checks) {
  Access access = viewer.access;
  bool reported = false, undefined = false;
  forLanes(lanes.mask, [&](unsigned l) {
    for (uint64_t a = lanes.address[l]; a < lanes.address[l] + bytes;) {
      uint64_t end = std::min(lanes.address[l] + bytes, (a | 3) + 1);
      uint64_t part = ((uint64_t{1} << (end - a)) - 1) << (a & 3);
      if (!viewer.isOrdered(a / 4, part)) {
        if (access != Access::Store && !(viewer.history.writes[a / 4] & part) &&
            !undefined && checks.has(Check::Uninitialised)) {
          undefined = true;
          w.report(
              Check::Uninitialised, static_cast<int>(l),
              absl::StrCat("reads LDS byte ", a, ", which was never written"));
        }
        Check check;
        std::string problem = checkCell(w, a / 4, part, access, check);
        if (!problem.empty() && !reported && checks.has(check)) {
          reported = true;
          w.report(check, static_cast<int>(l),
                   absl::StrCat(problem, " (LDS byte ", a, ")"));
        }
      }
      if (access == Access::Load)
        viewer.recordRead(a / 4, part);
      else
        viewer.recordWrite(a / 4, part, defined >> l & 1);
      a = end;
    }
  });
}

template <unsigned Bytes>
void validateLds(Wave &w, const Inst &i, Lanes &lanes, Access access,
                 bool dma) {
  Workgroup &group = *w.group;
  CheckSet checks = group.launch->checks();
  uint64_t size = group.lds.size();
  fillInactive(lanes);
  if (size < Bytes || !allWithin(lanes, 0, size - Bytes)) {
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] + Bytes <= size)
        return;
      lanes.mask &= ~(uint64_t{1} << l);
      if (checks.has(Check::OutOfBounds))
        w.report(Check::OutOfBounds, static_cast<int>(l),
                 absl::StrCat("accesses ", Bytes, " bytes of LDS at ",
                              lanes.address[l], "; the workgroup has ", size));
    });
    fillInactive(lanes);
  }
  const bool any = checks.any();
  lanes.contiguous = (any || Bytes == 4) && isContiguous(lanes, Bytes);
  const uint64_t low = any || access == Access::Atomic ? addressBits(lanes) : 0;
  if (checks.has(Check::Misaligned) &&
      (low & (neededAlignment(Bytes, access) - 1)))
    reportMisaligned(w, lanes, Bytes, access);
  if (access == Access::Atomic && (low & (Bytes - 1)))
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] & (Bytes - 1))
        lanes.mask &= ~(uint64_t{1} << l);
    });
  if (group.counters && !dma)
    countLdsBanks(w, lanes, Bytes);
  if (group.history.empty() || !lanes.mask)
    return;
  uint64_t defined = ~uint64_t{0};
  if (access == Access::Store && !dma && w.shadow)
    for (unsigned k = 1; k < i.useCount; ++k)
      for (unsigned r = 0; r < i.uses[k].count; ++r)
        if (i.uses[k].first >= kVgpr)
          defined &= w.shadow->vgprInit[i.uses[k].first - kVgpr + r];
  Viewer viewer(w, access, dma);
  if (access != Access::Load)
    group.history.noteWrite(w.index, dma, viewer.tag);
  bool aligned = (low & (std::min(Bytes, 4u) - 1)) == 0;
  if (!aligned || !recordOrdered<Bytes>(viewer, lanes, defined))
    recordAll(w, viewer, lanes, Bytes, defined, checks);
}

#define INSTANTIATE(BYTES)                                                     \
  template void validateLds<BYTES>(Wave &, const Inst &, Lanes &, Access, bool);
DSV4EMU_ACCESS_SIZES(INSTANTIATE)

SIMD_END
