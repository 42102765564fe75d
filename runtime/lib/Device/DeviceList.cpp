//===- DeviceList.cpp - What this machine offers --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/DeviceList.h"

#include "DynamicLibrary.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<std::string> FindCudaLibrary() {
  DSV4RUN_ASSIGN_OR_RETURN(
      DynamicLibrary library,
      DynamicLibrary::Open(
          {"the CUDA driver", "", {"libcuda.so.1", "libcuda.so"}}));
  return library.path();
}

} // namespace dsv4run
