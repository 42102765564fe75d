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

enum class Access : uint8_t;

class Coherence {
public:
  explicit Coherence(const Memory &memory);
  ~Coherence();
  Coherence(const Coherence &) = delete;
  Coherence &operator=(const Coherence &) = delete;

  /// Everything before is ordered before the launch that starts.
  void beginLaunch();

  uint64_t now() { return time.load(std::memory_order_relaxed); }
  uint64_t tick() { return time.fetch_add(1, std::memory_order_relaxed) + 1; }
  void release(uint32_t group);

  struct Actor {
    uint32_t group;
    uint32_t xcd;
    uint64_t acquired;
    bool agentScope; ///< sc1, or an atomic.
  };
  /// Records an access to [address, address + bytes) and returns what is wrong
  /// with it, or an empty string.
  std::string access(uint64_t address, unsigned bytes, Access access,
                     const Actor &actor, uint64_t when);

private:
  // Last accesses to a dword. time : 35 | group : 24 | bytes of the dword : 4 |
  // agent scope : 1, zero if never. A write without bytes: several groups have
  // written, `mixed` has a record per byte.
  struct Cell {
    uint64_t write, read;
  };
  static constexpr uint64_t kAgentScope = 1;
  static uint64_t pack(uint64_t when, uint32_t group, unsigned mask,
                       bool agentScope) {
    return when << 29 | uint64_t{group & 0xffffff} << 5 | uint64_t{mask} << 1 |
           (agentScope ? kAgentScope : 0);
  }
  static uint64_t timeOf(uint64_t packed) { return packed >> 29; }
  static uint32_t groupOf(uint64_t packed) { return packed >> 5 & 0xffffff; }
  static unsigned maskOf(uint64_t packed) { return packed >> 1 & 0xf; }

  std::string accessDword(uint64_t index, unsigned mask, Access kind,
                          const Actor &actor, uint64_t when);
  /// What is wrong with an access to bytes that `write` was the last to store.
  std::string checkOrder(uint64_t write, Access kind, const Actor &actor);
  /// As accessDword, against the writers of a mixed dword only.
  std::string accessMixed(uint64_t index, unsigned mask, Access kind,
                          const Actor &actor, uint64_t when);
  void mix(uint64_t index, uint64_t before, uint64_t now);

  /// First release of a group after `when`, or 0.
  uint64_t releasedAfter(uint32_t group, uint64_t when);

  uint64_t base, bytes;
  Cell *cells = nullptr;
  std::atomic<uint64_t> time{1};
  uint64_t launchStart = 1;
  std::mutex mutex;
  std::unordered_map<uint32_t, std::vector<uint64_t>> releases;
  std::mutex mixedMutex;
  std::unordered_map<uint64_t, std::array<uint64_t, 4>> mixed;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_COHERENCE_H
