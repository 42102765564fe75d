//===- Memory.cpp - Device memory with bounds and initialisation ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Memory.h"
#include "absl/strings/str_cat.h"
#include <array>
#include <sys/mman.h>
#include <unistd.h>

namespace dsv4emu {

static constexpr uint64_t kPageBytes = 4096;
static constexpr uint64_t kGuardBytes = kPageBytes;
static constexpr uint64_t kPatternBytes = uint64_t{1} << 26;

static uint64_t reserve(uint64_t bytes) {
  void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? 0 : reinterpret_cast<uint64_t>(address);
}

/// A file in memory of kPatternBytes equal bytes, made when first needed; -1 if
/// the system cannot.
static int patternFile(uint8_t value) {
  static std::array<std::once_flag, 4> once;
  static std::array<int, 4> files{-1, -1, -1, -1};
  std::call_once(once[value], [value] {
    int file = memfd_create("dsv4emu-shadow", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, kPatternBytes) != 0)
      return;
    void *bytes = mmap(nullptr, kPatternBytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED)
      return;
    std::memset(bytes, value, kPatternBytes);
    munmap(bytes, kPatternBytes);
    files[value] = file;
  });
  return files[value];
}

/// Sets a range of the shadow. Large parts become copy-on-write mappings of one
/// file, so that an allocation of many gigabytes costs memory only where it is
/// used.
static void setShadow(uint8_t *first, uint64_t bytes, uint8_t value) {
  auto begin = reinterpret_cast<uint64_t>(first), end = begin + bytes;
  uint64_t from = (begin + kPatternBytes - 1) & ~(kPatternBytes - 1);
  uint64_t to = end & ~(kPatternBytes - 1);
  int file = from < to ? patternFile(value) : -1;
  uint64_t mapped = from;
  for (; file >= 0 && mapped < to; mapped += kPatternBytes)
    if (mmap(reinterpret_cast<void *>(mapped), kPatternBytes,
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             file, 0) == MAP_FAILED)
      break;
  if (mapped == from) {
    std::memset(first, value, bytes);
    return;
  }
  std::memset(first, value, from - begin);
  std::memset(reinterpret_cast<void *>(mapped), value, end - mapped);
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
  setShadow(shadow(address), bytes, Fresh);
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
  // Addresses are never reused, so that a late access is always recognised; the
  // pages go back. The gap keeps other allocations off them.
  it->second.freed = true;
  uint64_t bytes = it->second.bytes;
  uint64_t first = address & ~(kPageBytes - 1);
  uint64_t last = (address + bytes + kPageBytes - 1) & ~(kPageBytes - 1);
  madvise(host(first), last - first, MADV_DONTNEED);
  if (bytes < kPatternBytes)
    madvise(shadow(first), last - first, MADV_DONTNEED);
  else
    setShadow(shadow(address), bytes, Freed);
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
  setShadow(shadow(address), bytes, Fresh);
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
    setShadow(shadow(address), bytes, Written);
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
