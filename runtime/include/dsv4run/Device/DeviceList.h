//===- DeviceList.h - What this machine offers ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DEVICE_DEVICELIST_H
#define DSV4RUN_DEVICE_DEVICELIST_H

#include <string>
#include <vector>

namespace dsv4run {

/// A driver library that a device would be reached through.
struct DriverProbe {
  std::string device;  ///< hip, cuda
  std::string library; ///< the soname that could be opened; empty if none
  std::string error;   ///< of the last attempt, if none could be opened
};

/// Tries to open libamdhip64 (any soname from 5 upwards) and libcuda. Neither
/// is needed to run host bundles.
std::vector<DriverProbe> ProbeDrivers();

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_DEVICELIST_H
