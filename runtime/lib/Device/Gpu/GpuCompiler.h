//===- GpuCompiler.h - A compiler that comes with a driver ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUCOMPILER_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUCOMPILER_H

#include <string>

#include "absl/status/statusor.h"

namespace dsv4run {

/// Compiles kernels for one device.
class GpuCompiler {
public:
  virtual ~GpuCompiler();
  /// Version, target and options: with the source, all that its result depends
  /// on.
  virtual const std::string &identity() const = 0;
  /// A code object. INVALID_ARGUMENT has the compiler's messages.
  virtual absl::StatusOr<std::string> Compile(const std::string &source,
                                              const std::string &name) = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUCOMPILER_H
