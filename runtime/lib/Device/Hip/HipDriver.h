//===- HipDriver.h - A device of HIP's runtime as a driver ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_HIP_HIPDRIVER_H
#define DSV4RUN_LIB_DEVICE_HIP_HIPDRIVER_H

#include <memory>

#include "../Gpu/GpuDriver.h"
#include "HipApi.h"

namespace dsv4run::hip {

/// Number of devices that HIP shows; 0 rather than hipErrorNoDevice.
absl::StatusOr<int> CountDevices(const Api &api);

absl::StatusOr<GpuProperties> ReadProperties(const Api &api, int ordinal);

/// The device must exist.
absl::StatusOr<std::unique_ptr<GpuDriver>> CreateDriver(const Api &api,
                                                        int ordinal);

} // namespace dsv4run::hip

#endif // DSV4RUN_LIB_DEVICE_HIP_HIPDRIVER_H
