//===- Engine.h - The emulator under all devices ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One emulator serves every device of the process: they share one address
// space, as HIP's do, so that kernels reach pinned memory and memory of peers.
// Its launches run one after the other, each on all host threads.
//
//===----------------------------------------------------------------------===//

#ifndef HIPSTANDIN_ENGINE_H
#define HIPSTANDIN_ENGINE_H

#include "Settings.h"
#include "absl/types/span.h"
#include "dsv4emu/Device.h"
#include <atomic>
#include <mutex>

namespace hipstandin {

/// Address space behind all devices. Addresses are not reused, and the checks
/// take several times this much, of what is only reserved.
constexpr uint64_t kAddressSpace = uint64_t{1} << 42;

class Engine {
public:
  explicit Engine(const Settings &settings);

  dsv4emu::Memory &memory() { return device_.memory(); }

  absl::StatusOr<const dsv4emu::Program *>
  load(absl::Span<const uint8_t> image);
  void unload(const dsv4emu::Program *program);
  absl::StatusOr<dsv4emu::LoadedKernel> kernel(const dsv4emu::Program *program,
                                               const std::string &name) const {
    return device_.kernel(program, name);
  }

  struct Shape {
    std::array<uint32_t, 3> grid{1, 1, 1}; ///< work-items
    std::array<uint32_t, 3> block{1, 1, 1};
    uint32_t dynamicLdsBytes = 0;
  };
  /// ABORTED if a check found something: the message has every finding.
  absl::Status launch(const dsv4emu::LoadedKernel &kernel, const Shape &shape,
                      absl::Span<const uint8_t> arguments);

private:
  dsv4emu::CheckSet checks_;
  unsigned threads_;
  dsv4emu::Device device_;
  std::mutex launching_, loading_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_ENGINE_H
