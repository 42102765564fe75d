//===- MappedFile.h - Memory-mapped files and address ranges --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_MAPPEDFILE_H
#define DSV4RUN_SUPPORT_MAPPEDFILE_H

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// A whole regular file mapped read-only. The mapping starts page-aligned and
/// lives as long as the object. Shrinking the file while it is mapped raises
/// SIGBUS on access, as with every mmap.
class MappedFile {
public:
  /// Fails for missing files, directories and other non-regular files. An empty
  /// file gives an empty span.
  static absl::StatusOr<MappedFile> Open(absl::string_view path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  absl::Span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string &path() const { return path_; }

private:
  MappedFile(std::string path, const std::byte *data, size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}

  std::string path_;
  const std::byte *data_ = nullptr;
  size_t size_ = 0;
};

/// A zero-initialised, page-aligned address range whose memory the kernel
/// commits on first touch (MAP_NORESERVE), so that it may exceed physical
/// memory.
class ReservedMemory {
public:
  static absl::StatusOr<ReservedMemory> Reserve(size_t bytes);

  ReservedMemory(ReservedMemory &&other) noexcept;
  ReservedMemory &operator=(ReservedMemory &&other) noexcept;
  ReservedMemory(const ReservedMemory &) = delete;
  ReservedMemory &operator=(const ReservedMemory &) = delete;
  ~ReservedMemory();

  std::byte *data() const { return data_; }
  size_t size() const { return size_; }

  /// Gives the pages of [offset, offset+bytes) back to the kernel; they read as
  /// zero afterwards. The range must be page-aligned and inside the
  /// reservation.
  absl::Status Release(size_t offset, size_t bytes);

private:
  ReservedMemory(std::byte *data, size_t size) : data_(data), size_(size) {}

  std::byte *data_ = nullptr;
  size_t size_ = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_MAPPEDFILE_H
