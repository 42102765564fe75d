//===- AtomicFile.cpp - Files that appear complete or not at all ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/AtomicFile.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<AtomicFile> AtomicFile::Create(absl::string_view path,
                                              Existing existing) {
  std::string name(path);
  // Tells the user before hours of writing what Commit would say after them.
  if (existing == Existing::kKeep && access(name.c_str(), F_OK) == 0)
    return absl::AlreadyExistsError(
        absl::StrCat(name, " exists and will not be overwritten"));
  // Opened by hand: mkstemp would ignore the umask.
  static std::atomic<int> counter{0};
  std::string temporary;
  int fd;
  do {
    temporary = absl::StrCat(name, ".tmp-", getpid(), "-", counter++);
    fd = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EEXIST);
  if (fd < 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", name));
  return AtomicFile(std::move(name), std::move(temporary), fd, existing);
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)), existing_(other.existing_) {
  other.temporary_.clear();
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0)
    close(fd_);
  if (!temporary_.empty())
    unlink(temporary_.c_str());
}

absl::Status AtomicFile::WriteAt(uint64_t offset,
                                 absl::Span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return absl::ErrnoToStatus(
          errno, absl::StrCat("cannot write ", bytes.size(),
                              " bytes at offset ", offset, " of ", path_));
    bytes.remove_prefix(written);
    offset += written;
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::WriteAt(uint64_t offset, absl::string_view text) {
  return WriteAt(
      offset, absl::MakeSpan(reinterpret_cast<const std::byte *>(text.data()),
                             text.size()));
}

absl::Status AtomicFile::Commit() {
  if (fsync(fd_) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot flush ", path_));
  if (int fd = std::exchange(fd_, -1); close(fd) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot close ", path_));
  if (existing_ == Existing::kReplace) {
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path_));
    temporary_.clear();
    return absl::OkStatus();
  }
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(),
                RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return absl::OkStatus();
  }
  // Not every file system knows RENAME_NOREPLACE; link has the same guarantee.
  if (errno == EINVAL && link(temporary_.c_str(), path_.c_str()) == 0)
    return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path_));
}

absl::Status WriteFileAtomically(absl::string_view path, absl::string_view text,
                                 AtomicFile::Existing existing) {
  DSV4RUN_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, existing));
  DSV4RUN_RETURN_IF_ERROR(file.WriteAt(0, text));
  return file.Commit();
}

} // namespace dsv4run
