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

/// Runs the pack programs of a validated manifest: in place where the host sees
/// the device's memory, else in pieces that are copied while others are packed.
/// The threads of the host do the packing on either way: they have to read
/// every byte of the checkpoint anyway, check it and report bad ones by name,
/// and do so several times faster than disks deliver and about as fast as a
/// PCIe link takes (test/benchmark/PackBenchmark). Kernels would have to get
/// the published layout and then a second place for the weights, up to an
/// eighth of the device. The device must outlive the result. Errors are those
/// of PackWeights and of the device.
absl::StatusOr<DeviceWeights> PackOntoDevice(const schema::Manifest &manifest,
                                             const TensorSource &source,
                                             Device &device,
                                             const PackOptions &options = {});

} // namespace dsv4run

#endif // DSV4RUN_PACK_PACKONTODEVICE_H
