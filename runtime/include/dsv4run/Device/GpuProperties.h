//===- GpuProperties.h - What a GPU says about itself ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DEVICE_GPUPROPERTIES_H
#define DSV4RUN_DEVICE_GPUPROPERTIES_H

#include <cstdint>
#include <string>

namespace dsv4run {

struct GpuProperties {
  int ordinal = 0;
  std::string name; ///< AMD Instinct MI300X
  /// What code objects are compiled for: gfx942, sm_90.
  std::string target;
  /// Settings of the device that code may depend on: "sramecc+:xnack-".
  std::string features;
  /// The FP8 dialect of its matrix instructions: fnuz, ocp; empty for none.
  std::string fp8_format;
  uint64_t memory_bytes = 0;
  int compute_units = 0;
  int lanes = 0; ///< of a wave or warp
  int clock_khz = 0;
  int memory_clock_khz = 0;
  std::string library; ///< file of the driver library
  std::string version; ///< of the driver library
};

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_GPUPROPERTIES_H
