//===- Launch.h - Checked launches ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_LAUNCH_H
#define HIPSTANDIN_LAUNCH_H

#include "Runtime.h"

namespace hipstandin {

/// What a caller says about a launch. Sizes of the grid are in blocks.
struct LaunchRequest {
  dim3 grid, block;
  size_t sharedBytes = 0;
  void **parameters = nullptr;
  void **extra = nullptr;
};

/// The kernel behind a hipFunction_t or the host address of a kernel. Errors
/// are said on stderr.
hipError_t findFunction(Runtime &runtime, const char *function, int device,
                        const void *handle, std::shared_ptr<Function> &found);

/// Checks a request against its kernel and the device, and copies the
/// arguments.
hipError_t prepare(const char *function,
                   const std::shared_ptr<Function> &kernel, const void *handle,
                   const LaunchRequest &request, KernelWork &work);

} // namespace hipstandin

#endif // HIPSTANDIN_LAUNCH_H
