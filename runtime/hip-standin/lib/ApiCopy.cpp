//===- ApiCopy.cpp - Copies -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Transfer.h"

using namespace hipstandin;

/// Memory that the host pages: asynchronous copies of it are synchronous.
static bool pageable(Runtime &runtime, const void *pointer) {
  auto address = reinterpret_cast<uint64_t>(pointer);
  return !runtime.engine.memory().contains(address, 1) &&
         !runtime.memory.find(pointer);
}

static hipError_t copyOn(Runtime &runtime, const char *function,
                         const CopyWork &work, hipStream_t handle,
                         bool isAsync) {
  auto stream = runtime.stream(handle);
  if (!stream)
    return hipErrorInvalidHandle;
  if (hipError_t error = checkCopy(runtime, function, work);
      error != hipSuccess)
    return error;
  if (!isAsync)
    if (hipError_t error = runtime.checkNoCapture(); error != hipSuccess)
      return error;
  if (work.width == 0 || work.height == 0 || work.depth == 0)
    return hipSuccess;
  CompletionPtr done;
  if (hipError_t error = runtime.submit(*stream, work, &done);
      error != hipSuccess)
    return error;
  if (!done ||
      (isAsync && !pageable(runtime, work.to) && !pageable(runtime, work.from)))
    return hipSuccess;
  done->wait();
  return runtime.failure();
}

static hipError_t copy(const char *function, const CopyWork &work) {
  return call(function, [&](Runtime &runtime) {
    return copyOn(runtime, function, work, nullptr, /*isAsync=*/false);
  });
}

static hipError_t copyAsync(const char *function, const CopyWork &work,
                            hipStream_t stream) {
  return call(function, [&](Runtime &runtime) {
    return copyOn(runtime, function, work, stream, /*isAsync=*/true);
  });
}

static CopyWork copy2D(void *to, size_t toPitch, const void *from,
                       size_t fromPitch, size_t width, size_t height,
                       hipMemcpyKind kind) {
  CopyWork work;
  work.to = to;
  work.from = from;
  work.toPitch = toPitch;
  work.fromPitch = fromPitch;
  work.width = width;
  work.height = height;
  work.kind = kind;
  return work;
}

static hipError_t copyPeer(const char *function, void *to, int toDevice,
                           const void *from, int fromDevice, size_t bytes,
                           hipStream_t stream, bool isAsync) {
  return call(function, [&](Runtime &runtime) {
    if (!runtime.validDevice(toDevice) || !runtime.validDevice(fromDevice))
      return hipErrorInvalidDevice;
    return copyOn(runtime, function,
                  linearCopy(to, from, bytes, hipMemcpyDeviceToDevice), stream,
                  isAsync);
  });
}

/// Part of a variable that the program named by its host address.
static hipError_t symbolRange(Runtime &runtime, const char *function,
                              const void *symbol, size_t offset, size_t bytes,
                              uint8_t *&address) {
  auto variable =
      runtime.code.variable(runtime.engine, runtime.current().ordinal, symbol);
  if (!variable.ok())
    return explain(function, hipErrorInvalidSymbol,
                   std::string(variable.status().message()));
  if (offset > variable->bytes || bytes > variable->bytes - offset)
    return hipErrorInvalidValue;
  address = reinterpret_cast<uint8_t *>(variable->address) + offset;
  return hipSuccess;
}

static hipError_t copySymbol(const char *function, const void *symbol,
                             size_t offset, size_t bytes, void *to,
                             const void *from, hipMemcpyKind kind,
                             hipStream_t stream, bool isAsync) {
  return call(function, [&](Runtime &runtime) {
    uint8_t *address = nullptr;
    if (hipError_t error =
            symbolRange(runtime, function, symbol, offset, bytes, address);
        error != hipSuccess)
      return error;
    return copyOn(
        runtime, function,
        linearCopy(to ? to : address, from ? from : address, bytes, kind),
        stream, isAsync);
  });
}

