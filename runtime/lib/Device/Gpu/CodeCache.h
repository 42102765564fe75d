//===- CodeCache.h - Compiled kernels on disk -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_CODECACHE_H
#define DSV4RUN_LIB_DEVICE_GPU_CODECACHE_H

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// A folder with a file per code object, named by a hash of everything that the
/// code depends on. Files appear complete or not at all, so that any number of
/// processes may use the folder at a time. What is in it is executed: it is
/// made for its owner alone, and a folder that others may write to is not used.
class CodeCache {
public:
  /// $DSV4_CACHE_DIR, or else dsv4 in $XDG_CACHE_HOME or ~/.cache. A variable
  /// DSV4_CACHE_DIR that is empty means no cache.
  static CodeCache Default();
  /// An empty folder name means no cache.
  explicit CodeCache(std::string folder) : folder_(std::move(folder)) {}

  const std::string &folder() const { return folder_; }

  /// The code stored under a key, unless there is none or it is damaged.
  std::optional<std::string> Find(absl::string_view key) const;
  /// An error means that nothing was stored, not that anything is wrong with
  /// the code.
  absl::Status Store(absl::string_view key, absl::string_view code) const;

private:
  std::string FileOf(absl::string_view key) const;
  std::string folder_;
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_CODECACHE_H
