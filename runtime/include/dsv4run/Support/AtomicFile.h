//===- AtomicFile.h - Files that appear complete or not at all ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_ATOMICFILE_H
#define DSV4RUN_SUPPORT_ATOMICFILE_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// A file written under a temporary name next to its destination and renamed by
/// Commit. Until then the destination is untouched, whatever fails; an
/// uncommitted temporary is deleted by the destructor.
class AtomicFile {
public:
  enum class Existing {
    kKeep,    ///< Commit fails with ALREADY_EXISTS if the destination exists.
    kReplace, ///< Commit replaces the destination.
  };

  static absl::StatusOr<AtomicFile> Create(absl::string_view path,
                                           Existing existing);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&other) = delete;
  AtomicFile(const AtomicFile &) = delete;
  ~AtomicFile();

  /// Writes all bytes at a file offset. Thread-safe for disjoint ranges.
  absl::Status WriteAt(uint64_t offset, absl::Span<const std::byte> bytes);
  absl::Status WriteAt(uint64_t offset, absl::string_view text);

  /// Flushes to disk, so that a full disk is reported here at the latest, and
  /// renames.
  absl::Status Commit();

  const std::string &path() const { return path_; }

private:
  AtomicFile(std::string path, std::string temporary, int fd, Existing existing)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd),
        existing_(existing) {}

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
  Existing existing_;
};

/// Creates or replaces a small file as a whole.
absl::Status WriteFileAtomically(absl::string_view path, absl::string_view text,
                                 AtomicFile::Existing existing);

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_ATOMICFILE_H
