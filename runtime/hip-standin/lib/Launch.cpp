//===- Launch.cpp - Checked launches --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Launch.h"
#include "Api.h"
#include "absl/strings/str_cat.h"

namespace hipstandin {

static constexpr uint64_t kLdsBytes = 65536;

hipError_t findFunction(Runtime &runtime, const char *function, int device,
                        const void *handle, std::shared_ptr<Function> &found) {
  if (!handle)
    return hipErrorInvalidDeviceFunction;
  found = runtime.functions.find(handle);
  if (found)
    return hipSuccess;
  auto registered = runtime.code.function(runtime.engine, device, handle);
  if (registered.ok()) {
    found = *registered;
    return hipSuccess;
  }
  hipError_t error = registered.status().code() == absl::StatusCode::kNotFound
                         ? hipErrorInvalidDeviceFunction
                         : hipErrorNoBinaryForGpu;
  return explain(function, error, std::string(registered.status().message()));
}

/// The caller's buffer of arguments, from HIP_LAUNCH_PARAM_*.
static hipError_t readExtra(const char *function, void **extra,
                            uint32_t expected,
                            std::vector<uint8_t> &arguments) {
  const void *buffer = nullptr;
  const size_t *bytes = nullptr;
  for (; *extra != HIP_LAUNCH_PARAM_END; extra += 2) {
    if (*extra == HIP_LAUNCH_PARAM_BUFFER_POINTER)
      buffer = extra[1];
    else if (*extra == HIP_LAUNCH_PARAM_BUFFER_SIZE)
      bytes = static_cast<const size_t *>(extra[1]);
    else
      return explain(function, hipErrorInvalidValue,
                     "extra: expected HIP_LAUNCH_PARAM_BUFFER_POINTER, "
                     "HIP_LAUNCH_PARAM_BUFFER_SIZE or HIP_LAUNCH_PARAM_END");
  }
  if (!bytes || (!buffer && *bytes != 0))
    return explain(function, hipErrorInvalidValue,
                   "extra: no buffer, or no size");
  // Compilers pad the struct of arguments at its end.
  if (*bytes < expected)
    return explain(function, hipErrorInvalidValue,
                   absl::StrCat("extra: expected ", expected,
                                " bytes of arguments, found ", *bytes));
  const auto *first = static_cast<const uint8_t *>(buffer);
  arguments.assign(first, first + expected);
  return hipSuccess;
}

static hipError_t readArguments(const char *function,
                                const dsv4emu::Kernel &kernel,
                                const LaunchRequest &request,
                                std::vector<uint8_t> &arguments) {
  uint32_t expected = dsv4emu::explicitArgumentBytes(kernel);
  if (request.parameters && request.extra)
    return explain(function, hipErrorInvalidValue,
                   "both kernelParams and extra are given");
  if (request.extra)
    return readExtra(function, request.extra, expected, arguments);
  arguments.assign(expected, 0);
  if (expected != 0 && !request.parameters)
    return explain(function, hipErrorInvalidValue,
                   absl::StrCat(kernel.name, " has arguments, none are given"));
  size_t index = 0;
  for (const dsv4emu::KernelArgument &argument : kernel.arguments) {
    if (argument.isHidden())
      continue;
    const void *value = request.parameters[index++];
    if (!value)
      return explain(function, hipErrorInvalidValue,
                     absl::StrCat("kernelParams[", index - 1, "] of ",
                                  kernel.name, " is null"));
    std::memcpy(arguments.data() + argument.offset, value, argument.size);
  }
  return hipSuccess;
}

static hipError_t checkShape(const char *function,
                             const dsv4emu::Kernel &kernel,
                             const LaunchRequest &request,
                             Engine::Shape &shape) {
  const uint32_t grid[] = {request.grid.x, request.grid.y, request.grid.z};
  const uint32_t block[] = {request.block.x, request.block.y, request.block.z};
  auto refuse = [&](hipError_t error, const std::string &why) {
    return explain(function, error,
                   absl::StrCat(kernel.name, " with a grid of (", grid[0], ",",
                                grid[1], ",", grid[2], ") blocks of (",
                                block[0], ",", block[1], ",", block[2],
                                "): ", why));
  };
  uint64_t items = 1;
  for (unsigned d = 0; d < 3; ++d) {
    if (grid[d] == 0 || block[d] == 0)
      return refuse(hipErrorInvalidConfiguration, "expected no zero");
    if (uint64_t{grid[d]} * block[d] > UINT32_MAX)
      return refuse(hipErrorInvalidConfiguration,
                    "expected less than 2^32 work-items in each dimension");
    items = std::min<uint64_t>(items * block[d], uint64_t{1} << 32);
    shape.grid[d] = grid[d] * block[d];
    shape.block[d] = block[d];
  }
  if (items > 1024)
    return refuse(hipErrorInvalidConfiguration,
                  absl::StrCat("expected at most 1024 work-items per block, "
                               "found ",
                               items));
  if (items > kernel.maxWorkgroupSize)
    return refuse(hipErrorLaunchFailure,
                  absl::StrCat("it was compiled for at most ",
                               kernel.maxWorkgroupSize,
                               " work-items per block"));
  if (kernel.requiredWorkgroup[0] != 0 &&
      kernel.requiredWorkgroup != shape.block)
    return refuse(hipErrorLaunchFailure,
                  absl::StrCat("it was compiled for blocks of (",
                               kernel.requiredWorkgroup[0], ",",
                               kernel.requiredWorkgroup[1], ",",
                               kernel.requiredWorkgroup[2], ")"));
  if (request.sharedBytes + kernel.ldsBytes > kLdsBytes)
    return refuse(hipErrorInvalidValue,
                  absl::StrCat("expected at most ", kLdsBytes,
                               " bytes of shared memory, found ",
                               kernel.ldsBytes, " static and ",
                               request.sharedBytes, " dynamic ones"));
  shape.dynamicLdsBytes = static_cast<uint32_t>(request.sharedBytes);
  return hipSuccess;
}

hipError_t prepare(const char *function,
                   const std::shared_ptr<Function> &kernel, const void *handle,
                   const LaunchRequest &request, KernelWork &work) {
  const dsv4emu::Kernel &info = *kernel->kernel.info;
  if (hipError_t error = checkShape(function, info, request, work.shape);
      error != hipSuccess)
    return error;
  if (hipError_t error = readArguments(function, info, request, work.arguments);
      error != hipSuccess)
    return error;
  work.function = kernel;
  work.module = kernel->module.lock();
  work.handle = handle;
  return work.module ? hipSuccess : hipErrorInvalidDeviceFunction;
}

} // namespace hipstandin
