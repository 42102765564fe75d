//===- ApiFill.cpp - Fills ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Transfer.h"

using namespace hipstandin;

/// Fills of device memory are asynchronous in both forms, as HIP documents
/// hipMemset; those of memory that the host can read are waited for.
static hipError_t fill(const char *function, const FillWork &work,
                       hipStream_t handle, bool isAsync) {
  return call(function, [&](Runtime &runtime) {
    auto stream = runtime.stream(handle);
    if (!stream)
      return hipErrorInvalidHandle;
    if (hipError_t error = checkFill(runtime, function, work);
        error != hipSuccess)
      return error;
    if (!isAsync)
      if (hipError_t error = runtime.checkNoCapture(); error != hipSuccess)
        return error;
    if (work.width == 0 || work.height == 0 || work.depth == 0)
      return hipSuccess;
    CompletionPtr done;
    hipError_t error = runtime.submit(*stream, work, &done);
    auto allocation = runtime.memory.find(work.to);
    if (error != hipSuccess || isAsync || !done ||
        (allocation && allocation->kind == MemoryKind::Device))
      return error;
    done->wait();
    return runtime.failure();
  });
}

static FillWork fill2D(void *to, size_t pitch, int value, size_t width,
                       size_t height) {
  FillWork work = linearFill(to, static_cast<uint8_t>(value), 1, width);
  work.pitch = pitch;
  work.height = height;
  return work;
}

static FillWork fill3D(const hipPitchedPtr &to, int value,
                       const hipExtent &extent) {
  FillWork work = fill2D(to.ptr, to.pitch, value, extent.width, extent.height);
  work.slice = to.pitch * to.ysize;
  work.depth = extent.depth;
  return work;
}

extern "C" {

hipError_t hipMemset(void *to, int value, size_t bytes) {
  return fill("hipMemset",
              linearFill(to, static_cast<uint8_t>(value), 1, bytes), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemsetAsync(void *to, int value, size_t bytes,
                          hipStream_t stream) {
  return fill("hipMemsetAsync",
              linearFill(to, static_cast<uint8_t>(value), 1, bytes), stream,
              /*isAsync=*/true);
}
hipError_t hipMemsetD8(hipDeviceptr_t to, unsigned char value, size_t count) {
  return fill("hipMemsetD8", linearFill(to, value, 1, count), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemsetD8Async(hipDeviceptr_t to, unsigned char value,
                            size_t count, hipStream_t stream) {
  return fill("hipMemsetD8Async", linearFill(to, value, 1, count), stream,
              /*isAsync=*/true);
}
hipError_t hipMemsetD16(hipDeviceptr_t to, unsigned short value, size_t count) {
  return fill("hipMemsetD16", linearFill(to, value, 2, count), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemsetD16Async(hipDeviceptr_t to, unsigned short value,
                             size_t count, hipStream_t stream) {
  return fill("hipMemsetD16Async", linearFill(to, value, 2, count), stream,
              /*isAsync=*/true);
}
hipError_t hipMemsetD32(hipDeviceptr_t to, int value, size_t count) {
  return fill("hipMemsetD32", linearFill(to, value, 4, count), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemsetD32Async(hipDeviceptr_t to, int value, size_t count,
                             hipStream_t stream) {
  return fill("hipMemsetD32Async", linearFill(to, value, 4, count), stream,
              /*isAsync=*/true);
}
hipError_t hipMemset2D(void *to, size_t pitch, int value, size_t width,
                       size_t height) {
  return fill("hipMemset2D", fill2D(to, pitch, value, width, height), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemset2DAsync(void *to, size_t pitch, int value, size_t width,
                            size_t height, hipStream_t stream) {
  return fill("hipMemset2DAsync", fill2D(to, pitch, value, width, height),
              stream, /*isAsync=*/true);
}
hipError_t hipMemset3D(hipPitchedPtr to, int value, hipExtent extent) {
  return fill("hipMemset3D", fill3D(to, value, extent), nullptr,
              /*isAsync=*/false);
}
hipError_t hipMemset3DAsync(hipPitchedPtr to, int value, hipExtent extent,
                            hipStream_t stream) {
  return fill("hipMemset3DAsync", fill3D(to, value, extent), stream,
              /*isAsync=*/true);
}

} // extern "C"