extern "C" {

hipError_t hipMemcpy(void *to, const void *from, size_t bytes,
                     hipMemcpyKind kind) {
  return copy("hipMemcpy", linearCopy(to, from, bytes, kind));
}

hipError_t hipMemcpyWithStream(void *to, const void *from, size_t bytes,
                               hipMemcpyKind kind, hipStream_t stream) {
  return call("hipMemcpyWithStream", [&](Runtime &runtime) {
    return copyOn(runtime, "hipMemcpyWithStream",
                  linearCopy(to, from, bytes, kind), stream,
                  /*isAsync=*/false);
  });
}

hipError_t hipMemcpyAsync(void *to, const void *from, size_t bytes,
                          hipMemcpyKind kind, hipStream_t stream) {
  return copyAsync("hipMemcpyAsync", linearCopy(to, from, bytes, kind), stream);
}

hipError_t hipMemcpyHtoD(hipDeviceptr_t to, const void *from, size_t bytes) {
  return copy("hipMemcpyHtoD",
              linearCopy(to, from, bytes, hipMemcpyHostToDevice));
}
hipError_t hipMemcpyDtoH(void *to, hipDeviceptr_t from, size_t bytes) {
  return copy("hipMemcpyDtoH",
              linearCopy(to, from, bytes, hipMemcpyDeviceToHost));
}
hipError_t hipMemcpyDtoD(hipDeviceptr_t to, hipDeviceptr_t from, size_t bytes) {
  return copy("hipMemcpyDtoD",
              linearCopy(to, from, bytes, hipMemcpyDeviceToDevice));
}
hipError_t hipMemcpyHtoDAsync(hipDeviceptr_t to, const void *from, size_t bytes,
                              hipStream_t stream) {
  return copyAsync("hipMemcpyHtoDAsync",
                   linearCopy(to, from, bytes, hipMemcpyHostToDevice), stream);
}
hipError_t hipMemcpyDtoHAsync(void *to, hipDeviceptr_t from, size_t bytes,
                              hipStream_t stream) {
  return copyAsync("hipMemcpyDtoHAsync",
                   linearCopy(to, from, bytes, hipMemcpyDeviceToHost), stream);
}
hipError_t hipMemcpyDtoDAsync(hipDeviceptr_t to, hipDeviceptr_t from,
                              size_t bytes, hipStream_t stream) {
  return copyAsync("hipMemcpyDtoDAsync",
                   linearCopy(to, from, bytes, hipMemcpyDeviceToDevice),
                   stream);
}

hipError_t hipMemcpyPeer(void *to, int toDevice, const void *from,
                         int fromDevice, size_t bytes) {
  return copyPeer("hipMemcpyPeer", to, toDevice, from, fromDevice, bytes,
                  nullptr, /*isAsync=*/false);
}
hipError_t hipMemcpyPeerAsync(void *to, int toDevice, const void *from,
                              int fromDevice, size_t bytes,
                              hipStream_t stream) {
  return copyPeer("hipMemcpyPeerAsync", to, toDevice, from, fromDevice, bytes,
                  stream, /*isAsync=*/true);
}

hipError_t hipMemcpy2D(void *to, size_t toPitch, const void *from,
                       size_t fromPitch, size_t width, size_t height,
                       hipMemcpyKind kind) {
  return copy("hipMemcpy2D",
              copy2D(to, toPitch, from, fromPitch, width, height, kind));
}
hipError_t hipMemcpy2DAsync(void *to, size_t toPitch, const void *from,
                            size_t fromPitch, size_t width, size_t height,
                            hipMemcpyKind kind, hipStream_t stream) {
  return copyAsync("hipMemcpy2DAsync",
                   copy2D(to, toPitch, from, fromPitch, width, height, kind),
                   stream);
}

hipError_t hipMemcpy3D(const hipMemcpy3DParms *parameters) {
  CopyWork work;
  hipError_t error = parameters ? copyOf("hipMemcpy3D", *parameters, work)
                                : hipErrorInvalidValue;
  return error == hipSuccess ? copy("hipMemcpy3D", work)
                             : finish("hipMemcpy3D", error);
}
hipError_t hipMemcpy3DAsync(const hipMemcpy3DParms *parameters,
                            hipStream_t stream) {
  CopyWork work;
  hipError_t error = parameters ? copyOf("hipMemcpy3DAsync", *parameters, work)
                                : hipErrorInvalidValue;
  return error == hipSuccess ? copyAsync("hipMemcpy3DAsync", work, stream)
                             : finish("hipMemcpy3DAsync", error);
}

hipError_t hipMemcpyToSymbol(const void *symbol, const void *from, size_t bytes,
                             size_t offset, hipMemcpyKind kind) {
  return copySymbol("hipMemcpyToSymbol", symbol, offset, bytes, nullptr, from,
                    kind, nullptr, /*isAsync=*/false);
}
hipError_t hipMemcpyToSymbolAsync(const void *symbol, const void *from,
                                  size_t bytes, size_t offset,
                                  hipMemcpyKind kind, hipStream_t stream) {
  return copySymbol("hipMemcpyToSymbolAsync", symbol, offset, bytes, nullptr,
                    from, kind, stream, /*isAsync=*/true);
}
hipError_t hipMemcpyFromSymbol(void *to, const void *symbol, size_t bytes,
                               size_t offset, hipMemcpyKind kind) {
  return copySymbol("hipMemcpyFromSymbol", symbol, offset, bytes, to, nullptr,
                    kind, nullptr, /*isAsync=*/false);
}
hipError_t hipMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes,
                                    size_t offset, hipMemcpyKind kind,
                                    hipStream_t stream) {
  return copySymbol("hipMemcpyFromSymbolAsync", symbol, offset, bytes, to,
                    nullptr, kind, stream, /*isAsync=*/true);
}

hipError_t hipGetSymbolAddress(void **pointer, const void *symbol) {
  return call("hipGetSymbolAddress", [&](Runtime &runtime) {
    uint8_t *address = nullptr;
    if (!pointer)
      return hipErrorInvalidValue;
    hipError_t error =
        symbolRange(runtime, "hipGetSymbolAddress", symbol, 0, 0, address);
    if (error == hipSuccess)
      *pointer = address;
    return error;
  });
}

hipError_t hipGetSymbolSize(size_t *bytes, const void *symbol) {
  return call("hipGetSymbolSize", [&](Runtime &runtime) {
    auto variable = runtime.code.variable(runtime.engine,
                                          runtime.current().ordinal, symbol);
    if (!bytes)
      return hipErrorInvalidValue;
    if (!variable.ok())
      return explain("hipGetSymbolSize", hipErrorInvalidSymbol,
                     std::string(variable.status().message()));
    *bytes = variable->bytes;
    return hipSuccess;
  });
}

} // extern "C"
