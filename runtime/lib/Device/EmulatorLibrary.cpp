//===- EmulatorLibrary.cpp - Find and open the emulator -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EmulatorLibrary.h"

#include <filesystem>
#include <string>
#include <vector>

#include "DynamicLibrary.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr char kVariable[] = "DSV4_EMULATOR_DEVICE";

/// Files to try, in order.
std::vector<std::string> Candidates() {
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

} // namespace

absl::StatusOr<const Dsv4EmuApi *> OpenEmulatorLibrary() {
  DSV4RUN_ASSIGN_OR_RETURN(
      DynamicLibrary library,
      DynamicLibrary::Open(
          {absl::StrCat("the library of the gfx942 emulator (looked for where ",
                        kVariable,
                        " says, or else beside the executable, in ../lib and "
                        "where the dynamic loader looks)"),
           kVariable, Candidates()}));
  auto entry =
      reinterpret_cast<Dsv4EmuEntry>(library.FindSymbol(dsv4emu::kDeviceEntry));
  if (!entry)
    return absl::FailedPreconditionError(
        absl::StrCat(library.path(), ": no symbol ", dsv4emu::kDeviceEntry,
                     "; expected the library of the gfx942 emulator"));
  if (const Dsv4EmuApi *api = entry(dsv4emu::kDeviceAbiVersion))
    return api;
  return absl::FailedPreconditionError(absl::StrCat(
      library.path(), ": does not offer version ", dsv4emu::kDeviceAbiVersion,
      " of its interface; expected a library of the same release"));
}

} // namespace dsv4run
