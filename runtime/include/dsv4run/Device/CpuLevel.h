//===- CpuLevel.h - x86-64 microarchitecture levels -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DEVICE_CPULEVEL_H
#define DSV4RUN_DEVICE_CPULEVEL_H

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// The highest level of the x86-64 psABI that CPU and operating system support:
/// 1 to 4, or 0 on other architectures.
int HostCpuLevel();

/// "x86-64-v3"; "x86-64" for level 1.
std::string CpuLevelName(int level);

/// OK if code compiled for `level` ("x86-64", "x86-64-v2", ...) runs on a CPU
/// of `host_level`; otherwise FAILED_PRECONDITION with both names.
absl::Status CheckCpuLevel(absl::string_view level, int host_level);

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_CPULEVEL_H
