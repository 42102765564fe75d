//===- ApiUnsupported.cpp - What is there only to be found ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every function of HIP that is not implemented fails with
// hipErrorNotSupported; the stubs are generated. What does not return an error
// code is here.
//
//===----------------------------------------------------------------------===//

#include "Api.h"

using namespace hipstandin;

namespace hipstandin {

int refuse(const char *function) {
  return call(function, [&](Runtime &) {
    return explain(function, hipErrorNotSupported,
                   "the stand-in does not implement this function");
  });
}

} // namespace hipstandin

namespace {
struct ChannelFormat {
  int x, y, z, w, kind;
};
} // namespace

extern "C" {

const char *hipApiName(uint32_t) { return "unknown"; }
const char *hipGetCmdName(uint32_t) { return "unknown"; }

const char *hipKernelNameRef(const hipFunction_t handle) {
  Runtime *runtime = Runtime::get();
  auto function = runtime ? runtime->functions.find(handle) : nullptr;
  return function ? function->name().c_str() : nullptr;
}

const char *hipKernelNameRefByPtr(const void *host, hipStream_t) {
  Runtime *runtime = Runtime::get();
  if (!runtime)
    return nullptr;
  auto function =
      runtime->code.function(runtime->engine, Runtime::thread().device, host);
  return function.ok() ? (*function)->name().c_str() : nullptr;
}

int hipGetStreamDeviceId(hipStream_t handle) {
  Runtime *runtime = Runtime::get();
  auto stream = runtime ? runtime->stream(handle) : nullptr;
  return stream ? stream->device() : hipInvalidDeviceId;
}

ChannelFormat hipCreateChannelDesc(int x, int y, int z, int w, int kind) {
  return {x, y, z, w, kind};
}

// Conversions that compilers of ROCm 4 called.
float __gnu_h2f_ieee(uint16_t bits) {
  _Float16 value;
  std::memcpy(&value, &bits, sizeof(value));
  return static_cast<float>(value);
}
uint16_t __gnu_f2h_ieee(float value) {
  auto half = static_cast<_Float16>(value);
  uint16_t bits;
  std::memcpy(&bits, &half, sizeof(bits));
  return bits;
}

void __hipRegisterTexture(void **, void *, char *, char *, int, int, int) {
  say("textures are not supported");
}
void __hipRegisterSurface(void **, void *, char *, char *, int, int) {
  say("surfaces are not supported");
}
void __hipRegisterManagedVar(void *, void **pointer, void *, const char *name,
                             size_t, unsigned) {
  *pointer = nullptr;
  say(std::string("__managed__ variables are not supported: ") + name);
}
void __hipGetPCH(const char **header, unsigned int *bytes) {
  *header = nullptr;
  *bytes = 0;
}

} // extern "C"
