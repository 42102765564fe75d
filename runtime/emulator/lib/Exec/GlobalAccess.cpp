//===- GlobalAccess.cpp - Checks and counters of global accesses ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

SIMD_BEGIN

typedef uint8_t Shadow16 __attribute__((ext_vector_type(16)));

/// Calls visit(address, lanes) on stretches that cover the active lanes.
template <class F>
static inline __attribute__((always_inline)) void
forStretches(const Lanes &lanes, F visit) {
  if (lanes.contiguous)
    visit(lanes.address[0], 64u);
  else if (lanes.mask == ~uint64_t{0})
    for (unsigned l = 0; l < 64; ++l)
      visit(lanes.address[l], 1u);
  else
    forLanes(lanes.mask, [&](unsigned l) { visit(lanes.address[l], 1u); });
}

/// The bits that the shadow bytes of all lanes have in common.
template <unsigned Bytes>
static uint8_t commonShadow(const Memory &memory, const Lanes &lanes) {
  if constexpr (Bytes == 16) {
    Shadow16 common = Shadow16(uint8_t{0xff});
    forStretches(lanes, [&](uint64_t address, unsigned count) {
      const uint8_t *shadow = memory.shadow(address);
      for (unsigned k = 0; k < count; ++k) {
        Shadow16 part;
        std::memcpy(&part, shadow + 16 * k, 16);
        common &= part;
      }
    });
    return __builtin_reduce_and(common);
  } else {
    using Part = std::conditional_t<
        Bytes == 8, uint64_t,
        std::conditional_t<Bytes % 4 == 0, uint32_t,
                           std::conditional_t<Bytes == 2, uint16_t, uint8_t>>>;
    uint64_t common = ~uint64_t{0};
    forStretches(lanes, [&](uint64_t address, unsigned count) {
      const uint8_t *shadow = memory.shadow(address);
      Part all = static_cast<Part>(~Part{0});
      for (unsigned k = 0; k < count * Bytes / sizeof(Part); ++k) {
        Part part;
        std::memcpy(&part, shadow + sizeof(Part) * k, sizeof(Part));
        all &= part;
      }
      common &= all;
    });
    if (Bytes > 4)
      common &= common >> 32;
    if (Bytes > 2)
      common &= common >> 16;
    if (Bytes > 1)
      common &= common >> 8;
    return static_cast<uint8_t>(common);
  }
}

template <unsigned Bytes>
static void markWritten(const Memory &memory, const Lanes &lanes) {
  forStretches(lanes, [&](uint64_t address, unsigned count) {
    std::memset(memory.shadow(address), Memory::Written, count * Bytes);
  });
}

