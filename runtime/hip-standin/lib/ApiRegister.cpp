//===- ApiRegister.cpp - What clang's code for HIP programs calls ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

using namespace hipstandin;

extern "C" {

void **__hipRegisterFatBinary(const void *wrapper) {
  return StaticCode::get().add(wrapper);
}

void __hipUnregisterFatBinary(void **handle) {
  if (Runtime *runtime = Runtime::existing())
    for (const auto &device : runtime->devices)
      (void)runtime->synchronize(*device);
  StaticCode::get().remove(handle);
}

void __hipRegisterFunction(void **handle, const void *host, char *,
                           const char *name, unsigned int, void *, void *,
                           dim3 *, dim3 *, int *) {
  StaticCode::get().addFunction(handle, host, name);
}

void __hipRegisterVar(void **handle, void *host, char *, char *name, int,
                      size_t bytes, int, int) {
  StaticCode::get().addVariable(handle, host, name, bytes);
}

hipError_t __hipPushCallConfiguration(dim3 grid, dim3 block, size_t sharedBytes,
                                      hipStream_t stream) {
  Runtime::thread().calls.push_back({grid, block, sharedBytes, stream});
  return hipSuccess;
}

hipError_t __hipPopCallConfiguration(dim3 *grid, dim3 *block,
                                     size_t *sharedBytes, hipStream_t *stream) {
  auto &calls = Runtime::thread().calls;
  if (calls.empty())
    return finish("__hipPopCallConfiguration", hipErrorMissingConfiguration);
  *grid = calls.back().grid;
  *block = calls.back().block;
  *sharedBytes = calls.back().sharedBytes;
  *stream = calls.back().stream;
  calls.pop_back();
  return hipSuccess;
}

} // extern "C"
