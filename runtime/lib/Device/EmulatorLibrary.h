//===- EmulatorLibrary.h - Find and open the emulator ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_EMULATORLIBRARY_H
#define DSV4RUN_LIB_DEVICE_EMULATORLIBRARY_H

#include "absl/status/statusor.h"
#include "dsv4emu/DeviceAbi.h"

namespace dsv4run {

/// The functions of the emulator's library, which stays open: LLVM, which it
/// links, isn't made to be unloaded. NOT_FOUND with every place that was tried;
/// FAILED_PRECONDITION for a library of another version.
absl::StatusOr<const Dsv4EmuApi *> OpenEmulatorLibrary();

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_EMULATORLIBRARY_H
