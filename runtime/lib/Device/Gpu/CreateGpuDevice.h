//===- CreateGpuDevice.h - From a driver to a device ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_CREATEGPUDEVICE_H
#define DSV4RUN_LIB_DEVICE_GPU_CREATEGPUDEVICE_H

#include <memory>

#include "GpuDriver.h"
#include "dsv4run/Device/GpuDevice.h"

namespace dsv4run {

/// The device behind `driver`, with a stream and pinned memory for small
/// copies.
absl::StatusOr<std::unique_ptr<GpuDevice>>
CreateGpuDevice(std::unique_ptr<GpuDriver> driver, const GpuOptions &options);

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_CREATEGPUDEVICE_H
