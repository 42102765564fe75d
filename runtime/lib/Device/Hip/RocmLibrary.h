//===- RocmLibrary.h - Where libraries of ROCm are ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_HIP_ROCMLIBRARY_H
#define DSV4RUN_LIB_DEVICE_HIP_ROCMLIBRARY_H

#include "../DynamicLibrary.h"

namespace dsv4run {

/// Versions 9 to 5 of a library and the one without a version: first where the
/// dynamic loader looks, then in $ROCM_PATH/lib, or /opt/rocm/lib, where ROCm's
/// own packages are but the loader does not always look.
LibrarySearch RocmLibrarySearch(absl::string_view what, absl::string_view stem,
                                absl::string_view variable);

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_HIP_ROCMLIBRARY_H
