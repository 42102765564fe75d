//===- Allocations.cpp - Memory that callers asked for --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Allocations.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

namespace hipstandin {

/// Device memory is handed out in pages of this size.
static constexpr uint64_t kPageBytes = 4096;

static uint64_t pages(uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

const char *memoryKindName(MemoryKind kind) {
  switch (kind) {
  case MemoryKind::Device:
    return "device memory";
  case MemoryKind::Pinned:
    return "pinned memory";
  case MemoryKind::Managed:
    return "managed memory";
  case MemoryKind::Registered:
    return "registered memory";
  }
  return "memory";
}

absl::StatusOr<Allocation> Allocations::allocate(uint64_t bytes,
                                                 MemoryKind kind, int device,
                                                 unsigned flags) {
  std::lock_guard<std::mutex> lock(mutex_);
  bool onDevice = kind == MemoryKind::Device;
  if (onDevice &&
      (bytes > capacity_ || pages(bytes) > capacity_ - used_[device]))
    return absl::ResourceExhaustedError(
        absl::StrCat(bytes, " bytes of device memory: device ", device, " has ",
                     capacity_ - used_[device], " of ", capacity_, " left"));
  auto address = memory_.allocate(
      bytes, absl::StrCat(memoryKindName(kind), " #", serial_ + 1), 4096);
  if (!address.ok())
    return address.status();
  if (onDevice)
    used_[device] += pages(bytes);
  else
    memory_.markWritten(*address, bytes);
  Allocation made{*address, bytes, kind, device, flags, ++serial_};
  allocations_[*address] = made;
  return made;
}

absl::StatusOr<Allocation> Allocations::registerHost(void *pointer,
                                                     uint64_t bytes, int device,
                                                     unsigned flags) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto address = reinterpret_cast<uint64_t>(pointer);
  auto next = allocations_.lower_bound(address);
  bool overlaps = next != allocations_.end() && next->first < address + bytes;
  if (next != allocations_.begin()) {
    const Allocation &before = std::prev(next)->second;
    overlaps |= before.address + before.bytes > address;
  }
  if (overlaps)
    return absl::AlreadyExistsError("memory is registered already");
  Allocation made{address, bytes, MemoryKind::Registered,
                  device,  flags, ++serial_};
  allocations_[address] = made;
  return made;
}

absl::Status Allocations::release(const void *pointer,
                                  std::initializer_list<MemoryKind> kinds) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = allocations_.find(reinterpret_cast<uint64_t>(pointer));
  if (it == allocations_.end() ||
      std::find(kinds.begin(), kinds.end(), it->second.kind) == kinds.end())
    return absl::NotFoundError(absl::StrCat(
        "0x", absl::Hex(reinterpret_cast<uint64_t>(pointer)),
        it == allocations_.end()
            ? " is not the start of an allocation"
            : absl::StrCat(" is ", memoryKindName(it->second.kind))));
  const Allocation allocation = it->second;
  allocations_.erase(it);
  if (allocation.kind == MemoryKind::Device)
    used_[allocation.device] -= pages(allocation.bytes);
  if (allocation.kind == MemoryKind::Registered)
    return absl::OkStatus();
  return memory_.free(allocation.address);
}

std::optional<Allocation> Allocations::find(const void *pointer) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto address = reinterpret_cast<uint64_t>(pointer);
  auto it = allocations_.upper_bound(address);
  if (it == allocations_.begin())
    return std::nullopt;
  const Allocation &allocation = std::prev(it)->second;
  if (address - allocation.address >= allocation.bytes)
    return std::nullopt;
  return allocation;
}

std::vector<Allocation> Allocations::all() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Allocation> out;
  for (const auto &entry : allocations_)
    out.push_back(entry.second);
  return out;
}

uint64_t Allocations::used(int device) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return used_[device];
}

} // namespace hipstandin
