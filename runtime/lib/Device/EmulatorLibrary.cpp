//===- EmulatorLibrary.cpp - Find and open the emulator -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EmulatorLibrary.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dsv4run {
namespace {

constexpr char kVariable[] = "DSV4_EMULATOR_DEVICE";

/// Files to try, in order. A file that the user names is the only one.
std::vector<std::string> Candidates() {
  if (const char *file = std::getenv(kVariable); file && *file)
    return {file};
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::path executable =
      std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    std::filesystem::path directory = executable.parent_path();
    files.push_back(directory / dsv4emu::kDeviceLibrary);
    files.push_back(directory.parent_path() / "lib" / dsv4emu::kDeviceLibrary);
  }
  files.push_back(dsv4emu::kDeviceLibrary);
  return files;
}

absl::StatusOr<const Dsv4EmuApi *> ApiOf(void *library,
                                         const std::string &file) {
  auto entry =
      reinterpret_cast<Dsv4EmuEntry>(dlsym(library, dsv4emu::kDeviceEntry));
  if (!entry)
    return absl::FailedPreconditionError(
        absl::StrCat(file, ": no symbol ", dsv4emu::kDeviceEntry,
                     "; expected the library of the gfx942 emulator"));
  if (const Dsv4EmuApi *api = entry(dsv4emu::kDeviceAbiVersion))
    return api;
  return absl::FailedPreconditionError(absl::StrCat(
      file, ": does not offer version ", dsv4emu::kDeviceAbiVersion,
      " of its interface; expected a library of the same release"));
}

} // namespace

absl::StatusOr<const Dsv4EmuApi *> OpenEmulatorLibrary() {
  std::vector<std::string> errors;
  for (const std::string &file : Candidates()) {
    if (void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
      return ApiOf(library, file);
    const char *error = dlerror();
    errors.push_back(absl::StrCat("  ", error ? error : file.c_str()));
  }
  return absl::NotFoundError(absl::StrCat(
      "the library of the gfx942 emulator cannot be opened; it is looked for "
      "where ",
      kVariable, " says, or else beside the executable, in ../lib and where ",
      "the dynamic loader looks:\n", absl::StrJoin(errors, "\n")));
}

} // namespace dsv4run
