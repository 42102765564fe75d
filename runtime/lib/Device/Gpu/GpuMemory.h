//===- GpuMemory.h - Allocations on a GPU ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUMEMORY_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUMEMORY_H

#include <memory>
#include <vector>

#include "GpuDriver.h"
#include "dsv4run/Device/Device.h"

namespace dsv4run {

/// One zero-filled allocation. RESOURCE_EXHAUSTED says how much was wanted for
/// what and how much was free.
absl::StatusOr<std::unique_ptr<DeviceMemory>>
AllocateGpuMemory(GpuDriver &driver, GpuHandle stream, uint64_t bytes,
                  absl::string_view name);

/// One zero-filled allocation in parts, which is freed with the last of them:
/// nothing is allocated or freed while steps run, so that nothing fragments.
absl::StatusOr<std::vector<std::unique_ptr<DeviceMemory>>>
AllocateGpuArena(GpuDriver &driver, GpuHandle stream,
                 absl::Span<const Device::AllocationRequest> requests);

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUMEMORY_H
