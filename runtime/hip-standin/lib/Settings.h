//===- Settings.h - What the environment asks of the stand-in ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_SETTINGS_H
#define HIPSTANDIN_SETTINGS_H

#include "absl/status/statusor.h"
#include "dsv4emu/Report.h"
#include <cstdint>
#include <functional>

namespace hipstandin {

/// Faults on demand; counts start at 1, 0 is never.
struct Faults {
  uint64_t allocation = 0; ///< This allocation finds no memory.
  uint64_t launch = 0;     ///< This kernel raises an exception.
  uint64_t lost = 0;       ///< The device is gone from this operation on.
  uint64_t copyBytesPerSecond = 0; ///< Copies take at least so long; 0: no.
};

struct Settings {
  int devices = 1;
  uint64_t memoryBytes = uint64_t{192} << 30; ///< Of each device.
  dsv4emu::CheckSet checks = dsv4emu::CheckSet::all();
  unsigned threads = 0; ///< Host threads of a launch; 0: one per core.
  Faults faults;
  bool leaksAreFatal = false;
  bool trace = false; ///< A line per call on stderr.
};

/// Reads DSV4_EMU_*. INVALID_ARGUMENT names the variable, what it may be and
/// what it is.
absl::StatusOr<Settings>
readSettings(const std::function<const char *(const char *)> &variable);

} // namespace hipstandin

#endif // HIPSTANDIN_SETTINGS_H
