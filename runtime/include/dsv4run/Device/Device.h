//===- Device.h - What the executor asks of a device ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory, code and launches (design section 3). Addresses are the device's own
// and may not be readable by the host. A device is used by one thread at a
// time.

#ifndef DSV4RUN_DEVICE_DEVICE_H
#define DSV4RUN_DEVICE_DEVICE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// An allocation, freed with the object. Allocations are zero-initialised and
/// aligned to at least 256 bytes.
class DeviceMemory {
public:
  virtual ~DeviceMemory();
  std::byte *address() const { return address_; }
  uint64_t bytes() const { return bytes_; }

protected:
  DeviceMemory(std::byte *address, uint64_t bytes)
      : address_(address), bytes_(bytes) {}

private:
  std::byte *address_;
  uint64_t bytes_;
};

/// A loaded code object. It must outlive everything that launches its kernels.
class DeviceCode {
public:
  virtual ~DeviceCode();
  /// An opaque handle; NOT_FOUND if the code object has no such kernel.
  virtual absl::StatusOr<const void *> FindKernel(absl::string_view name) = 0;
};

/// An argument of a launch.
struct DeviceBuffer {
  std::byte *address = nullptr;
  std::string name; ///< for reports
};

/// One kernel over a grid of `workgroups`.
struct DeviceLaunch {
  const void *kernel = nullptr;
  std::vector<DeviceBuffer> buffers;
  uint64_t workgroups = 0;
  std::string label;    ///< for reports and profiles
  uint32_t threads = 1; ///< of a workgroup
};

/// Launches that are run again and again in order, each after the one before
/// has finished. Where the device has graphs, this is one.
class LaunchSequence {
public:
  virtual ~LaunchSequence();
  /// Runs everything and waits for it.
  virtual absl::Status Run() = 0;
  /// As Run, in groups, the i-th one up to launch ends[i] - 1; adds the seconds
  /// that it took to seconds[i]. Several launches of a group run as in Run.
  virtual absl::Status RunTimed(absl::Span<const size_t> ends,
                                absl::Span<double> seconds) = 0;
  /// Runs one launch and waits for it, or only these workgroups of it if there
  /// are any.
  virtual absl::Status RunLaunch(size_t index,
                                 absl::Span<const uint64_t> workgroups) = 0;
};

/// INVALID_ARGUMENT unless there is a number for each of the groups, which take
/// all of `launches`.
absl::Status CheckGroups(size_t launches, absl::Span<const size_t> ends,
                         absl::Span<const double> seconds);

/// Much data on its way to a device, in pieces: while some are filled, others
/// are copied. All functions but the destructor may be called from several
/// threads at a time; the device must not be used for anything else meanwhile.
class DeviceUpload {
public:
  virtual ~DeviceUpload();
  /// Memory of the upload's piece_bytes to be filled and sent. Waits until some
  /// is free; a thread may hold one piece at a time.
  virtual absl::StatusOr<std::byte *> Acquire() = 0;
  /// Copies the first `bytes` of a piece to the device's memory and takes the
  /// piece back. 0 bytes return it unsent.
  virtual absl::Status Send(std::byte *piece, uint64_t bytes,
                            std::byte *destination) = 0;
  /// Waits until everything has arrived.
  virtual absl::Status Finish() = 0;
};

/// What a code object was compiled for, as the bundle states it.
struct CodeTarget {
  std::string target; ///< host, gfx942
  std::string level;  ///< x86-64-v3, x86-64-v4
};

/// Kernels as source text (HipSource of the bundle's schema).
struct KernelSource {
  absl::string_view text;
  std::string target; ///< gfx942
  std::string format; ///< fnuz, ocp
};

class Device {
public:
  virtual ~Device();

  virtual absl::string_view description() const = 0;
  /// Whether addresses may be dereferenced by the host.
  virtual bool host_visible() const = 0;

  /// RESOURCE_EXHAUSTED if there is not enough memory. `name` is what reports
  /// call the allocation.
  virtual absl::StatusOr<std::unique_ptr<DeviceMemory>>
  Allocate(uint64_t bytes, absl::string_view name) = 0;

  /// One allocation per request. A device on which allocations are costly, or
  /// large ones few, makes a single one and hands out parts of it.
  struct AllocationRequest {
    uint64_t bytes = 0;
    std::string name;
  };
  virtual absl::StatusOr<std::vector<std::unique_ptr<DeviceMemory>>>
  AllocateTogether(absl::Span<const AllocationRequest> requests);

  /// Memory that may still be allocated; nothing where the system lends as much
  /// as is touched.
  virtual absl::StatusOr<std::optional<uint64_t>> FreeBytes();

  /// The source may change on return; launches and copies that follow see what
  /// it held.
  virtual absl::Status CopyIn(std::byte *destination,
                              absl::Span<const std::byte> source) = 0;
  virtual absl::Status CopyOut(absl::Span<std::byte> destination,
                               const std::byte *source) = 0;
  virtual absl::Status CopyWithin(std::byte *destination,
                                  const std::byte *source, uint64_t bytes) = 0;

  /// An upload with `pieces` pieces of `piece_bytes` each.
  virtual absl::StatusOr<std::unique_ptr<DeviceUpload>>
  BeginUpload(uint64_t piece_bytes, int pieces);

  /// Makes the contents of a range undefined: a device that watches reads
  /// reports what is read of it before it is written. Others do nothing.
  virtual absl::Status Discard(std::byte *address, uint64_t bytes);

  /// FAILED_PRECONDITION if the device cannot run code for this target.
  virtual absl::Status CheckTarget(const CodeTarget &target) const = 0;

  /// Errors of CheckTarget and those of the code object, which must outlive the
  /// result.
  virtual absl::StatusOr<std::unique_ptr<DeviceCode>>
  LoadCode(absl::Span<const std::byte> object, const CodeTarget &target) = 0;

  /// FAILED_PRECONDITION if the device cannot compile this source, or must not:
  /// for another FP8 dialect.
  virtual absl::Status CheckSource(const KernelSource &source) const;
  /// Errors of CheckSource and those of the compiler.
  virtual absl::StatusOr<std::unique_ptr<DeviceCode>>
  CompileCode(const KernelSource &source);
  /// Whether source is to be compiled even where there is a code object.
  virtual bool prefers_source() const { return false; }

  virtual absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Prepare(std::vector<DeviceLaunch> launches) = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_DEVICE_H
