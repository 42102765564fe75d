//===- RocmLibrary.cpp - Where libraries of ROCm are ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RocmLibrary.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace dsv4run {

LibrarySearch RocmLibrarySearch(absl::string_view what, absl::string_view stem,
                                absl::string_view variable) {
  LibrarySearch search{std::string(what), std::string(variable),
                       Sonames(stem, 9, 5)};
  const char *root = std::getenv("ROCM_PATH");
  std::string folder =
      absl::StrCat(root && *root ? root : "/opt/rocm", "/lib/");
  for (const std::string &name : Sonames(stem, 9, 5))
    search.files.push_back(folder + name);
  return search;
}

} // namespace dsv4run
