//===- ApiMemory.cpp - Allocations and what is known of pointers ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "absl/strings/str_cat.h"

using namespace hipstandin;

/// Rows of hipMallocPitch start at multiples of this.
static constexpr size_t kPitchBytes = 256;

static hipError_t allocate(Runtime &runtime, const char *function,
                           void **pointer, size_t bytes, MemoryKind kind,
                           int device, unsigned flags) {
  if (!pointer)
    return hipErrorInvalidValue;
  *pointer = nullptr;
  if (bytes == 0)
    return hipSuccess;
  if (Runtime::isTurn(runtime.allocationCount,
                      runtime.settings.faults.allocation))
    return explain(function, hipErrorOutOfMemory,
                   absl::StrCat("on demand: it is allocation ",
                                runtime.settings.faults.allocation));
  auto made = runtime.memory.allocate(bytes, kind, device, flags);
  if (!made.ok())
    return explain(function, hipErrorOutOfMemory,
                   std::string(made.status().message()));
  *pointer = made->pointer();
  return hipSuccess;
}

/// The synchronous forms, which no capture can hold.
static hipError_t allocateNow(const char *function, void **pointer,
                              size_t bytes, MemoryKind kind, unsigned flags) {
  return call(function, [&](Runtime &runtime) {
    if (hipError_t error = runtime.checkNoCapture(); error != hipSuccess)
      return error;
    return allocate(runtime, function, pointer, bytes, kind,
                    runtime.current().ordinal, flags);
  });
}

static hipError_t release(const char *function, void *pointer,
                          std::initializer_list<MemoryKind> kinds) {
  return callRelease(function, [&](Runtime &runtime) {
    if (!pointer)
      return hipSuccess;
    if (hipError_t error = runtime.checkNoCapture(); error != hipSuccess)
      return error;
    // Work on any device may use it until now.
    for (const auto &device : runtime.devices)
      (void)runtime.synchronize(*device);
    absl::Status status = runtime.memory.release(pointer, kinds);
    return status.ok() ? hipSuccess
                       : explain(function, hipErrorInvalidValue,
                                 std::string(status.message()));
  });
}

