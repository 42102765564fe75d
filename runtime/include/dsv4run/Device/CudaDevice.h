//===- CudaDevice.h - NVIDIA GPUs through CUDA's driver -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libcuda is opened at run time; nothing of CUDA is needed to build
// (docs/H100.md). Code objects are PTX, which the driver compiles when it loads
// them.

#ifndef DSV4RUN_DEVICE_CUDADEVICE_H
#define DSV4RUN_DEVICE_CUDADEVICE_H

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Device/GpuDevice.h"

namespace dsv4run {

/// What the CUDA driver of this machine offers.
struct CudaInstallation {
  std::string library; ///< file of libcuda
  std::string driver_version;
  std::vector<GpuProperties> devices; ///< those that CUDA shows
};

/// NOT_FOUND if libcuda cannot be opened or is too old, with every file that
/// was tried; errors of CUDA as GpuDevice.h has them. No device is no error.
absl::StatusOr<CudaInstallation> FindCuda();

/// Device `ordinal` of those that CUDA shows. FAILED_PRECONDITION if there are
/// not that many.
absl::StatusOr<std::unique_ptr<GpuDevice>>
OpenCudaDevice(int ordinal, const GpuOptions &options = {});

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_CUDADEVICE_H
