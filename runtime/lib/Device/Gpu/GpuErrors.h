//===- GpuErrors.h - Error numbers that HIP and CUDA share ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUERRORS_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUERRORS_H

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// "hipMalloc: hipErrorOutOfMemory (2): out of memory", with the code that
/// GpuDevice.h promises and advice where nothing runs afterwards. hipError_t
/// took its numbers from CUresult, so that one table serves both.
absl::Status GpuError(absl::string_view function, int number,
                      absl::string_view name, absl::string_view text);

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUERRORS_H
