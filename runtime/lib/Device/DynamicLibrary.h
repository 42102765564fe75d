//===- DynamicLibrary.h - Libraries that are opened at run time -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Driver libraries belong to the machine, not to the build: one binary runs
// where there is none.

#ifndef DSV4RUN_LIB_DEVICE_DYNAMICLIBRARY_H
#define DSV4RUN_LIB_DEVICE_DYNAMICLIBRARY_H

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// Where a library is looked for.
struct LibrarySearch {
  std::string what;     ///< for messages: "the HIP runtime"
  std::string variable; ///< environment variable that names the only file
  std::vector<std::string> files; ///< otherwise, in this order
};

/// An open library. It stays open until the process ends: drivers run threads
/// and exit handlers, which must not lose their code.
class DynamicLibrary {
public:
  /// NOT_FOUND lists every file that was tried and why it could not be opened.
  static absl::StatusOr<DynamicLibrary> Open(const LibrarySearch &search);

  /// The file that was opened, as the dynamic loader resolved it.
  const std::string &path() const { return path_; }

  /// Null if there is no such symbol.
  void *FindSymbol(const char *name) const;

  /// NOT_FOUND names the library and all of these symbols that it lacks.
  absl::Status CheckSymbols(absl::Span<const char *const> names) const;

private:
  DynamicLibrary(void *handle, std::string path)
      : handle_(handle), path_(std::move(path)) {}

  void *handle_;
  std::string path_;
};

/// "lib.so.9", ..., "lib.so.5", "lib.so": newest first, and the name without a
/// version last, since it comes with development files only.
std::vector<std::string> Sonames(absl::string_view stem, int newest,
                                 int oldest);

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_DYNAMICLIBRARY_H
