//===- Memory.cpp - Device memory with bounds and initialisation ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Memory.h"
#include "absl/strings/str_cat.h"
#include <sys/mman.h>

namespace dsv4emu {

static constexpr uint64_t kGuardBytes = 4096;

static uint64_t reserve(uint64_t bytes) {
  void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? 0 : reinterpret_cast<uint64_t>(address);
}

Memory::Memory(uint64_t bytes) {
  base = reserve(bytes);
  shadowBytes = reinterpret_cast<uint8_t *>(reserve(bytes));
  // Without address space every allocation reports the failure.
  if (base && shadowBytes)
    size = bytes;
  next = base + kGuardBytes;
}

Memory::~Memory() {
  if (size) {
    munmap(reinterpret_cast<void *>(base), size);
    munmap(shadowBytes, size);
  }
}

absl::StatusOr<uint64_t> Memory::allocate(uint64_t bytes, std::string label,
                                          uint64_t align) {
  std::lock_guard<std::mutex> lock(mutex);
  if (align == 0 || (align & (align - 1)) != 0 || align > (1u << 30))
    return absl::InvalidArgumentError(
        absl::StrCat("allocation '", label, "': alignment ", align,
                     " is not a power of two up to 2^30"));
  uint64_t address = (next + align - 1) & ~(align - 1);
  if (!contains(address, 0) || bytes > size ||
      size - (address - base) < bytes + kGuardBytes)
    return absl::ResourceExhaustedError(
        absl::StrCat("allocation '", label, "' of ", bytes,
                     " bytes: ", size ? size - (next - base) : 0,
                     " bytes of device memory left"));
  std::memset(shadow(address), Fresh, bytes);
  allocations[address] = {bytes, std::move(label), false};
  next = address + bytes + kGuardBytes;
  return address;
}

absl::Status Memory::free(uint64_t address) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = allocations.find(address);
  if (it == allocations.end() || it->second.freed)
    return absl::InvalidArgumentError(
        absl::StrCat("free of 0x", absl::Hex(address),
                     ", which is not the start of a live allocation"));
  // Addresses are never reused, so that a late access is always recognised;
  // the pages go back.
  it->second.freed = true;
  std::memset(shadow(address), Freed, it->second.bytes);
  uint64_t first = (address + 4095) & ~uint64_t{4095};
  uint64_t last = (address + it->second.bytes) & ~uint64_t{4095};
  if (first < last)
    madvise(host(first), last - first, MADV_DONTNEED);
  return absl::OkStatus();
}

absl::Status Memory::write(uint64_t address, const void *data, uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  if (absl::Status s = checkLive("write", address, bytes); !s.ok())
    return s;
  std::memcpy(host(address), data, bytes);
  std::memset(shadow(address), Written, bytes);
  return absl::OkStatus();
}

absl::Status Memory::read(uint64_t address, void *data, uint64_t bytes) const {
  std::lock_guard<std::mutex> lock(mutex);
  if (absl::Status s = checkLive("read", address, bytes); !s.ok())
    return s;
  std::memcpy(data, host(address), bytes);
  return absl::OkStatus();
}

absl::Status Memory::discard(uint64_t address, uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  if (absl::Status s = checkLive("discard", address, bytes); !s.ok())
    return s;
  std::memset(shadow(address), Fresh, bytes);
  return absl::OkStatus();
}

bool Memory::live(uint64_t address, uint64_t bytes) const {
  std::lock_guard<std::mutex> lock(mutex);
  return checkLive("use", address, bytes).ok();
}

absl::Status Memory::checkLive(const char *what, uint64_t address,
                               uint64_t bytes) const {
  uint64_t begin = 0;
  const Allocation *allocation = find(address, begin);
  if (allocation && !allocation->freed &&
      bytes <= allocation->bytes - (address - begin))
    return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat(what, " of ", bytes, " bytes at 0x", absl::Hex(address),
                   " is not inside a live allocation"));
}

void Memory::markWritten(uint64_t address, uint64_t bytes) {
  if (contains(address, bytes))
    std::memset(shadow(address), Written, bytes);
}

const Memory::Allocation *Memory::find(uint64_t address,
                                       uint64_t &begin) const {
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return nullptr;
  --it;
  begin = it->first;
  return address - begin <= it->second.bytes ? &it->second : nullptr;
}

std::string Memory::describe(uint64_t address) const {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return it == allocations.end()
               ? "no allocation exists"
               : absl::StrCat(it->first - address, " bytes before '",
                              it->second.label, "'");
  --it;
  uint64_t distance = address - it->first;
  const Allocation &a = it->second;
  std::string what =
      absl::StrCat("'", a.label, "' (", a.bytes, " bytes at 0x",
                   absl::Hex(it->first), a.freed ? ", freed)" : ")");
  if (distance < a.bytes)
    return absl::StrCat("byte ", distance, " of ", what);
  return absl::StrCat(distance - a.bytes, " bytes past the end of ", what);
}

} // namespace dsv4emu