/// Shadow state of a global access. Returns the lanes that may go on.
static uint64_t checkShadow(Wave &w, Lanes &lanes, unsigned bytes,
                            Access access, CheckSet checks) {
  Memory &memory = w.group->launch->memory;
  uint64_t mask = lanes.mask;
  forLanes(lanes.mask, [&](unsigned l) {
    uint64_t address = lanes.address[l];
    uint8_t *shadow = memory.shadow(address);
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

/// Bounds, lifetime and initialisation. In the common case all lanes' bytes are
/// written already, or allocated and about to be.
template <unsigned Bytes>
static void checkMemory(Wave &w, Lanes &lanes, Access access, CheckSet checks) {
  Memory &memory = w.group->launch->memory;
  uint8_t common = commonShadow<Bytes>(memory, lanes);
  if (common == Memory::Written)
    return;
  if (access == Access::Store && (common & Memory::Fresh))
    return markWritten<Bytes>(memory, lanes);
  uint64_t mask = checkShadow(w, lanes, Bytes, access, checks);
  if (mask == lanes.mask)
    return;
  lanes.mask = mask;
  lanes.contiguous = false;
  if (mask)
    fillInactive(lanes);
}

/// Whether any cell shows a recent access of another workgroup that this access
/// is not ordered behind by itself.
static inline __attribute__((always_inline)) uint64_t
foreignAccesses(const uint64_t *cells, unsigned count, uint64_t firstOfLaunch,
                uint64_t self, uint64_t ordered) {
  uint64_t foreign = 0;
  for (unsigned k = 0; k < count; ++k)
    foreign |=
        (cells[k] >= firstOfLaunch &&
         (cells[k] & Coherence::kGroupMask) != self && !(cells[k] & ordered))
            ? 1
            : 0;
  return foreign;
}

/// Calls visit(address, dwords, bytes) on stretches that cover the lanes'
/// dwords, from a dword's address on. `bytes` are those of each dword, as a
/// mask.
template <unsigned Bytes, class F>
static inline __attribute__((always_inline)) void forDwords(const Lanes &lanes,
                                                            F visit) {
  if constexpr (Bytes >= 4)
    forStretches(lanes, [&](uint64_t address, unsigned count) {
      visit(address, count * (Bytes / 4), 15u);
    });
  else if (lanes.contiguous && lanes.address[0] % 4 == 0)
    visit(lanes.address[0], 16 * Bytes, 15u);
  else
    forLanes(lanes.mask, [&](unsigned l) {
      unsigned first = lanes.address[l] % 4;
      visit(lanes.address[l] - first, 1u, ((1u << Bytes) - 1) << first);
    });
}

/// Makes `access`, packed without its bytes, the last one to each dword; those
/// to other bytes of the same workgroup stay.
template <unsigned Bytes>
static inline __attribute__((always_inline)) void
recordAccess(uint64_t *cells, unsigned dwords, unsigned bytes, uint64_t access,
             uint64_t firstOfLaunch) {
  access |= uint64_t{bytes} << Coherence::kByteShift;
  for (unsigned k = 0; k < dwords; ++k) {
    uint64_t cell = access;
    if (Bytes < 4 && bytes != 15 && cells[k] >= firstOfLaunch &&
        ((cells[k] ^ cell) & Coherence::kGroupMask) == 0) {
      uint64_t kept = cells[k] & Coherence::kByteMask;
      if (kept & ~cell) // Not all of it is written through unless both are.
        cell &= cells[k] | ~Coherence::kAgentScope;
      cell |= kept;
    }
    cells[k] = cell;
  }
}

/// Records an aligned access and returns true, unless the history holds
/// anything that must be looked at.
template <unsigned Bytes>
static bool recordOrdered(Coherence &coherence, const Lanes &lanes,
                          Access access, const Coherence::Actor &actor,
                          uint64_t when) {
  const uint64_t firstOfLaunch = coherence.firstOfLaunch();
  const uint64_t cell = Coherence::pack(when, actor.group, 0, actor.agentScope);
  const uint64_t self = cell & Coherence::kGroupMask;
  // Agent-scope accesses are ordered behind agent-scope writes, of which a
  // smaller one may leave bytes.
  const uint64_t ordered =
      actor.agentScope && (Bytes >= 4 || access == Access::Load)
          ? Coherence::kAgentScope
          : 0;
  uint64_t newest = 0;
  forDwords<Bytes>(lanes, [&](uint64_t address, unsigned dwords, unsigned) {
    newest = std::max({newest, *coherence.newestWriteAt(address),
                       *coherence.newestWriteAt(address + 4 * dwords - 1)});
  });
  uint64_t foreign = 0;
  if (newest >= firstOfLaunch)
    forDwords<Bytes>(lanes, [&](uint64_t address, unsigned dwords, unsigned) {
      foreign |= foreignAccesses(coherence.writesAt(address), dwords,
                                 firstOfLaunch, self, ordered);
    });
  if (access != Access::Load && !actor.agentScope)
    forDwords<Bytes>(lanes, [&](uint64_t address, unsigned dwords, unsigned) {
      foreign |= foreignAccesses(coherence.readsAt(address), dwords,
                                 firstOfLaunch, self, 0);
    });
  if (foreign)
    return false;
  if (access != Access::Load)
    forDwords<Bytes>(
        lanes, [&](uint64_t address, unsigned dwords, unsigned bytes) {
          recordAccess<Bytes>(coherence.writesAt(address), dwords, bytes, cell,
                              firstOfLaunch);
          *coherence.newestWriteAt(address) = cell;
          *coherence.newestWriteAt(address + 4 * dwords - 1) = cell;
        });
  else if (!actor.agentScope)
    forDwords<Bytes>(lanes,
                     [&](uint64_t address, unsigned dwords, unsigned bytes) {
                       recordAccess<Bytes>(coherence.readsAt(address), dwords,
                                           bytes, cell, firstOfLaunch);
                     });
  return true;
}

template <unsigned Bytes>
static void checkScope(Wave &w, const Inst &i, const Lanes &lanes,
                       Access access, bool aligned) {
  Workgroup &group = *w.group;
  Coherence &coherence = *group.launch->coherence;
  Coherence::Actor actor{Coherence::groupNumber(group.linear), group.acquired,
                         access == Access::Atomic || i.sc1};
  uint64_t when = actor.agentScope && access != Access::Load ? coherence.tick()
                                                             : coherence.now();
  if (aligned && recordOrdered<Bytes>(coherence, lanes, access, actor, when))
    return;
  bool reported = false;
  forLanes(lanes.mask, [&](unsigned l) {
    std::string problem =
        coherence.access(lanes.address[l], Bytes, access, actor, when);
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
  bool ascending = true;
  auto add = [&](uint64_t line) {
    if (count && lines[count - 1] == line)
      return;
    ascending &= count == 0 || lines[count - 1] < line;
    lines[count++] = line;
  };
  forLanes(lanes.mask, [&](unsigned l) {
    add(lanes.address[l] / kLineBytes);
    add((lanes.address[l] + bytes - 1) / kLineBytes);
  });
  if (!ascending) {
    std::sort(lines, lines + count);
    count = static_cast<unsigned>(std::unique(lines, lines + count) - lines);
  }
  uint64_t total =
      static_cast<uint64_t>(__builtin_popcountll(lanes.mask)) * bytes;
  counters.globalBytes += total;
  counters.globalLines += count;
  counters.idealLines +=
      std::min<uint64_t>(count, (total + kLineBytes - 1) / kLineBytes);
  if (CacheModel *caches = w.group->launch->caches)
    caches->access(w.group->xcd, absl::MakeConstSpan(lines, count),
                   access != Access::Load, counters);
}

/// Ends the wave if a lane leaves device memory.
static bool isMapped(Wave &w, Lanes &lanes, unsigned bytes, Access access) {
  LaunchState &launch = *w.group->launch;
  Memory &memory = launch.memory;
  if (allWithin(lanes, memory.begin(), memory.reserved() - bytes))
    return true;
  unsigned l = 0;
  while (!(lanes.mask >> l & 1) || memory.contains(lanes.address[l], bytes))
    ++l;
  w.report(launch.checks().has(Check::OutOfBounds) ? Check::OutOfBounds
                                                   : Check::Fault,
           static_cast<int>(l),
           absl::StrCat(access == Access::Load ? "loads " : "stores ", bytes,
                        " bytes at 0x", absl::Hex(lanes.address[l]),
                        ", which is no device memory"));
  lanes.mask = 0;
  w.state = Wave::Ended;
  w.stop = true;
  return false;
}

template <unsigned Bytes>
void validateGlobal(Wave &w, const Inst &i, Lanes &lanes, Access access) {
  if (!lanes.mask)
    return;
  LaunchState &launch = *w.group->launch;
  CheckSet checks = launch.checks();
  fillInactive(lanes);
  if (!isMapped(w, lanes, Bytes, access))
    return;
  const bool any = checks.any();
  lanes.contiguous = (any || Bytes == 4) && isContiguous(lanes, Bytes);
  const uint64_t low = any || access == Access::Atomic ? addressBits(lanes) : 0;
  if (any) {
    if (checks.has(Check::Misaligned) &&
        (low & (neededAlignment(Bytes, access) - 1)))
      reportMisaligned(w, lanes, Bytes, access);
    if (checks.has(Check::OutOfBounds) || checks.has(Check::Uninitialised))
      checkMemory<Bytes>(w, lanes, access, checks);
    if (launch.coherence && lanes.mask)
      checkScope<Bytes>(w, i, lanes, access,
                        (low & (std::min(Bytes, 4u) - 1)) == 0);
  }
  if (access == Access::Atomic && (low & (Bytes - 1))) {
    // The host's atomics need aligned operands; hardware would fault.
    if (!any)
      w.fault("atomic on an unaligned address");
    forLanes(lanes.mask, [&](unsigned l) {
      if (lanes.address[l] & (Bytes - 1))
        lanes.mask &= ~(uint64_t{1} << l);
    });
  }
  if (w.group->counters)
    countLines(w, lanes, Bytes, access);
}

#define INSTANTIATE(BYTES)                                                     \
  template void validateGlobal<BYTES>(Wave &, const Inst &, Lanes &, Access);
DSV4EMU_ACCESS_SIZES(INSTANTIATE)

SIMD_END
