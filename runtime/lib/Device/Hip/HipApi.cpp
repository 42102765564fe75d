//===- HipApi.cpp - Open HIP's runtime library ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HipApi.h"

#include "../DynamicLibrary.h"
#include "../Gpu/GpuErrors.h"
#include "RocmLibrary.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::hip {

absl::Status Api::StatusOf(const char *function, Error error) const {
  if (error == kSuccess)
    return absl::OkStatus();
  const char *name = hipGetErrorName(error), *text = hipGetErrorString(error);
  return GpuError(function, error, name ? name : "unknown error",
                  text ? text : "");
}

absl::StatusOr<Api> OpenApi() {
  DSV4RUN_ASSIGN_OR_RETURN(
      DynamicLibrary library,
      DynamicLibrary::Open(RocmLibrarySearch("the HIP runtime", "libamdhip64",
                                             "DSV4_HIP_LIBRARY")));
#define DSV4RUN_HIP_NAME(name, parameters) #name,
  DSV4RUN_RETURN_IF_ERROR(
      library.CheckSymbols({DSV4RUN_HIP_FUNCTIONS(DSV4RUN_HIP_NAME) //
                            "hipGetErrorName",
                            "hipGetErrorString", "hipGetDeviceProperties"}));
#undef DSV4RUN_HIP_NAME
  Api api;
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(
        library.FindSymbol(name));
  };
#define DSV4RUN_HIP_FIND(name, parameters) find(api.name, #name);
  DSV4RUN_HIP_FUNCTIONS(DSV4RUN_HIP_FIND)
#undef DSV4RUN_HIP_FIND
  find(api.hipGetErrorName, "hipGetErrorName");
  find(api.hipGetErrorString, "hipGetErrorString");
  find(api.hipGetDevicePropertiesR0600, "hipGetDevicePropertiesR0600");
  find(api.hipGetDeviceProperties, "hipGetDeviceProperties");
  api.path = library.path();
  return api;
}

std::string FormatVersion(int version) {
  return absl::StrCat(version / 10000000, ".", version / 100000 % 100, ".",
                      version % 100000);
}

} // namespace dsv4run::hip
