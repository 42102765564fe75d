//===- Allocations.h - Memory that callers asked for ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_ALLOCATIONS_H
#define HIPSTANDIN_ALLOCATIONS_H

#include "absl/status/statusor.h"
#include "dsv4emu/Memory.h"
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace hipstandin {

enum class MemoryKind {
  Device,
  Pinned,
  Managed,
  Registered, ///< The caller's own memory, known to hipHostRegister.
};

const char *memoryKindName(MemoryKind kind);

struct Allocation {
  uint64_t address = 0;
  uint64_t bytes = 0;
  MemoryKind kind = MemoryKind::Device;
  int device = 0;
  unsigned flags = 0;
  uint64_t serial = 0; ///< Counts from 1.

  uint8_t *pointer() const { return reinterpret_cast<uint8_t *>(address); }
};

/// Which memory belongs to whom. Device, pinned and managed memory lie in the
/// emulator's address space and are the same pointers on host and device.
class Allocations {
public:
  Allocations(dsv4emu::Memory &memory, int devices, uint64_t bytesPerDevice)
      : memory_(memory), capacity_(bytesPerDevice), used_(devices) {}

  /// RESOURCE_EXHAUSTED if the device's memory does not suffice. Device memory
  /// is undefined until written; what the host can write counts as written.
  absl::StatusOr<Allocation> allocate(uint64_t bytes, MemoryKind kind,
                                      int device, unsigned flags);
  /// ALREADY_EXISTS if a part is registered.
  absl::StatusOr<Allocation> registerHost(void *pointer, uint64_t bytes,
                                          int device, unsigned flags);
  /// NOT_FOUND unless `pointer` is the start of an allocation of such a kind.
  absl::Status release(const void *pointer,
                       std::initializer_list<MemoryKind> kinds);

  /// The allocation that `pointer` points into.
  std::optional<Allocation> find(const void *pointer) const;
  std::vector<Allocation> all() const;

  uint64_t capacity() const { return capacity_; }
  uint64_t used(int device) const;

private:
  dsv4emu::Memory &memory_;
  const uint64_t capacity_;
  mutable std::mutex mutex_;
  std::vector<uint64_t> used_; ///< Device memory, by device.
  uint64_t serial_ = 0;
  std::map<uint64_t, Allocation> allocations_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_ALLOCATIONS_H
