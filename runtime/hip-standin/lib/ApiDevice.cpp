//===- ApiDevice.cpp - Devices, peers and contexts' small change ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Properties.h"
#include "absl/strings/str_cat.h"
#include <cstring>

using namespace hipstandin;

static hipDeviceProp_tR0600 properties(const Runtime &runtime, int device) {
  return propertiesOf(device, runtime.settings.memoryBytes);
}

/// A call about one device with one result.
template <class T, class Body>
static hipError_t query(const char *function, T *out, int device, Body &&body) {
  return call(function, [&](Runtime &runtime) {
    if (!out)
      return hipErrorInvalidValue;
    if (!runtime.validDevice(device))
      return hipErrorInvalidDevice;
    return body(runtime);
  });
}

/// A setting of the device that nothing here depends on.
template <class T>
static hipError_t give(const char *function, T *out, T value) {
  return call(function, [&](Runtime &) {
    if (!out)
      return hipErrorInvalidValue;
    *out = value;
    return hipSuccess;
  });
}

static hipError_t accept(const char *function) {
  return call(function, [](Runtime &) { return hipSuccess; });
}

extern "C" {

hipError_t hipInit(unsigned int flags) {
  return call("hipInit", [&](Runtime &) {
    return flags == 0 ? hipSuccess : hipErrorInvalidValue;
  });
}

hipError_t hipDriverGetVersion(int *version) {
  return hipRuntimeGetVersion(version);
}

hipError_t hipRuntimeGetVersion(int *version) {
  static constexpr int kVersions[] = {50221153, 60443482, 70151831};
  return give("hipRuntimeGetVersion", version, kVersions[kAbiMajor - 5]);
}

hipError_t hipGetDeviceCount(int *count) {
  return call("hipGetDeviceCount", [&](Runtime &runtime) {
    if (!count)
      return hipErrorInvalidValue;
    *count = static_cast<int>(runtime.devices.size());
    return hipSuccess;
  });
}

hipError_t hipSetDevice(int device) {
  return call("hipSetDevice", [&](Runtime &runtime) {
    if (!runtime.validDevice(device))
      return hipErrorInvalidDevice;
    Runtime::thread().device = device;
    return hipSuccess;
  });
}

hipError_t hipGetDevice(int *device) {
  return give("hipGetDevice", device, Runtime::thread().device);
}

hipError_t hipDeviceGet(hipDevice_t *device, int ordinal) {
  return query("hipDeviceGet", device, ordinal, [&](Runtime &) {
    *device = ordinal;
    return hipSuccess;
  });
}

hipError_t hipDeviceGetName(char *name, int bytes, hipDevice_t device) {
  return query("hipDeviceGetName", name, device, [&](Runtime &runtime) {
    if (bytes <= 0)
      return hipErrorInvalidValue;
    std::strncpy(name, properties(runtime, device).name, bytes);
    name[bytes - 1] = 0;
    return hipSuccess;
  });
}

hipError_t hipDeviceGetUuid(hipUUID *uuid, hipDevice_t device) {
  return query("hipDeviceGetUuid", uuid, device, [&](Runtime &runtime) {
    *uuid = properties(runtime, device).uuid;
    return hipSuccess;
  });
}

hipError_t hipDeviceTotalMem(size_t *bytes, hipDevice_t device) {
  return query("hipDeviceTotalMem", bytes, device, [&](Runtime &runtime) {
    *bytes = properties(runtime, device).totalGlobalMem;
    return hipSuccess;
  });
}

hipError_t hipDeviceComputeCapability(int *major, int *minor,
                                      hipDevice_t device) {
  return query("hipDeviceComputeCapability", major, device,
               [&](Runtime &runtime) {
                 if (!minor)
                   return hipErrorInvalidValue;
                 hipDeviceProp_tR0600 p = properties(runtime, device);
                 *major = p.major;
                 *minor = p.minor;
                 return hipSuccess;
               });
}

hipError_t hipDeviceGetAttribute(int *value, hipDeviceAttribute_t attribute,
                                 int device) {
  return query("hipDeviceGetAttribute", value, device, [&](Runtime &runtime) {
    std::optional<int> found =
        attributeOf(properties(runtime, device), attribute);
    if (!found)
      return hipErrorInvalidValue;
    *value = *found;
    return hipSuccess;
  });
}

hipError_t hipGetDevicePropertiesR0600(hipDeviceProp_tR0600 *out, int device) {
  return query("hipGetDevicePropertiesR0600", out, device,
               [&](Runtime &runtime) {
                 *out = properties(runtime, device);
                 return hipSuccess;
               });
}

hipError_t hipGetDevicePropertiesR0000(hipDeviceProp_tR0000 *out, int device) {
  return query("hipGetDevicePropertiesR0000", out, device,
               [&](Runtime &runtime) {
                 *out = olderLayout(properties(runtime, device));
                 return hipSuccess;
               });
}

#undef hipGetDeviceProperties
hipError_t hipGetDeviceProperties(hipDeviceProp_tR0000 *out, int device) {
  return hipGetDevicePropertiesR0000(out, device);
}

hipError_t hipChooseDeviceR0600(int *device,
                                const hipDeviceProp_tR0600 *wanted) {
  return query("hipChooseDeviceR0600", device, 0, [&](Runtime &) {
    if (!wanted)
      return hipErrorInvalidValue;
    *device = 0; // All are the same.
    return hipSuccess;
  });
}

hipError_t hipDeviceGetPCIBusId(char *id, int bytes, int device) {
  return query("hipDeviceGetPCIBusId", id, device, [&](Runtime &runtime) {
    if (bytes <= 0)
      return hipErrorInvalidValue;
    std::strncpy(id, pciBusId(properties(runtime, device)).c_str(), bytes);
    id[bytes - 1] = 0;
    return hipSuccess;
  });
}

hipError_t hipDeviceGetByPCIBusId(int *device, const char *id) {
  return query("hipDeviceGetByPCIBusId", device, 0, [&](Runtime &runtime) {
    if (!id)
      return hipErrorInvalidValue;
    for (const auto &d : runtime.devices)
      if (pciBusId(properties(runtime, d->ordinal)) == id) {
        *device = d->ordinal;
        return hipSuccess;
      }
    return hipErrorInvalidValue;
  });
}

hipError_t hipDeviceSynchronize() {
  return call("hipDeviceSynchronize", [](Runtime &runtime) {
    if (hipError_t error = runtime.checkNoCapture(); error != hipSuccess)
      return error;
    return runtime.synchronize(runtime.current());
  });
}

hipError_t hipSetDeviceFlags(unsigned int flags) {
  return call("hipSetDeviceFlags", [&](Runtime &runtime) {
    runtime.current().flags = flags;
    return hipSuccess;
  });
}

hipError_t hipGetDeviceFlags(unsigned int *flags) {
  return call("hipGetDeviceFlags", [&](Runtime &runtime) {
    if (!flags)
      return hipErrorInvalidValue;
    *flags = runtime.current().flags;
    return hipSuccess;
  });
}

hipError_t hipDeviceGetCacheConfig(hipFuncCache_t *config) {
  return give("hipDeviceGetCacheConfig", config, hipFuncCachePreferNone);
}
hipError_t hipDeviceSetCacheConfig(hipFuncCache_t) {
  return accept("hipDeviceSetCacheConfig");
}
hipError_t hipDeviceGetSharedMemConfig(hipSharedMemConfig *config) {
  return give("hipDeviceGetSharedMemConfig", config,
              hipSharedMemBankSizeFourByte);
}
hipError_t hipDeviceSetSharedMemConfig(hipSharedMemConfig) {
  return accept("hipDeviceSetSharedMemConfig");
}

hipError_t hipDeviceGetStreamPriorityRange(int *least, int *greatest) {
  return call("hipDeviceGetStreamPriorityRange", [&](Runtime &) {
    if (least)
      *least = 1;
    if (greatest)
      *greatest = -1;
    return hipSuccess;
  });
}

hipError_t hipDeviceCanAccessPeer(int *can, int device, int peer) {
  return query("hipDeviceCanAccessPeer", can, device, [&](Runtime &runtime) {
    if (!runtime.validDevice(peer))
      return hipErrorInvalidDevice;
    *can = device != peer;
    return hipSuccess;
  });
}

hipError_t hipDeviceEnablePeerAccess(int peer, unsigned int flags) {
  return call("hipDeviceEnablePeerAccess", [&](Runtime &runtime) {
    if (flags != 0)
      return hipErrorInvalidValue;
    if (!runtime.validDevice(peer) || peer == runtime.current().ordinal)
      return hipErrorInvalidDevice;
    std::lock_guard<std::mutex> lock(runtime.order);
    return runtime.current().peers.insert(peer).second
               ? hipSuccess
               : hipErrorPeerAccessAlreadyEnabled;
  });
}

hipError_t hipDeviceDisablePeerAccess(int peer) {
  return call("hipDeviceDisablePeerAccess", [&](Runtime &runtime) {
    if (!runtime.validDevice(peer))
      return hipErrorInvalidDevice;
    std::lock_guard<std::mutex> lock(runtime.order);
    return runtime.current().peers.erase(peer) ? hipSuccess
                                               : hipErrorPeerAccessNotEnabled;
  });
}

hipError_t hipDeviceGetP2PAttribute(int *value, hipDeviceP2PAttr attribute,
                                    int from, int to) {
  return query("hipDeviceGetP2PAttribute", value, from, [&](Runtime &runtime) {
    if (!runtime.validDevice(to) || from == to)
      return hipErrorInvalidDevice;
    switch (attribute) {
    case hipDevP2PAttrPerformanceRank:
    case hipDevP2PAttrHipArrayAccessSupported:
      *value = 0;
      return hipSuccess;
    case hipDevP2PAttrAccessSupported:
    case hipDevP2PAttrNativeAtomicSupported:
      *value = 1;
      return hipSuccess;
    }
    return hipErrorInvalidValue;
  });
}

hipError_t hipExtGetLinkTypeAndHopCount(int from, int to, uint32_t *type,
                                        uint32_t *hops) {
  return query("hipExtGetLinkTypeAndHopCount", type, from,
               [&](Runtime &runtime) {
                 if (!hops)
                   return hipErrorInvalidValue;
                 if (!runtime.validDevice(to))
                   return hipErrorInvalidDevice;
                 *type = 4; // HSA_AMD_LINK_INFO_TYPE_XGMI
                 *hops = from == to ? 0 : 1;
                 return hipSuccess;
               });
}

} // extern "C"
