//===- HiprtcCompiler.h - HIP's compiler at run time ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_HIP_HIPRTCCOMPILER_H
#define DSV4RUN_LIB_DEVICE_HIP_HIPRTCCOMPILER_H

#include <memory>

#include "../Gpu/GpuCompiler.h"
#include "dsv4run/Device/GpuProperties.h"

namespace dsv4run::hip {

/// Opens libhiprtc: the file that DSV4_HIPRTC_LIBRARY names, or else where
/// OpenApi looks for libamdhip64. NOT_FOUND lists what was tried.
absl::StatusOr<std::unique_ptr<GpuCompiler>>
OpenCompiler(const GpuProperties &device);

} // namespace dsv4run::hip

#endif // DSV4RUN_LIB_DEVICE_HIP_HIPRTCCOMPILER_H
