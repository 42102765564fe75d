//===- ApiModule.cpp - Modules and their functions ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <fstream>
#include <iterator>

using namespace hipstandin;

static hipError_t loadFrom(Runtime &runtime, const char *function,
                           hipModule_t *module, absl::Span<const uint8_t> image,
                           const std::string &label) {
  int device = runtime.current().ordinal;
  auto made = Module::load(runtime.engine, device, image, label);
  if (made.ok()) {
    *module = runtime.modules.add<hipModule_t>(*made);
    return hipSuccess;
  }
  hipError_t error =
      made.status().code() == absl::StatusCode::kResourceExhausted
          ? hipErrorOutOfMemory
      : made.status().code() == absl::StatusCode::kNotFound
          ? hipErrorNoBinaryForGpu
          : hipErrorInvalidImage;
  return explain(function, error,
                 absl::StrCat(label, ": ", made.status().message()));
}

extern "C" {

hipError_t hipModuleLoad(hipModule_t *module, const char *file) {
  return call("hipModuleLoad", [&](Runtime &runtime) {
    if (!module || !file)
      return hipErrorInvalidValue;
    std::ifstream in(file, std::ios::binary);
    if (!in)
      return explain("hipModuleLoad", hipErrorFileNotFound, file);
    std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    return loadFrom(
        runtime, "hipModuleLoad", module,
        {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, file);
  });
}

hipError_t hipModuleLoadData(hipModule_t *module, const void *image) {
  return call("hipModuleLoadData", [&](Runtime &runtime) {
    if (!module || !image)
      return hipErrorInvalidValue;
    auto bytes = imageBytes(image);
    if (!bytes.ok())
      return explain("hipModuleLoadData", hipErrorInvalidImage,
                     std::string(bytes.status().message()));
    return loadFrom(runtime, "hipModuleLoadData", module,
                    {static_cast<const uint8_t *>(image), *bytes},
                    "image in memory");
  });
}

hipError_t hipModuleLoadDataEx(hipModule_t *module, const void *image,
                               unsigned int, hipJitOption *, void **) {
  return hipModuleLoadData(module, image); // There is nothing to compile.
}

hipError_t hipModuleUnload(hipModule_t handle) {
  return callRelease("hipModuleUnload", [&](Runtime &runtime) {
    auto module = runtime.modules.remove(handle);
    if (!module)
      return hipErrorInvalidHandle;
    for (const auto &entry : module->functions())
      runtime.functions.remove(entry.second.get());
    return hipSuccess;
  });
}

hipError_t hipModuleGetFunction(hipFunction_t *function, hipModule_t handle,
                                const char *name) {
  return call("hipModuleGetFunction", [&](Runtime &runtime) {
    if (!function || !name)
      return hipErrorInvalidValue;
    auto module = runtime.modules.find(handle);
    if (!module)
      return hipErrorInvalidHandle;
    auto found = module->function(name);
    if (!found.ok())
      return explain("hipModuleGetFunction", hipErrorNotFound,
                     std::string(found.status().message()));
    *function = runtime.functions.add<hipFunction_t>(*found);
    return hipSuccess;
  });
}

hipError_t hipModuleGetFunctionCount(unsigned int *count, hipModule_t handle) {
  return call("hipModuleGetFunctionCount", [&](Runtime &runtime) {
    auto module = runtime.modules.find(handle);
    if (!module)
      return hipErrorInvalidHandle;
    if (!count)
      return hipErrorInvalidValue;
    *count = static_cast<unsigned>(module->functionCount());
    return hipSuccess;
  });
}

hipError_t hipModuleGetGlobal(hipDeviceptr_t *pointer, size_t *bytes,
                              hipModule_t handle, const char *name) {
  return call("hipModuleGetGlobal", [&](Runtime &runtime) {
    if (!name)
      return hipErrorInvalidValue;
    auto module = runtime.modules.find(handle);
    if (!module)
      return hipErrorInvalidHandle;
    auto variable = module->variable(name);
    if (!variable.ok())
      return explain("hipModuleGetGlobal", hipErrorNotFound,
                     std::string(variable.status().message()));
    if (pointer)
      *pointer = reinterpret_cast<void *>(variable->address);
    if (bytes)
      *bytes = variable->bytes;
    return hipSuccess;
  });
}

} // extern "C"
