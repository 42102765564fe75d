//===- GpuErrors.cpp - Error numbers that HIP and CUDA share --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuErrors.h"

#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

/// By hipError_t of HIP's hip_runtime_api.h and CUresult of CUDA's cuda.h.
absl::StatusCode CodeOf(int number) {
  switch (number) {
  case 2: // out of memory
    return absl::StatusCode::kResourceExhausted;
  case 35:  // driver older than the library
  case 100: // no device
  case 101: // invalid device
  case 200: // invalid image
  case 209: // no binary for this GPU
    return absl::StatusCode::kFailedPrecondition;
  case 500: // not found
    return absl::StatusCode::kNotFound;
  case 801: // not supported
    return absl::StatusCode::kUnimplemented;
  case 4:   // deinitialised
  case 214: // uncorrectable ECC error
  case 304: // operating system
  case 709: // context destroyed
  case 999: // unknown, which is what a lost device gives
    return absl::StatusCode::kUnavailable;
  case 700: // illegal address
  case 702: // timeout of a launch
  case 710: // assertion of a kernel
  case 719: // launch failure
    return absl::StatusCode::kAborted;
  default:
    return absl::StatusCode::kInternal;
  }
}

/// What to do about an error after which nothing runs on the device.
absl::string_view Advice(absl::StatusCode code) {
  if (code == absl::StatusCode::kUnavailable)
    return "; the device may be lost: the kernel's log (dmesg) says more";
  if (code == absl::StatusCode::kAborted)
    return "; a kernel failed: --sync-launches says which one";
  return "";
}

} // namespace

absl::Status GpuError(absl::string_view function, int number,
                      absl::string_view name, absl::string_view text) {
  const absl::StatusCode code = CodeOf(number);
  return absl::Status(code, absl::StrCat(function, ": ", name, " (", number,
                                         "): ", text, Advice(code)));
}

} // namespace dsv4run
