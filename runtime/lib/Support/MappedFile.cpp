//===- MappedFile.cpp - Memory-mapped files and address ranges ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/MappedFile.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace dsv4run {

absl::StatusOr<MappedFile> MappedFile::Open(absl::string_view path) {
  std::string name(path);
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", name));
  absl::Cleanup closer = [fd] { close(fd); };

  struct stat info;
  if (fstat(fd, &info) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot stat ", name));
  if (!S_ISREG(info.st_mode))
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": expected a regular file, found a ",
                     S_ISDIR(info.st_mode) ? "directory" : "special file"));
  size_t size = info.st_size;
  if (size == 0)
    return MappedFile(std::move(name), nullptr, 0);
  void *data = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED)
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot map ", size, " bytes of ", name));
  return MappedFile(std::move(name), static_cast<const std::byte *>(data),
                    size);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : path_(std::move(other.path_)), data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_)
    munmap(const_cast<std::byte *>(data_), size_);
}

absl::StatusOr<ReservedMemory> ReservedMemory::Reserve(size_t bytes) {
  if (bytes == 0)
    return ReservedMemory(nullptr, 0);
  void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED)
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot reserve ", bytes, " bytes of memory"));
  return ReservedMemory(static_cast<std::byte *>(data), bytes);
}

ReservedMemory::ReservedMemory(ReservedMemory &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

ReservedMemory &ReservedMemory::operator=(ReservedMemory &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

ReservedMemory::~ReservedMemory() {
  if (data_)
    munmap(data_, size_);
}

absl::Status ReservedMemory::Release(size_t offset, size_t bytes) {
  size_t page = sysconf(_SC_PAGESIZE);
  if (offset % page != 0 || bytes % page != 0 || offset > size_ ||
      bytes > size_ - offset)
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot release bytes [", offset, ", +", bytes,
        ") of a reservation of ", size_,
        " bytes: expected a range inside it in multiples of ", page));
  if (bytes != 0 && madvise(data_ + offset, bytes, MADV_DONTNEED) != 0)
    return absl::ErrnoToStatus(errno, "cannot release reserved memory");
  return absl::OkStatus();
}

} // namespace dsv4run
