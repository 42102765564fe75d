//===- GpuDriver.h - What a GPU's driver library offers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The entry points that HIP's runtime and CUDA's driver API have in common,
// with their errors as statuses. Everything above it - memory, staging, graphs
// - exists once (GpuDevice.cpp). A driver is of one device.
//
// Calls may come from several threads, each after MakeCurrent on that thread.
// Copies, fills, launches and records return before they have run; their errors
// come from a later call, at the latest from Synchronize.

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUDRIVER_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUDRIVER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "GpuCompiler.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Device/GpuProperties.h"

namespace dsv4run {

/// Streams, events, modules, functions and graphs of the driver.
using GpuHandle = void *;

struct GpuMemory {
  uint64_t free_bytes = 0;
  uint64_t total_bytes = 0;
};

struct GpuGrid {
  uint32_t workgroups = 0;
  uint32_t threads = 0; ///< of a workgroup
};

class GpuDriver {
public:
  virtual ~GpuDriver();

  virtual const GpuProperties &properties() const = 0;
  /// Makes the device that of the calling thread.
  virtual absl::Status MakeCurrent() = 0;

  virtual absl::StatusOr<GpuMemory> MemoryInfo() = 0;
  virtual absl::StatusOr<std::byte *> Allocate(uint64_t bytes) = 0;
  /// Waits for what the device is doing.
  virtual absl::Status Free(std::byte *address) = 0;
  /// Host memory that the device reads and writes at full speed.
  virtual absl::StatusOr<std::byte *> AllocatePinned(uint64_t bytes) = 0;
  virtual absl::Status FreePinned(std::byte *address) = 0;

  virtual absl::Status CopyIn(std::byte *device, const std::byte *host,
                              uint64_t bytes, GpuHandle stream) = 0;
  virtual absl::Status CopyOut(std::byte *host, const std::byte *device,
                               uint64_t bytes, GpuHandle stream) = 0;
  virtual absl::Status CopyWithin(std::byte *to, const std::byte *from,
                                  uint64_t bytes, GpuHandle stream) = 0;
  virtual absl::Status Clear(std::byte *address, uint64_t bytes,
                             GpuHandle stream) = 0;

  virtual absl::StatusOr<GpuHandle> CreateStream() = 0;
  virtual absl::Status DestroyStream(GpuHandle stream) = 0;
  virtual absl::Status Synchronize(GpuHandle stream) = 0;

  virtual absl::StatusOr<GpuHandle> CreateEvent() = 0;
  virtual absl::Status DestroyEvent(GpuHandle event) = 0;
  virtual absl::Status Record(GpuHandle event, GpuHandle stream) = 0;
  virtual absl::Status SynchronizeEvent(GpuHandle event) = 0;
  virtual absl::StatusOr<double> SecondsBetween(GpuHandle start,
                                                GpuHandle end) = 0;

  /// The image must outlive the module. FAILED_PRECONDITION if it has no code
  /// for this device.
  virtual absl::StatusOr<GpuHandle>
  LoadModule(absl::Span<const std::byte> image) = 0;
  virtual absl::Status UnloadModule(GpuHandle module) = 0;
  /// NOT_FOUND if the module has no such kernel.
  virtual absl::StatusOr<GpuHandle> FindFunction(GpuHandle module,
                                                 const char *name) = 0;
  /// The compiler of kernels that comes with the driver; NOT_FOUND if it is not
  /// installed.
  virtual absl::StatusOr<std::unique_ptr<GpuCompiler>> OpenCompiler() = 0;

  /// `arguments` are addresses of the arguments, one per parameter.
  virtual absl::Status Launch(GpuHandle function, const GpuGrid &grid,
                              absl::Span<void *> arguments,
                              GpuHandle stream) = 0;

  /// What is enqueued between the two becomes a graph and does not run.
  virtual absl::Status BeginCapture(GpuHandle stream) = 0;
  virtual absl::StatusOr<GpuHandle> EndCapture(GpuHandle stream) = 0;
  virtual absl::StatusOr<GpuHandle> Instantiate(GpuHandle graph) = 0;
  virtual absl::Status LaunchGraph(GpuHandle executable, GpuHandle stream) = 0;
  virtual absl::Status DestroyGraph(GpuHandle graph) = 0;
  virtual absl::Status DestroyExecutable(GpuHandle executable) = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUDRIVER_H
