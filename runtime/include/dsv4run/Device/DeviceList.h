//===- DeviceList.h - What this machine offers ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DEVICE_DEVICELIST_H
#define DSV4RUN_DEVICE_DEVICELIST_H

#include <string>

#include "absl/status/statusor.h"

namespace dsv4run {

/// The file of libcuda, if it can be opened. No device uses it yet.
absl::StatusOr<std::string> FindCudaLibrary();

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_DEVICELIST_H
