//===- Memory.h - Device memory with bounds and initialisation --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One reserved range of host addresses holds all device memory, so that a
// device pointer is a host pointer and the bounds test that keeps the emulator
// itself safe is one subtraction. A shadow byte per byte says whether it is
// allocated, initialised or freed.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_MEMORY_H
#define DSV4EMU_MEMORY_H

#include "absl/status/statusor.h"
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace dsv4emu {

class Memory {
public:
  enum Shadow : uint8_t { Unallocated = 0, Freed = 1, Fresh = 2, Written = 3 };

  /// Reserves `bytes` of address space; pages are only backed when touched.
  explicit Memory(uint64_t bytes = uint64_t{1} << 36);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// Allocates with a guard gap behind. Contents are undefined (and `Fresh`)
  /// until written.
  absl::StatusOr<uint64_t> allocate(uint64_t bytes, std::string label,
                                    uint64_t align = 256);
  absl::Status free(uint64_t address);
  absl::Status write(uint64_t address, const void *data, uint64_t bytes);
  absl::Status read(uint64_t address, void *data, uint64_t bytes) const;
  /// Marks the range as written without touching it.
  void markWritten(uint64_t address, uint64_t bytes);
  /// Makes the contents of a range undefined, as after its allocation.
  absl::Status discard(uint64_t address, uint64_t bytes);

  bool contains(uint64_t address, uint64_t bytes) const {
    return address - base < size && size - (address - base) >= bytes;
  }
  /// Whether the range lies inside one live allocation.
  bool live(uint64_t address, uint64_t bytes) const;
  uint8_t *host(uint64_t address) const {
    return reinterpret_cast<uint8_t *>(address);
  }
  uint8_t *shadow(uint64_t address) const {
    return shadowBytes + (address - base);
  }
  uint64_t begin() const { return base; }
  uint64_t reserved() const { return size; }

  /// "16 bytes past the end of 'out' (1024 bytes at 0x...)" and the like.
  std::string describe(uint64_t address) const;

private:
  struct Allocation {
    uint64_t bytes;
    std::string label;
    bool freed;
  };
  const Allocation *find(uint64_t address, uint64_t &begin) const;
  /// OUT_OF_RANGE unless the range lies inside one live allocation.
  absl::Status checkLive(const char *what, uint64_t address,
                         uint64_t bytes) const;

  uint64_t base = 0, size = 0, next = 0;
  uint8_t *shadowBytes = nullptr;
  std::map<uint64_t, Allocation> allocations;
  mutable std::mutex mutex;
};

} // namespace dsv4emu

#endif // DSV4EMU_MEMORY_H
