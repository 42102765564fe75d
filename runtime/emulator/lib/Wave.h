//===- Wave.h - State of a wave and its workgroup ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_WAVE_H
#define DSV4EMU_LIB_WAVE_H

#include "Hazards.h"
#include "Instruction.h"
#include "LdsHistory.h"
#include "dsv4emu/Memory.h"
#include "dsv4emu/Report.h"
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace dsv4emu {

struct Workgroup;

/// Where flat addresses reach LDS and scratch; 4 GB each.
constexpr uint64_t kSharedAperture = uint64_t{1} << 48;
constexpr uint64_t kPrivateAperture = uint64_t{2} << 48;

/// Poison and wait-count state of a wave; exists only when a check needs it.
struct WaveShadow {
  /// A bit per register, 128 scalar and 512 vector ones: set while some lane of
  /// it may be undefined or some operation on it outstanding. Instructions all
  /// of whose registers have it clear need no look at the rest.
  uint64_t attention[10];
  /// Lanes whose value is defined, per vector register.
  uint64_t vgprInit[512];
  bool sgprInit[128];
  /// Sequence number of the operation that will write the register, 0 if none.
  uint32_t vgprVm[512], vgprLgkm[512];
  uint32_t sgprLgkm[128];

  void attend(const RegRange &range) {
    unsigned first = attentionBit(range.first);
    for (unsigned r = first; r < first + range.count; ++r)
      attention[r / 64] |= uint64_t{1} << r % 64;
  }
};

struct Wave {
  alignas(64) uint32_t sgpr[136] = {}; ///< Pairs may start at 127.
  uint32_t *vgpr = nullptr; ///< Row r holds register r of all 64 lanes.
  const Inst *code = nullptr;
  const RegisterMask *masks = nullptr;
  uint64_t codeBase = 0; ///< Device address of the text.
  uint32_t codeWords = 0;
  uint32_t pc = 0, next = 0; ///< In dwords from the start of the text.
  bool scc = false;
  uint32_t mode = 0;
  uint32_t trapStatus = 0; ///< TRAPSTS; nothing here raises exceptions.
  uint8_t gprIndexEnable = 0;
  enum State : uint8_t { Running, AtBarrier, Ended } state = Running;
  bool stop = false; ///< Leave the inner loop after this instruction.
  unsigned index = 0;
  uint64_t executed = 0;
  uint64_t liveLanes = 0;
  uint64_t dppMask = ~uint64_t{0};
  Workgroup *group = nullptr;

  uint32_t accumBase = 256; ///< First row of a0.
  /// Zero pages until touched.
  struct Free {
    void operator()(void *p) const { std::free(p); }
  };
  std::unique_ptr<void, Free> registers;
  std::vector<uint8_t> scratch, scratchInit;
  uint32_t scratchBytes = 0;

  /// vmcnt completes in order; lgkmcnt in order except that scalar loads may
  /// overtake anything.
  uint32_t vmIssued = 0, vmDone = 0, lgIssued = 0, lgDone = 0;
  uint32_t smemLast = 0, smemOpen = 0;
  uint32_t vmAtBarrier = 0, lgAtBarrier = 0;
  std::unique_ptr<WaveShadow> shadow;
  std::unique_ptr<Hazards> hazards; ///< Exists while the check is on.

  uint32_t *histogram = nullptr;

  uint64_t get64(unsigned r) const {
    uint64_t value;
    std::memcpy(&value, sgpr + r, 8);
    return value;
  }
  void set64(unsigned r, uint64_t value) { std::memcpy(sgpr + r, &value, 8); }
  uint64_t exec() const { return get64(kExec); }
  void setExec(uint64_t value) { set64(kExec, value); }
  uint64_t vcc() const { return get64(kVcc); }
  uint32_t *row(unsigned code) { return vgpr + (code - kVgpr) * 64; }

  /// Reports at the current instruction.
  void report(Check check, int lane, std::string message);
  /// Reports and ends the wave: it can't continue.
  void fault(std::string message);
};

struct MemoryCounters {
  uint64_t globalBytes = 0, globalLines = 0, idealLines = 0;
  uint64_t l2Hits = 0, l2Misses = 0, mallHits = 0, hbmBytes = 0;
  uint64_t ldsAccesses = 0, ldsCycles = 0, ldsConflictCycles = 0;
};

class LaunchState;

struct Workgroup {
  LaunchState *launch = nullptr;
  std::array<uint32_t, 3> id{};
  uint32_t linear = 0;
  uint32_t xcd = 0;
  std::vector<uint8_t> lds;
  LdsHistory history; ///< Empty if no check needs it.
  std::vector<std::unique_ptr<Wave>> waves;
  uint32_t epoch = 1; ///< Barriers passed, plus one.
  /// LDS writes of earlier epochs were waited for before a barrier.
  uint32_t orderedBefore = 1;
  /// Time of the last agent-scope invalidate. The launch itself only acquires
  /// what came before it, however late the workgroup starts.
  uint64_t acquired = 0;
  MemoryCounters *counters = nullptr;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_WAVE_H
