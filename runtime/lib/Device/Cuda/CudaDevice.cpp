//===- CudaDevice.cpp - NVIDIA GPUs through CUDA's driver -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/CudaDevice.h"

#include "../Gpu/CreateGpuDevice.h"
#include "CudaDriver.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<CudaInstallation> FindCuda() {
  DSV4RUN_ASSIGN_OR_RETURN(cuda::Api api, cuda::OpenApi());
  CudaInstallation found;
  found.library = api.path;
  DSV4RUN_ASSIGN_OR_RETURN(int count, cuda::CountDevices(api));
  int driver = 0;
  if (api.cuDriverGetVersion(&driver) == cuda::kSuccess)
    found.driver_version = cuda::FormatVersion(driver);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    DSV4RUN_ASSIGN_OR_RETURN(GpuProperties properties,
                             cuda::ReadProperties(api, ordinal));
    found.devices.push_back(std::move(properties));
  }
  return found;
}

absl::StatusOr<std::unique_ptr<GpuDevice>>
OpenCudaDevice(int ordinal, const GpuOptions &options) {
  DSV4RUN_ASSIGN_OR_RETURN(cuda::Api api, cuda::OpenApi());
  DSV4RUN_ASSIGN_OR_RETURN(int count, cuda::CountDevices(api));
  if (ordinal >= count)
    return absl::FailedPreconditionError(
        absl::StrCat("no CUDA device ", ordinal, ": ", api.path, " shows ",
                     count == 0 ? "none" : absl::StrCat(count)));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<GpuDriver> driver,
                           cuda::CreateDriver(api, ordinal));
  return CreateGpuDevice(std::move(driver), options);
}

} // namespace dsv4run
