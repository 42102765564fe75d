//===- GpuDevice.h - A GPU as a device ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One GPU behind its driver library, which is opened at run time:
// docs/MI300X.md for HIP. Kernels take one pointer per buffer, in order.

#ifndef DSV4RUN_DEVICE_GPUDEVICE_H
#define DSV4RUN_DEVICE_GPUDEVICE_H

#include "dsv4run/Device/Device.h"
#include "dsv4run/Device/GpuOptions.h"
#include "dsv4run/Device/GpuProperties.h"

namespace dsv4run {

/// Statuses carry the driver's function, error name, number and text:
/// RESOURCE_EXHAUSTED when memory is short, UNAVAILABLE when the device is
/// lost, ABORTED when a kernel failed, after either of which nothing runs on
/// the device any more, INTERNAL otherwise.
class GpuDevice : public Device {
public:
  virtual const GpuProperties &properties() const = 0;
  /// The compiler of CompileCode, with its options; NOT_FOUND if there is none.
  virtual absl::StatusOr<std::string> DescribeCompiler() const = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_GPUDEVICE_H
