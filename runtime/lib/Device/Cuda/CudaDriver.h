//===- CudaDriver.h - A device of CUDA's driver ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_CUDA_CUDADRIVER_H
#define DSV4RUN_LIB_DEVICE_CUDA_CUDADRIVER_H

#include <memory>

#include "../Gpu/GpuDriver.h"
#include "CudaApi.h"

namespace dsv4run::cuda {

/// Number of devices that CUDA shows; 0 rather than CUDA_ERROR_NO_DEVICE.
absl::StatusOr<int> CountDevices(const Api &api);

absl::StatusOr<GpuProperties> ReadProperties(const Api &api, int ordinal);

/// The device must exist.
absl::StatusOr<std::unique_ptr<GpuDriver>> CreateDriver(const Api &api,
                                                        int ordinal);

} // namespace dsv4run::cuda

#endif // DSV4RUN_LIB_DEVICE_CUDA_CUDADRIVER_H
