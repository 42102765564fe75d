//===- Scheduler.h - Run the waves of workgroups ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_SCHEDULER_H
#define DSV4EMU_LIB_SCHEDULER_H

#include "Launch.h"
#include <deque>

namespace dsv4emu {

/// Registers and pointers every wave of a launch starts with.
struct WaveSetup {
  uint64_t kernargAddress = 0, dispatchPacket = 0, queue = 0;
  std::vector<uint32_t> preloaded; ///< Kernel arguments in SGPRs.
  uint32_t ldsBytes = 0, scratchBytes = 0;
};

/// One host thread's share of a launch. Workgroups run one after the other; one
/// that spins on another is set aside after a time slice, so that kernels with
/// device-wide barriers make progress.
class alignas(64) Worker {
public:
  Worker(LaunchState &launch, const WaveSetup &setup);

  /// Takes linear workgroup ids from `next` until `count`.
  void run(std::atomic<uint32_t> &next, uint32_t count);

  std::vector<uint64_t> histogram; ///< Executed instructions by opcode row.
  MemoryCounters memory;
  uint64_t waves = 0, workgroups = 0;

private:
  std::unique_ptr<Workgroup> start(uint32_t linear);
  void startWave(Workgroup &group, unsigned index);
  void initRegisters(Wave &w, const Workgroup &group, unsigned index);
  /// Runs every wave up to the end, a barrier or the slice; true when done.
  bool slice(Workgroup &group);
  void releaseBarrier(Workgroup &group);
  /// Each runs up to `budget` instructions and returns how many.
  uint64_t runWave(Wave &w, uint64_t budget);
  uint64_t runPlain(Wave &w, uint64_t budget);
  uint64_t runChecked(Wave &w, uint64_t budget);
  /// Tracing and the hazard check, which look at every instruction.
  void beforeEach(Wave &w, const Inst &i);
  void trace(const Wave &w) const;
  /// The wave stands behind its barrier; names the barrier itself.
  void reportAtBarrier(Wave &w, std::string message);

  LaunchState &launch;
  const WaveSetup &setup;
  std::array<uint32_t, 3> groups;
  std::vector<uint32_t> counts;
  std::vector<std::unique_ptr<Wave>> spare;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_SCHEDULER_H
