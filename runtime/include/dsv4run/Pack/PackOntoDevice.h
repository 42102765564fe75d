//===- PackOntoDevice.h - From a checkpoint to a device's memory ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_PACK_PACKONTODEVICE_H
#define DSV4RUN_PACK_PACKONTODEVICE_H

#include <memory>
#include <vector>

#include "dsv4run/Device/Device.h"
#include "dsv4run/Pack/PackWeights.h"

namespace dsv4run {

/// The weights of a bundle on a device and what the pack programs found out.
struct DeviceWeights {
  std::unique_ptr<DeviceMemory> memory;
  std::vector<PackFacts> facts;
};

/// Runs the pack programs of a validated manifest on the host: in place where
/// the host sees the device's memory, else into host memory that is copied. The
/// device must outlive the result. Errors are those of PackWeights and of the
/// device.
absl::StatusOr<DeviceWeights> PackOntoDevice(const schema::Manifest &manifest,
                                             const TensorSource &source,
                                             Device &device,
                                             const PackOptions &options = {});

} // namespace dsv4run

#endif // DSV4RUN_PACK_PACKONTODEVICE_H
