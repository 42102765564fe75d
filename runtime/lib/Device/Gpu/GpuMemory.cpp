//===- GpuMemory.cpp - Allocations on a GPU -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuMemory.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// What kernels may expect of a buffer's address (Device.h).
constexpr uint64_t kAlignment = 256;

class Allocation {
public:
  Allocation(GpuDriver &driver, std::byte *address)
      : driver_(driver), address_(address) {}
  // The memory of a lost device is gone anyway.
  ~Allocation() {
    driver_.MakeCurrent().IgnoreError();
    driver_.Free(address_).IgnoreError();
  }
  Allocation(const Allocation &) = delete;
  Allocation &operator=(const Allocation &) = delete;

  std::byte *address() const { return address_; }

private:
  GpuDriver &driver_;
  std::byte *address_;
};

class Part final : public DeviceMemory {
public:
  Part(std::shared_ptr<Allocation> allocation, uint64_t offset, uint64_t bytes)
      : DeviceMemory(allocation->address() + offset, bytes),
        allocation_(std::move(allocation)) {}

private:
  std::shared_ptr<Allocation> allocation_;
};

absl::StatusOr<std::shared_ptr<Allocation>> Allocate(GpuDriver &driver,
                                                     GpuHandle stream,
                                                     uint64_t bytes,
                                                     absl::string_view name) {
  DSV4RUN_RETURN_IF_ERROR(driver.MakeCurrent());
  absl::StatusOr<std::byte *> address = driver.Allocate(bytes);
  if (absl::IsResourceExhausted(address.status())) {
    absl::StatusOr<GpuMemory> memory = driver.MemoryInfo();
    return absl::ResourceExhaustedError(absl::StrCat(
        "no memory on ", driver.properties().name, " for ", name, ": needed ",
        FormatBytes(bytes),
        memory.ok() ? absl::StrCat(", free ", FormatBytes(memory->free_bytes),
                                   " of ", FormatBytes(memory->total_bytes))
                    : "",
        ": ", address.status().message()));
  }
  DSV4RUN_RETURN_IF_ERROR(address.status());
  auto allocation = std::make_shared<Allocation>(driver, *address);
  DSV4RUN_RETURN_IF_ERROR(driver.Clear(*address, bytes, stream));
  // Uploads go through other streams.
  DSV4RUN_RETURN_IF_ERROR(driver.Synchronize(stream));
  return allocation;
}

} // namespace

absl::StatusOr<std::unique_ptr<DeviceMemory>>
AllocateGpuMemory(GpuDriver &driver, GpuHandle stream, uint64_t bytes,
                  absl::string_view name) {
  DSV4RUN_ASSIGN_OR_RETURN(std::shared_ptr<Allocation> allocation,
                           Allocate(driver, stream, bytes, name));
  return std::make_unique<Part>(std::move(allocation), 0, bytes);
}

absl::StatusOr<std::vector<std::unique_ptr<DeviceMemory>>>
AllocateGpuArena(GpuDriver &driver, GpuHandle stream,
                 absl::Span<const Device::AllocationRequest> requests) {
  std::vector<uint64_t> offsets;
  uint64_t end = 0;
  for (const Device::AllocationRequest &request : requests) {
    offsets.push_back(end);
    std::optional<uint64_t> next = CheckedAdd(end, request.bytes);
    if (next)
      next = CheckedAdd(*next, kAlignment - 1);
    if (!next)
      return absl::ResourceExhaustedError(
          absl::StrCat("memory for ", request.name, " exceeds 2^64 bytes"));
    end = *next / kAlignment * kAlignment;
  }
  std::vector<std::unique_ptr<DeviceMemory>> parts;
  if (requests.empty())
    return parts;
  std::string names = requests.size() == 1
                          ? requests[0].name
                          : absl::StrCat("state and buffers of steps (",
                                         requests.size(), " parts)");
  DSV4RUN_ASSIGN_OR_RETURN(
      std::shared_ptr<Allocation> allocation,
      Allocate(driver, stream, std::max(end, kAlignment), names));
  for (size_t i = 0; i < requests.size(); ++i)
    parts.push_back(
        std::make_unique<Part>(allocation, offsets[i], requests[i].bytes));
  return parts;
}

} // namespace dsv4run
