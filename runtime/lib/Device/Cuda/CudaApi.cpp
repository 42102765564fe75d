//===- CudaApi.cpp - Open CUDA's driver library ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CudaApi.h"

#include "../DynamicLibrary.h"
#include "../Gpu/GpuErrors.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::cuda {

absl::Status Api::StatusOf(const char *function, Error error) const {
  if (error == kSuccess)
    return absl::OkStatus();
  const char *name = nullptr, *text = nullptr;
  cuGetErrorName(error, &name);
  cuGetErrorString(error, &text);
  return GpuError(function, error, name ? name : "unknown error",
                  text ? text : "");
}

absl::StatusOr<Api> OpenApi() {
  DSV4RUN_ASSIGN_OR_RETURN(
      DynamicLibrary library,
      DynamicLibrary::Open({"CUDA's driver library",
                            "DSV4_CUDA_LIBRARY",
                            {"libcuda.so.1", "libcuda.so"}}));
#define DSV4RUN_CUDA_NAME(name, parameters) #name,
  DSV4RUN_RETURN_IF_ERROR(
      library.CheckSymbols({DSV4RUN_CUDA_FUNCTIONS(DSV4RUN_CUDA_NAME)}));
#undef DSV4RUN_CUDA_NAME
  Api api;
#define DSV4RUN_CUDA_FIND(name, parameters)                                    \
  api.name = reinterpret_cast<decltype(api.name)>(library.FindSymbol(#name));
  DSV4RUN_CUDA_FUNCTIONS(DSV4RUN_CUDA_FIND)
#undef DSV4RUN_CUDA_FIND
  api.path = library.path();
  return api;
}

std::string FormatVersion(int version) {
  return absl::StrCat(version / 1000, ".", version % 1000 / 10);
}

} // namespace dsv4run::cuda
