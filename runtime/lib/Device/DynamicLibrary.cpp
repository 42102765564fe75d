//===- DynamicLibrary.cpp - Libraries that are opened at run time ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DynamicLibrary.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dsv4run {
namespace {

/// How glibc ends its message for a file that does not exist.
constexpr absl::string_view kNoSuchFile =
    ": cannot open shared object file: No such file or directory";

std::string ResolvedPath(void *handle, const std::string &file) {
  link_map *map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map && map->l_name &&
      *map->l_name)
    return map->l_name;
  return file;
}

} // namespace

absl::StatusOr<DynamicLibrary>
DynamicLibrary::Open(const LibrarySearch &search) {
  std::vector<std::string> files = search.files;
  const char *named =
      search.variable.empty() ? nullptr : std::getenv(search.variable.c_str());
  if (named && *named)
    files = {named};
  std::vector<std::string> absent, errors;
  for (const std::string &file : files) {
    if (void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
      return DynamicLibrary(handle, ResolvedPath(handle, file));
    const char *text = dlerror();
    std::string error = text ? text : file;
    // A file that is there, but lacks a library of its own, says so.
    if (error == absl::StrCat(file, kNoSuchFile))
      absent.push_back(file);
    else
      errors.push_back(std::move(error));
  }
  if (!absent.empty())
    errors.push_back(absl::StrCat("not found: ", absl::StrJoin(absent, ", ")));
  return absl::NotFoundError(absl::StrCat(
      search.what, " cannot be opened",
      named && *named ? absl::StrCat(", which ", search.variable, " names")
                      : "",
      ": ", absl::StrJoin(errors, "; ")));
}

void *DynamicLibrary::FindSymbol(const char *name) const {
  return dlsym(handle_, name);
}

absl::Status
DynamicLibrary::CheckSymbols(absl::Span<const char *const> names) const {
  std::vector<absl::string_view> missing;
  for (const char *name : names)
    if (!FindSymbol(name))
      missing.push_back(name);
  if (missing.empty())
    return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      path_, " lacks ", absl::StrJoin(missing, ", "), "; it is too old"));
}

std::vector<std::string> Sonames(absl::string_view stem, int newest,
                                 int oldest) {
  std::vector<std::string> names;
  for (int version = newest; version >= oldest; --version)
    names.push_back(absl::StrCat(stem, ".so.", version));
  names.push_back(absl::StrCat(stem, ".so"));
  return names;
}

} // namespace dsv4run
