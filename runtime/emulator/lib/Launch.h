//===- Launch.h - State shared by the workgroups of a launch ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_LAUNCH_H
#define DSV4EMU_LIB_LAUNCH_H

#include "CacheModel.h"
#include "Coherence.h"
#include "Wave.h"
#include "dsv4emu/Device.h"
#include <atomic>
#include <map>
#include <mutex>

namespace dsv4emu {

class Program;

class LaunchState {
public:
  LaunchState(Memory &memory, const Program &program, const Kernel &kernel,
              const LaunchConfig &config, Coherence *coherence,
              CacheModel *caches)
      : memory(memory), program(program), kernel(kernel), config(config),
        coherence(coherence), caches(caches) {}

  CheckSet checks() const { return config.checks; }
  uint64_t clock() { return ticks.fetch_add(1, std::memory_order_relaxed); }

  void release(Workgroup &group) {
    if (coherence)
      coherence->release(Coherence::groupNumber(group.linear));
  }
  void acquire(Workgroup &group) {
    if (coherence)
      group.acquired = coherence->now();
  }

  void report(const Wave &w, Check check, int lane, std::string message);
  std::vector<Report> takeReports();

  Memory &memory;
  const Program &program;
  const Kernel &kernel;
  const LaunchConfig &config;
  Coherence *coherence;
  CacheModel *caches;

private:
  std::atomic<uint64_t> ticks{0};
  std::mutex mutex;
  std::map<std::pair<Check, uint64_t>, Report> reports;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_LAUNCH_H
