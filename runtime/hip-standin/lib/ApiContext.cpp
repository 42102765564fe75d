//===- ApiContext.cpp - Contexts, which are devices -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HIP has one context per device; the functions of the driver API that seem to
// make more of them give that one.
//
//===----------------------------------------------------------------------===//

#include "Api.h"

using namespace hipstandin;

static hipCtx_t contextOf(Device &device) {
  return reinterpret_cast<hipCtx_t>(&device);
}

static Device *deviceOf(Runtime &runtime, hipCtx_t context) {
  for (const auto &device : runtime.devices)
    if (contextOf(*device) == context)
      return device.get();
  return nullptr;
}

template <class Body>
static hipError_t onDevice(const char *function, hipDevice_t ordinal,
                           Body &&body) {
  return call(function, [&](Runtime &runtime) {
    return runtime.validDevice(ordinal)
               ? body(runtime, *runtime.devices[ordinal])
               : hipErrorInvalidDevice;
  });
}

/// Everything of the device that its users made.
static hipError_t reset(Runtime &runtime, Device &device) {
  (void)runtime.synchronize(device);
  auto ofDevice = [&](const auto &object) {
    return object->device() == device.ordinal;
  };
  for (const auto &stream : runtime.streams.all())
    if (ofDevice(stream))
      runtime.streams.remove(stream.get());
  for (const auto &event : runtime.events.all())
    if (ofDevice(event))
      runtime.events.remove(event.get());
  for (const auto &module : runtime.modules.all())
    if (ofDevice(module)) {
      runtime.modules.remove(module.get());
      for (const auto &entry : module->functions())
        runtime.functions.remove(entry.second.get());
    }
  for (const Allocation &allocation : runtime.memory.all())
    if (allocation.device == device.ordinal)
      (void)runtime.memory.release(allocation.pointer(), {allocation.kind});
  std::lock_guard<std::mutex> lock(runtime.order);
  device.peers.clear();
  device.flags = 0;
  return hipSuccess;
}

extern "C" {

hipError_t hipDeviceReset() {
  return callRelease("hipDeviceReset", [](Runtime &runtime) {
    return reset(runtime, runtime.current());
  });
}

hipError_t hipCtxCreate(hipCtx_t *context, unsigned int, hipDevice_t ordinal) {
  return onDevice("hipCtxCreate", ordinal, [&](Runtime &, Device &device) {
    if (!context)
      return hipErrorInvalidValue;
    Thread &thread = Runtime::thread();
    thread.contexts.push_back(thread.device);
    thread.device = ordinal;
    *context = contextOf(device);
    return hipSuccess;
  });
}

hipError_t hipCtxDestroy(hipCtx_t context) {
  return callRelease("hipCtxDestroy", [&](Runtime &runtime) {
    Device *device = deviceOf(runtime, context);
    if (!device)
      return hipErrorInvalidValue;
    Thread &thread = Runtime::thread();
    if (thread.device == device->ordinal && !thread.contexts.empty()) {
      thread.device = thread.contexts.back();
      thread.contexts.pop_back();
    }
    return hipSuccess;
  });
}

hipError_t hipCtxPushCurrent(hipCtx_t context) {
  return call("hipCtxPushCurrent", [&](Runtime &runtime) {
    Device *device = deviceOf(runtime, context);
    if (!device)
      return hipErrorInvalidContext;
    Thread &thread = Runtime::thread();
    thread.contexts.push_back(thread.device);
    thread.device = device->ordinal;
    return hipSuccess;
  });
}

hipError_t hipCtxPopCurrent(hipCtx_t *context) {
  return call("hipCtxPopCurrent", [&](Runtime &runtime) {
    Thread &thread = Runtime::thread();
    if (thread.contexts.empty())
      return hipErrorInvalidContext;
    if (context)
      *context = contextOf(runtime.current());
    thread.device = thread.contexts.back();
    thread.contexts.pop_back();
    return hipSuccess;
  });
}

hipError_t hipCtxSetCurrent(hipCtx_t context) {
  return call("hipCtxSetCurrent", [&](Runtime &runtime) {
    Device *device = deviceOf(runtime, context);
    if (!device)
      return context ? hipErrorInvalidContext : hipSuccess;
    Runtime::thread().device = device->ordinal;
    return hipSuccess;
  });
}

hipError_t hipCtxGetCurrent(hipCtx_t *context) {
  return call("hipCtxGetCurrent", [&](Runtime &runtime) {
    if (!context)
      return hipErrorInvalidValue;
    *context = contextOf(runtime.current());
    return hipSuccess;
  });
}

hipError_t hipCtxGetDevice(hipDevice_t *device) { return hipGetDevice(device); }

hipError_t hipCtxSynchronize() { return hipDeviceSynchronize(); }

hipError_t hipDevicePrimaryCtxRetain(hipCtx_t *context, hipDevice_t ordinal) {
  return onDevice("hipDevicePrimaryCtxRetain", ordinal,
                  [&](Runtime &runtime, Device &device) {
                    if (!context)
                      return hipErrorInvalidValue;
                    std::lock_guard<std::mutex> lock(runtime.order);
                    ++device.primaryContexts;
                    *context = contextOf(device);
                    return hipSuccess;
                  });
}

hipError_t hipDevicePrimaryCtxRelease(hipDevice_t ordinal) {
  return onDevice("hipDevicePrimaryCtxRelease", ordinal,
                  [&](Runtime &runtime, Device &device) {
                    std::lock_guard<std::mutex> lock(runtime.order);
                    if (device.primaryContexts == 0)
                      return hipErrorInvalidContext;
                    --device.primaryContexts;
                    return hipSuccess;
                  });
}

hipError_t hipDevicePrimaryCtxReset(hipDevice_t ordinal) {
  return onDevice(
      "hipDevicePrimaryCtxReset", ordinal,
      [&](Runtime &runtime, Device &device) { return reset(runtime, device); });
}

hipError_t hipDevicePrimaryCtxGetState(hipDevice_t ordinal, unsigned int *flags,
                                       int *active) {
  return onDevice("hipDevicePrimaryCtxGetState", ordinal,
                  [&](Runtime &, Device &device) {
                    if (flags)
                      *flags = device.flags;
                    if (active)
                      *active = device.primaryContexts != 0;
                    return hipSuccess;
                  });
}

hipError_t hipDevicePrimaryCtxSetFlags(hipDevice_t ordinal,
                                       unsigned int flags) {
  return onDevice("hipDevicePrimaryCtxSetFlags", ordinal,
                  [&](Runtime &, Device &device) {
                    device.flags = flags;
                    return hipSuccess;
                  });
}

hipError_t hipDeviceGetLimit(size_t *value, enum hipLimit_t limit) {
  return call("hipDeviceGetLimit", [&](Runtime &) {
    if (!value)
      return hipErrorInvalidValue;
    switch (limit) {
    case hipLimitStackSize:
      *value = 1024;
      return hipSuccess;
    case hipLimitPrintfFifoSize:
      *value = size_t{1} << 20;
      return hipSuccess;
    case hipLimitMallocHeapSize:
      *value = size_t{8} << 20;
      return hipSuccess;
    }
    return hipErrorUnsupportedLimit;
  });
}

hipError_t hipDeviceSetLimit(enum hipLimit_t limit, size_t) {
  return call("hipDeviceSetLimit", [&](Runtime &) {
    return limit == hipLimitStackSize || limit == hipLimitPrintfFifoSize ||
                   limit == hipLimitMallocHeapSize
               ? hipSuccess
               : hipErrorUnsupportedLimit;
  });
}

} // extern "C"
