//===- HipDevice.h - AMD GPUs through HIP ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libamdhip64 and libhiprtc of ROCm 5.2 or later are opened at run time;
// nothing of ROCm is needed to build (docs/MI300X.md).

#ifndef DSV4RUN_DEVICE_HIPDEVICE_H
#define DSV4RUN_DEVICE_HIPDEVICE_H

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Device/GpuDevice.h"

namespace dsv4run {

/// What the HIP runtime of this machine offers.
struct HipInstallation {
  std::string library; ///< file of libamdhip64
  std::string runtime_version, driver_version;
  std::vector<GpuProperties> devices; ///< those that HIP shows
};

/// NOT_FOUND if libamdhip64 cannot be opened or is too old, with every file
/// that was tried; errors of HIP as GpuDevice.h has them. No device is no
/// error.
absl::StatusOr<HipInstallation> FindHip();

/// Device `ordinal` of those that HIP shows. FAILED_PRECONDITION if there are
/// not that many.
absl::StatusOr<std::unique_ptr<GpuDevice>>
OpenHipDevice(int ordinal, const GpuOptions &options = {});

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_HIPDEVICE_H
