//===- ApiLaunch.cpp - Launches -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Launch.h"
#include "absl/strings/str_cat.h"

using namespace hipstandin;

/// `start` and `stop` are recorded around the launch if they are not null.
static hipError_t launch(const char *name, const void *handle,
                         const LaunchRequest &request, hipStream_t on,
                         hipEvent_t start = nullptr,
                         hipEvent_t stop = nullptr) {
  return call(name, [&](Runtime &runtime) {
    auto stream = runtime.stream(on);
    if (!stream)
      return hipErrorInvalidHandle;
    std::shared_ptr<Event> startEvent, stopEvent;
    if (start && !(startEvent = runtime.events.find(start)))
      return hipErrorInvalidHandle;
    if (stop && !(stopEvent = runtime.events.find(stop)))
      return hipErrorInvalidHandle;
    std::shared_ptr<Function> function;
    if (hipError_t error =
            findFunction(runtime, name, stream->device(), handle, function);
        error != hipSuccess)
      return error;
    if (function->device != stream->device())
      return explain(name, hipErrorInvalidHandle,
                     absl::StrCat(function->name(), " is loaded on device ",
                                  function->device,
                                  ", the stream is of device ",
                                  stream->device()));
    KernelWork work;
    if (hipError_t error = prepare(name, function, handle, request, work);
        error != hipSuccess)
      return error;
    hipError_t error = hipSuccess;
    if (startEvent)
      error = runtime.record(*stream, startEvent);
    if (error == hipSuccess)
      error = runtime.submit(*stream, std::move(work));
    if (error == hipSuccess && stopEvent)
      error = runtime.record(*stream, stopEvent);
    return error;
  });
}

/// Launches of hipExt* count the grid in work-items; whole blocks are needed.
static bool wholeBlocks(dim3 items, dim3 block, dim3 &grid) {
  if (block.x == 0 || block.y == 0 || block.z == 0)
    return false;
  grid = dim3(items.x / block.x, items.y / block.y, items.z / block.z);
  return items.x % block.x == 0 && items.y % block.y == 0 &&
         items.z % block.z == 0;
}

extern "C" {

hipError_t hipModuleLaunchKernel(hipFunction_t function, unsigned int gridX,
                                 unsigned int gridY, unsigned int gridZ,
                                 unsigned int blockX, unsigned int blockY,
                                 unsigned int blockZ, unsigned int sharedBytes,
                                 hipStream_t stream, void **parameters,
                                 void **extra) {
  return launch("hipModuleLaunchKernel", function,
                {dim3(gridX, gridY, gridZ), dim3(blockX, blockY, blockZ),
                 sharedBytes, parameters, extra},
                stream);
}

hipError_t hipExtModuleLaunchKernel(hipFunction_t function, uint32_t itemsX,
                                    uint32_t itemsY, uint32_t itemsZ,
                                    uint32_t blockX, uint32_t blockY,
                                    uint32_t blockZ, size_t sharedBytes,
                                    hipStream_t stream, void **parameters,
                                    void **extra, hipEvent_t start,
                                    hipEvent_t stop, uint32_t) {
  dim3 block(blockX, blockY, blockZ), grid;
  if (!wholeBlocks(dim3(itemsX, itemsY, itemsZ), block, grid))
    return finish("hipExtModuleLaunchKernel",
                  explain("hipExtModuleLaunchKernel", hipErrorNotSupported,
                          "work-items that do not fill whole blocks"));
  return launch("hipExtModuleLaunchKernel", function,
                {grid, block, sharedBytes, parameters, extra}, stream, start,
                stop);
}

hipError_t hipLaunchKernel(const void *function, dim3 grid, dim3 block,
                           void **parameters, size_t sharedBytes,
                           hipStream_t stream) {
  return launch("hipLaunchKernel", function,
                {grid, block, sharedBytes, parameters, nullptr}, stream);
}

hipError_t hipExtLaunchKernel(const void *function, dim3 grid, dim3 block,
                              void **parameters, size_t sharedBytes,
                              hipStream_t stream, hipEvent_t start,
                              hipEvent_t stop, int) {
  return launch("hipExtLaunchKernel", function,
                {grid, block, sharedBytes, parameters, nullptr}, stream, start,
                stop);
}

hipError_t hipGetFuncBySymbol(hipFunction_t *function, const void *symbol) {
  return call("hipGetFuncBySymbol", [&](Runtime &runtime) {
    if (!function)
      return hipErrorInvalidValue;
    std::shared_ptr<Function> found;
    hipError_t error = findFunction(runtime, "hipGetFuncBySymbol",
                                    runtime.current().ordinal, symbol, found);
    if (error == hipSuccess)
      *function = runtime.functions.add<hipFunction_t>(found);
    return error;
  });
}

} // extern "C"

/// ROCm 5 exports this one with its C++ name, which HIP code of that time uses.
hipError_t hipExtModuleLaunchKernelCxx(
    hipFunction_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t,
    size_t, hipStream_t, void **, void **, hipEvent_t, hipEvent_t,
    uint32_t) __asm__("_Z24hipExtModuleLaunchKernelP18ihipModuleSymbol_"
                      "tjjjjjjmP12"
                      "ihipStream_tPPvS4_P11ihipEvent_tS6_j");
hipError_t hipExtModuleLaunchKernelCxx(hipFunction_t function, uint32_t itemsX,
                                       uint32_t itemsY, uint32_t itemsZ,
                                       uint32_t blockX, uint32_t blockY,
                                       uint32_t blockZ, size_t sharedBytes,
                                       hipStream_t stream, void **parameters,
                                       void **extra, hipEvent_t start,
                                       hipEvent_t stop, uint32_t flags) {
  return hipExtModuleLaunchKernel(function, itemsX, itemsY, itemsZ, blockX,
                                  blockY, blockZ, sharedBytes, stream,
                                  parameters, extra, start, stop, flags);
}
