//===- Transfer.cpp - Checked copies and fills ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Transfer.h"
#include "Api.h"
#include "absl/strings/str_cat.h"

namespace hipstandin {
namespace {

/// Bytes from the first to the last one touched.
uint64_t extent(size_t width, size_t height, size_t depth, size_t pitch,
                size_t slice) {
  return (depth - 1) * slice + (height - 1) * pitch + width;
}

hipError_t checkSide(Runtime &runtime, const char *function, const char *side,
                     const void *pointer, uint64_t bytes, bool mustBeDevice,
                     bool mustBeHost) {
  auto address = reinterpret_cast<uint64_t>(pointer);
  dsv4emu::Memory &memory = runtime.engine.memory();
  auto wrong = [&](absl::string_view what) {
    return explain(function, hipErrorInvalidValue,
                   absl::StrCat(side, " of ", bytes, " bytes at 0x",
                                absl::Hex(address), " ", what));
  };
  if (!memory.contains(address, 1))
    return mustBeDevice ? wrong("is not memory of a device") : hipSuccess;
  if (!memory.live(address, bytes))
    return wrong(
        absl::StrCat("is not inside one live allocation: it starts at ",
                     memory.describe(address)));
  auto allocation = runtime.memory.find(pointer);
  if (mustBeHost && allocation && allocation->kind == MemoryKind::Device)
    return wrong("is device memory, which the copy's kind excludes");
  return hipSuccess;
}

} // namespace

hipError_t checkCopy(Runtime &runtime, const char *function,
                     const CopyWork &work) {
  if (work.width == 0 || work.height == 0 || work.depth == 0)
    return hipSuccess;
  if (!work.to || !work.from)
    return hipErrorInvalidValue;
  if (work.height > 1 &&
      (work.toPitch < work.width || work.fromPitch < work.width))
    return hipErrorInvalidPitchValue;
  bool toHost = false, toDevice = false, fromHost = false, fromDevice = false;
  switch (work.kind) {
  case hipMemcpyHostToHost:
    toHost = fromHost = true;
    break;
  case hipMemcpyHostToDevice:
    toDevice = fromHost = true;
    break;
  case hipMemcpyDeviceToHost:
    toHost = fromDevice = true;
    break;
  case hipMemcpyDeviceToDevice:
  case hipMemcpyDeviceToDeviceNoCU:
    toDevice = fromDevice = true;
    break;
  case hipMemcpyDefault:
    break;
  default:
    return hipErrorInvalidMemcpyDirection;
  }
  if (hipError_t error = checkSide(runtime, function, "destination", work.to,
                                   extent(work.width, work.height, work.depth,
                                          work.toPitch, work.toSlice),
                                   toDevice, toHost);
      error != hipSuccess)
    return error;
  return checkSide(runtime, function, "source", work.from,
                   extent(work.width, work.height, work.depth, work.fromPitch,
                          work.fromSlice),
                   fromDevice, fromHost);
}

hipError_t checkFill(Runtime &runtime, const char *function,
                     const FillWork &work) {
  if (work.width == 0 || work.height == 0 || work.depth == 0)
    return hipSuccess;
  size_t width = work.width * work.elementBytes;
  if (!work.to || (work.height > 1 && work.pitch < width))
    return hipErrorInvalidValue;
  if (reinterpret_cast<uint64_t>(work.to) % work.elementBytes != 0)
    return hipErrorInvalidValue;
  return checkSide(
      runtime, function, "destination", work.to,
      extent(width, work.height, work.depth, work.pitch, work.slice),
      /*mustBeDevice=*/true, /*mustBeHost=*/false);
}

CopyWork linearCopy(void *to, const void *from, size_t bytes,
                    hipMemcpyKind kind) {
  CopyWork work;
  work.to = to;
  work.from = from;
  work.width = work.toPitch = work.fromPitch = bytes;
  work.kind = kind;
  return work;
}

FillWork linearFill(void *to, uint32_t value, unsigned elementBytes,
                    size_t count) {
  FillWork work;
  work.to = to;
  work.value = value;
  work.elementBytes = elementBytes;
  work.width = count;
  work.pitch = count * elementBytes;
  return work;
}

hipError_t copyOf(const char *function, const hipMemcpy3DParms &p,
                  CopyWork &work) {
  if (p.srcArray || p.dstArray)
    return explain(function, hipErrorNotSupported, "arrays");
  auto start = [](const hipPitchedPtr &pointer, const hipPos &pos) {
    size_t slice = pointer.pitch * pointer.ysize;
    return static_cast<uint8_t *>(pointer.ptr) + pos.z * slice +
           pos.y * pointer.pitch + pos.x;
  };
  if (!p.srcPtr.ptr || !p.dstPtr.ptr)
    return hipErrorInvalidValue;
  work.to = start(p.dstPtr, p.dstPos);
  work.from = start(p.srcPtr, p.srcPos);
  work.toPitch = p.dstPtr.pitch;
  work.fromPitch = p.srcPtr.pitch;
  work.toSlice = p.dstPtr.pitch * p.dstPtr.ysize;
  work.fromSlice = p.srcPtr.pitch * p.srcPtr.ysize;
  work.width = p.extent.width;
  work.height = p.extent.height;
  work.depth = p.extent.depth;
  work.kind = p.kind;
  return hipSuccess;
}

} // namespace hipstandin
