//===- Coherence.h - Who wrote a byte, and who may see it -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// gfx942 deals workgroups to eight dies whose L2 caches are not coherent with
// each other inside a launch. A plain store becomes visible to another
// workgroup only by a release (buffer_wbl2 sc1) of the writer's workgroup and
// an acquire (buffer_inv sc1) of the reader's; accesses with sc1 and atomics go
// to the point of coherence themselves ("User Guide for AMDGPU Backend", memory
// model gfx942). The rules don't ask on which die a workgroup runs, because a
// kernel can't know. The caches write back the bytes that were stored and no
// others, so workgroups may store to neighbouring bytes of one dword.
//
// Time advances with launches, releases and agent-scope writes only: whatever
// happens between two of them has no order that another workgroup may rely on.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_COHERENCE_H
#define DSV4EMU_LIB_COHERENCE_H

#include "dsv4emu/Memory.h"
#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace dsv4emu {

enum class Access : uint8_t { Load, Store, Atomic };

class Coherence {
public:
  explicit Coherence(const Memory &memory);
  ~Coherence();
  Coherence(const Coherence &) = delete;
  Coherence &operator=(const Coherence &) = delete;
  /// False if there was no address space for the history.
  bool usable() const { return writes && reads && newestWrites; }

  /// Everything before is ordered before the launch that starts.
  void beginLaunch();

  uint64_t now() const { return time.load(std::memory_order_relaxed); }
  uint64_t tick() { return time.fetch_add(1, std::memory_order_relaxed) + 1; }

  /// What stands for a workgroup below, where kMixedGroup is none.
  static constexpr uint32_t kMixedGroup = 0xffffff;
  static uint32_t groupNumber(uint32_t linear) { return linear % kMixedGroup; }

  void release(uint32_t group);

  struct Actor {
    uint32_t group;
    uint64_t acquired;
    bool agentScope; ///< sc1, or an atomic.
    // The last answer of releasedAfter.
    uint64_t askedCell = 0, answer = 0;
  };
  /// Records an access to [address, address + bytes) and returns what is wrong
  /// with it, or an empty string.
  std::string access(uint64_t address, unsigned bytes, Access access,
                     Actor &actor, uint64_t when);

  /// Cells of the last write and the last read of each dword, zero if never:
  /// time : 35 | group : 24 | bytes of the dword : 4 | agent scope : 1. The
  /// group of a write is kMixedGroup if several have written; `mixed` has a
  /// record per byte then.
  static constexpr uint64_t kAgentScope = 1;
  static constexpr unsigned kByteShift = 1;
  static constexpr uint64_t kByteMask = uint64_t{0xf} << kByteShift;
  static constexpr uint64_t kGroupMask = uint64_t{0xffffff} << 5;
  static uint64_t pack(uint64_t when, uint32_t group, unsigned mask,
                       bool agentScope) {
    return when << 29 | uint64_t{group} << 5 | uint64_t{mask} << kByteShift |
           (agentScope ? kAgentScope : 0);
  }
  uint64_t *writesAt(uint64_t address) const {
    return writes + (address - base) / 4;
  }
  uint64_t *readsAt(uint64_t address) const {
    return reads + (address - base) / 4;
  }
  /// A write cell of the block's newest write, so that memory nobody writes
  /// need not be looked at dword by dword.
  static constexpr uint64_t kBlockBytes = 1024;
  uint64_t *newestWriteAt(uint64_t address) const {
    return newestWrites + (address - base) / kBlockBytes;
  }
  /// Cells below are from earlier launches.
  uint64_t firstOfLaunch() const { return launchStart << 29; }

private:
  static uint64_t timeOf(uint64_t packed) { return packed >> 29; }
  static uint32_t groupOf(uint64_t packed) { return packed >> 5 & 0xffffff; }
  static unsigned maskOf(uint64_t packed) { return packed >> kByteShift & 0xf; }

  std::string accessDword(uint64_t index, unsigned mask, Access kind,
                          Actor &actor, uint64_t when);
  /// What is wrong with an access to bytes that `write` was the last to store.
  std::string checkOrder(uint64_t write, Access kind, Actor &actor);
  /// As accessDword, against the writers of a mixed dword only.
  std::string accessMixed(uint64_t index, unsigned mask, Access kind,
                          Actor &actor, uint64_t when);
  void mix(uint64_t index, uint64_t before, uint64_t now);

  /// First release of the group after the time in `cell`, or 0.
  uint64_t releasedAfter(uint64_t cell, Actor &actor);

  uint64_t base, bytes;
  uint64_t *writes = nullptr, *reads = nullptr, *newestWrites = nullptr;
  uint64_t launchStart = 1;
  std::mutex mutex;
  std::unordered_map<uint32_t, std::vector<uint64_t>> releases;
  std::mutex mixedMutex;
  std::unordered_map<uint64_t, std::array<uint64_t, 4>> mixed;
  /// On a line of its own: every access reads it.
  alignas(64) std::atomic<uint64_t> time{1};
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_COHERENCE_H
