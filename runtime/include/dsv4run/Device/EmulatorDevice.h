//===- EmulatorDevice.h - The gfx942 emulator as a device -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs gfx942 code objects instruction by instruction (docs/Emulator.md), with
// no GPU and no driver. A kernel takes one pointer of 8 bytes to global memory
// per buffer, in order, and runs in workgroups of the size that its metadata
// requires, or else of the largest that it was compiled for.
//
// The emulator is a library that is opened at run time,
// libdsv4-emulator-device.so: the file that the environment variable
// DSV4_EMULATOR_DEVICE names, or else beside the executable, in ../lib, or
// where the dynamic loader looks.

#ifndef DSV4RUN_DEVICE_EMULATORDEVICE_H
#define DSV4RUN_DEVICE_EMULATORDEVICE_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "dsv4run/Device/Device.h"

namespace dsv4run {

struct EmulatorOptions {
  /// Which checks run: "all", "none", "all,-lds-race", ... (docs/Emulator.md).
  std::string checks = "all";
  int threads = 0; ///< per launch; 0: one per core
  /// Whether to run the cache model, which counts HBM bytes.
  bool count_caches = false;
  /// Whether Discard does nothing, so that a step may read what an earlier one
  /// left in arena, inputs and outputs.
  bool keep_discarded = false;
  /// Address space for device memory. Its pages cost what is touched.
  uint64_t memory_bytes = uint64_t{192} << 30;
};

/// A number that the emulator has counted.
struct EmulatorCounter {
  uint64_t value = 0;
  /// Whether it adds up over launches; else each launch has this value.
  bool sums = true;
};

/// What the launches of one kernel with one label have cost. Names are
/// "hbm_bytes", "classes.mfma", "opcodes.v_add_f32", ...
struct EmulatorLaunchCounters {
  int64_t runs = 0;
  std::map<std::string, EmulatorCounter> counters;
};

class EmulatorDevice : public Device {
public:
  /// NOT_FOUND if the library can't be opened, with every place that was tried;
  /// INVALID_ARGUMENT for an unknown check.
  static absl::StatusOr<std::unique_ptr<EmulatorDevice>>
  Create(const EmulatorOptions &options);

  /// By kernel and label.
  virtual const std::map<std::pair<std::string, std::string>,
                         EmulatorLaunchCounters> &
  counters() const = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_EMULATORDEVICE_H
