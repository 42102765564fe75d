//===- ApiPointer.cpp - What is known of a pointer ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

using namespace hipstandin;

/// The number of a memory type, which ROCm 6 changed.
static int memoryType(MemoryKind kind) {
  switch (kind) {
  case MemoryKind::Device:
    return kAbiMajor < 6 ? 1 : hipMemoryTypeDevice;
  case MemoryKind::Pinned:
  case MemoryKind::Registered:
    return kAbiMajor < 6 ? 0 : hipMemoryTypeHost;
  case MemoryKind::Managed:
    return kAbiMajor < 6 ? 4 : hipMemoryTypeManaged;
  }
  return hipMemoryTypeUnregistered;
}

extern "C" {

hipError_t hipPointerGetAttributes(hipPointerAttribute_t *attributes,
                                   const void *pointer) {
  return call("hipPointerGetAttributes", [&](Runtime &runtime) {
    if (!attributes || !pointer)
      return hipErrorInvalidValue;
    auto allocation = runtime.memory.find(pointer);
    if (!allocation) {
      if (kAbiMajor < 6)
        return hipErrorInvalidValue;
      *attributes = {hipMemoryTypeUnregistered, -2, nullptr, nullptr, 0, 0};
      return hipSuccess;
    }
    void *address = const_cast<void *>(pointer);
    bool reachable = allocation->kind != MemoryKind::Registered;
    bool onHost = allocation->kind != MemoryKind::Device;
    *attributes = {static_cast<hipMemoryType>(memoryType(allocation->kind)),
                   allocation->device,
                   reachable ? address : nullptr,
                   onHost ? address : nullptr,
                   allocation->kind == MemoryKind::Managed,
                   allocation->flags};
    return hipSuccess;
  });
}

hipError_t hipPointerGetAttribute(void *data, hipPointer_attribute attribute,
                                  hipDeviceptr_t pointer) {
  return call("hipPointerGetAttribute", [&](Runtime &runtime) {
    if (!data || !pointer)
      return hipErrorInvalidValue;
    auto allocation = runtime.memory.find(pointer);
    if (!allocation)
      return hipErrorInvalidValue;
    auto give = [&](auto value) {
      std::memcpy(data, &value, sizeof(value));
      return hipSuccess;
    };
    bool onHost = allocation->kind != MemoryKind::Device;
    switch (attribute) {
    case HIP_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return give(memoryType(allocation->kind));
    case HIP_POINTER_ATTRIBUTE_DEVICE_POINTER:
      if (allocation->kind == MemoryKind::Registered)
        return hipErrorInvalidValue;
      return give(pointer);
    case HIP_POINTER_ATTRIBUTE_HOST_POINTER:
      return onHost ? give(pointer) : hipErrorInvalidValue;
    case HIP_POINTER_ATTRIBUTE_BUFFER_ID:
      return give(allocation->serial);
    case HIP_POINTER_ATTRIBUTE_IS_MANAGED:
      return give(allocation->kind == MemoryKind::Managed);
    case HIP_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      return give(allocation->device);
    case HIP_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      return give(allocation->pointer());
    case HIP_POINTER_ATTRIBUTE_RANGE_SIZE:
      return give(allocation->bytes);
    case HIP_POINTER_ATTRIBUTE_MAPPED:
      return give(true);
    default:
      return explain("hipPointerGetAttribute", hipErrorNotSupported,
                     "this attribute");
    }
  });
}

} // extern "C"
