//===- CodeCache.cpp - Compiled kernels on disk ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeCache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsv4run/Support/AtomicFile.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/Sha256.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// In front of the code, with its hash behind it: what a disk or a person has
/// altered is compiled anew.
constexpr absl::string_view kMagic = "dsv4 code object 1\n";

std::string Variable(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// Makes the folder, and checks that it belongs to this user alone.
absl::Status Claim(const std::string &folder) {
  std::filesystem::path path(folder);
  std::error_code error;
  if (path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": cannot be made: ", strerror(errno)));
  struct stat info;
  if (stat(folder.c_str(), &info) != 0)
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": ", strerror(errno)));
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & (S_IWGRP | S_IWOTH)))
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": expected a folder that only its owner, user ",
                     geteuid(), ", may write to"));
  return absl::OkStatus();
}

} // namespace

CodeCache CodeCache::Default() {
  if (std::getenv("DSV4_CACHE_DIR"))
    return CodeCache(Variable("DSV4_CACHE_DIR"));
  std::string base = Variable("XDG_CACHE_HOME");
  if (base.empty() && !Variable("HOME").empty())
    base = Variable("HOME") + "/.cache";
  return CodeCache(base.empty() ? "" : base + "/dsv4");
}

std::string CodeCache::FileOf(absl::string_view key) const {
  return absl::StrCat(folder_, "/", Sha256Hex(key), ".code");
}

std::optional<std::string> CodeCache::Find(absl::string_view key) const {
  if (folder_.empty() || !Claim(folder_).ok())
    return std::nullopt;
  absl::StatusOr<MappedFile> file = MappedFile::Open(FileOf(key));
  if (!file.ok())
    return std::nullopt;
  absl::string_view text(reinterpret_cast<const char *>(file->bytes().data()),
                         file->bytes().size());
  constexpr size_t kHashBytes = 64;
  if (!absl::ConsumePrefix(&text, kMagic) || text.size() < kHashBytes ||
      Sha256Hex(text.substr(kHashBytes)) != text.substr(0, kHashBytes))
    return std::nullopt;
  return std::string(text.substr(kHashBytes));
}

absl::Status CodeCache::Store(absl::string_view key,
                              absl::string_view code) const {
  if (folder_.empty())
    return absl::OkStatus();
  DSV4RUN_RETURN_IF_ERROR(Claim(folder_));
  return WriteFileAtomically(FileOf(key),
                             absl::StrCat(kMagic, Sha256Hex(code), code),
                             AtomicFile::Existing::kReplace);
}

} // namespace dsv4run