extern "C" {

hipError_t hipMalloc(void **pointer, size_t bytes) {
  return allocateNow("hipMalloc", pointer, bytes, MemoryKind::Device, 0);
}

hipError_t hipExtMallocWithFlags(void **pointer, size_t bytes,
                                 unsigned int flags) {
  return allocateNow("hipExtMallocWithFlags", pointer, bytes,
                     MemoryKind::Device, flags);
}

hipError_t hipMallocManaged(void **pointer, size_t bytes, unsigned int flags) {
  if (flags != hipMemAttachGlobal && flags != hipMemAttachHost)
    return finish("hipMallocManaged", hipErrorInvalidValue);
  return allocateNow("hipMallocManaged", pointer, bytes, MemoryKind::Managed,
                     flags);
}

hipError_t hipMallocPitch(void **pointer, size_t *pitch, size_t width,
                          size_t height) {
  if (!pitch)
    return finish("hipMallocPitch", hipErrorInvalidValue);
  *pitch = (width + kPitchBytes - 1) / kPitchBytes * kPitchBytes;
  return allocateNow("hipMallocPitch", pointer, *pitch * height,
                     MemoryKind::Device, 0);
}

hipError_t hipMemAllocPitch(hipDeviceptr_t *pointer, size_t *pitch,
                            size_t width, size_t height,
                            unsigned int elementBytes) {
  if (elementBytes != 4 && elementBytes != 8 && elementBytes != 16)
    return finish("hipMemAllocPitch", hipErrorInvalidValue);
  return hipMallocPitch(pointer, pitch, width, height);
}

hipError_t hipMalloc3D(hipPitchedPtr *pointer, hipExtent extent) {
  if (!pointer)
    return finish("hipMalloc3D", hipErrorInvalidValue);
  pointer->xsize = extent.width;
  pointer->ysize = extent.height;
  return hipMallocPitch(&pointer->ptr, &pointer->pitch, extent.width,
                        extent.height * extent.depth);
}

hipError_t hipFree(void *pointer) {
  return release("hipFree", pointer, {MemoryKind::Device, MemoryKind::Managed});
}

hipError_t hipMallocAsync(void **pointer, size_t bytes, hipStream_t stream) {
  return call("hipMallocAsync", [&](Runtime &runtime) {
    auto on = runtime.stream(stream);
    if (!on)
      return hipErrorInvalidHandle;
    if (on->capture)
      return explain("hipMallocAsync", hipErrorStreamCaptureUnsupported,
                     "allocations cannot be captured here");
    return allocate(runtime, "hipMallocAsync", pointer, bytes,
                    MemoryKind::Device, on->device(), 0);
  });
}

hipError_t hipFreeAsync(void *pointer, hipStream_t stream) {
  return callRelease("hipFreeAsync", [&](Runtime &runtime) {
    auto on = runtime.stream(stream);
    if (!on)
      return hipErrorInvalidHandle;
    if (!pointer)
      return hipErrorInvalidValue;
    if (on->capture)
      return explain("hipFreeAsync", hipErrorStreamCaptureUnsupported,
                     "releases cannot be captured here");
    auto allocation = runtime.memory.find(pointer);
    if (!allocation || allocation->pointer() != pointer ||
        allocation->kind != MemoryKind::Device)
      return hipErrorInvalidValue;
    return runtime.submit(*on, FreeWork{pointer});
  });
}

hipError_t hipHostMalloc(void **pointer, size_t bytes, unsigned int flags) {
  constexpr unsigned kKnown = hipHostMallocPortable | hipHostMallocMapped |
                              hipHostMallocWriteCombined |
                              hipHostMallocUncached | hipHostMallocNumaUser |
                              hipHostMallocCoherent | hipHostMallocNonCoherent;
  bool both = (flags & hipHostMallocCoherent) != 0 &&
              (flags & hipHostMallocNonCoherent) != 0;
  if ((flags & ~kKnown) != 0 || both)
    return finish("hipHostMalloc", hipErrorInvalidValue);
  return allocateNow("hipHostMalloc", pointer, bytes, MemoryKind::Pinned,
                     flags);
}

hipError_t hipHostAlloc(void **pointer, size_t bytes, unsigned int flags) {
  return hipHostMalloc(pointer, bytes, flags);
}
hipError_t hipMallocHost(void **pointer, size_t bytes) {
  return hipHostMalloc(pointer, bytes, 0);
}
hipError_t hipMemAllocHost(void **pointer, size_t bytes) {
  return hipHostMalloc(pointer, bytes, 0);
}
hipError_t hipHostFree(void *pointer) {
  return release("hipHostFree", pointer, {MemoryKind::Pinned});
}
hipError_t hipFreeHost(void *pointer) { return hipHostFree(pointer); }

hipError_t hipHostRegister(void *pointer, size_t bytes, unsigned int flags) {
  return call("hipHostRegister", [&](Runtime &runtime) {
    if (!pointer || bytes == 0)
      return hipErrorInvalidValue;
    if (runtime.engine.memory().contains(reinterpret_cast<uint64_t>(pointer),
                                         1))
      return hipErrorInvalidValue;
    return runtime.memory
                   .registerHost(pointer, bytes, runtime.current().ordinal,
                                 flags)
                   .ok()
               ? hipSuccess
               : hipErrorHostMemoryAlreadyRegistered;
  });
}

hipError_t hipHostUnregister(void *pointer) {
  return callRelease("hipHostUnregister", [&](Runtime &runtime) {
    return runtime.memory.release(pointer, {MemoryKind::Registered}).ok()
               ? hipSuccess
               : hipErrorHostMemoryNotRegistered;
  });
}

hipError_t hipHostGetDevicePointer(void **device, void *host,
                                   unsigned int flags) {
  return call("hipHostGetDevicePointer", [&](Runtime &runtime) {
    if (!device || !host || flags != 0)
      return hipErrorInvalidValue;
    auto allocation = runtime.memory.find(host);
    if (!allocation || allocation->kind == MemoryKind::Device)
      return hipErrorInvalidValue;
    if (allocation->kind == MemoryKind::Registered)
      return explain("hipHostGetDevicePointer", hipErrorNotSupported,
                     "kernels here reach memory of hipHostMalloc, not what "
                     "hipHostRegister registered");
    *device = host;
    return hipSuccess;
  });
}

hipError_t hipHostGetFlags(unsigned int *flags, void *host) {
  return call("hipHostGetFlags", [&](Runtime &runtime) {
    auto allocation = runtime.memory.find(host);
    if (!flags || !allocation || allocation->kind != MemoryKind::Pinned)
      return hipErrorInvalidValue;
    *flags = allocation->flags;
    return hipSuccess;
  });
}

hipError_t hipMemGetInfo(size_t *free, size_t *total) {
  return call("hipMemGetInfo", [&](Runtime &runtime) {
    uint64_t capacity = runtime.memory.capacity();
    if (total)
      *total = capacity;
    if (free)
      *free = capacity - runtime.memory.used(runtime.current().ordinal);
    return hipSuccess;
  });
}

hipError_t hipMemPtrGetInfo(void *pointer, size_t *bytes) {
  return call("hipMemPtrGetInfo", [&](Runtime &runtime) {
    auto allocation = runtime.memory.find(pointer);
    if (!bytes || !allocation)
      return hipErrorInvalidValue;
    *bytes = allocation->bytes;
    return hipSuccess;
  });
}

hipError_t hipMemGetAddressRange(hipDeviceptr_t *base, size_t *bytes,
                                 hipDeviceptr_t pointer) {
  return call("hipMemGetAddressRange", [&](Runtime &runtime) {
    auto allocation = runtime.memory.find(pointer);
    if (!allocation)
      return hipErrorNotFound;
    if (base)
      *base = allocation->pointer();
    if (bytes)
      *bytes = allocation->bytes;
    return hipSuccess;
  });
}

hipError_t hipMemPrefetchAsync(const void *pointer, size_t, int device,
                               hipStream_t stream) {
  return call("hipMemPrefetchAsync", [&](Runtime &runtime) {
    auto on = runtime.stream(stream);
    if (!on)
      return hipErrorInvalidHandle;
    if (device != hipCpuDeviceId && !runtime.validDevice(device))
      return hipErrorInvalidDevice;
    auto allocation = runtime.memory.find(pointer);
    if (!allocation || allocation->kind != MemoryKind::Managed)
      return hipErrorInvalidValue;
    return runtime.submit(*on, EmptyWork());
  });
}

hipError_t hipMemAdvise(const void *pointer, size_t, int, int device) {
  return call("hipMemAdvise", [&](Runtime &runtime) {
    if (device != hipCpuDeviceId && !runtime.validDevice(device))
      return hipErrorInvalidDevice;
    auto allocation = runtime.memory.find(pointer);
    return allocation && allocation->kind == MemoryKind::Managed
               ? hipSuccess
               : hipErrorInvalidValue;
  });
}

} // extern "C"
