//===- HipDevice.cpp - AMD GPUs through HIP -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/HipDevice.h"

#include "../Gpu/CreateGpuDevice.h"
#include "HipDriver.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<HipInstallation> FindHip() {
  DSV4RUN_ASSIGN_OR_RETURN(hip::Api api, hip::OpenApi());
  HipInstallation found;
  found.library = api.path;
  int runtime = 0, driver = 0;
  DSV4RUN_ASSIGN_OR_RETURN(int count, hip::CountDevices(api));
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("hipRuntimeGetVersion", api.hipRuntimeGetVersion(&runtime)));
  found.runtime_version = hip::FormatVersion(runtime);
  // Without a device there is no driver to ask.
  if (api.hipDriverGetVersion(&driver) == hip::kSuccess)
    found.driver_version = hip::FormatVersion(driver);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    DSV4RUN_ASSIGN_OR_RETURN(GpuProperties properties,
                             hip::ReadProperties(api, ordinal));
    found.devices.push_back(std::move(properties));
  }
  return found;
}

absl::StatusOr<std::unique_ptr<GpuDevice>>
OpenHipDevice(int ordinal, const GpuOptions &options) {
  DSV4RUN_ASSIGN_OR_RETURN(hip::Api api, hip::OpenApi());
  DSV4RUN_ASSIGN_OR_RETURN(int count, hip::CountDevices(api));
  if (ordinal >= count)
    return absl::FailedPreconditionError(
        absl::StrCat("no HIP device ", ordinal, ": ", api.path, " shows ",
                     count == 0 ? "none" : absl::StrCat(count),
                     "; dsv4-run doctor says what may be missing"));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<GpuDriver> driver,
                           hip::CreateDriver(api, ordinal));
  return CreateGpuDevice(std::move(driver), options);
}

} // namespace dsv4run
