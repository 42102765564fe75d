//===- FakeGpuDriver.h - A GPU driver that runs on the host ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_DEVICE_FAKEGPUDRIVER_H
#define DSV4RUN_UNITTEST_DEVICE_FAKEGPUDRIVER_H

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "Gpu/GpuDriver.h"

namespace dsv4run::testing {

/// What outlives the driver: what it did, what is to fail, what was not freed.
struct FakeGpuRecord {
  std::set<std::string> live;       ///< "memory 0x...", "event 3", ...
  std::map<std::string, int> calls; ///< by function
  /// Calls that fail: the n-th (from 1) of a function, with this status.
  std::map<std::pair<std::string, int>, absl::Status> faults;
  std::map<std::string, std::function<void(std::vector<void *> arguments)>>
      kernels; ///< a kernel gets the values of its arguments
  uint64_t memory_bytes = uint64_t{1} << 30;
  /// Compiled code by source; other source does not compile.
  std::map<std::string, std::string> compiled;
  /// Images that load, besides compiled code.
  std::set<std::string> images = {"code"};
  std::string target = "gfx942";
};

/// As late as the interface allows: copies, fills and launches run when
/// somebody waits for their stream, so that memory which is reused too early
/// holds the wrong bytes.
std::unique_ptr<GpuDriver>
CreateFakeGpuDriver(std::shared_ptr<FakeGpuRecord> record);

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_DEVICE_FAKEGPUDRIVER_H
