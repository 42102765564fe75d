//===- CudaApi.h - The entry points of CUDA's driver that are used --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declared here so that nothing of CUDA is needed to build: the driver API's C
// interface, as documented in NVIDIA's CUDA Driver API reference, with handles
// as void *, device addresses and enumerations as integers. Names are those
// that the library exports: cuda.h maps cuMemAlloc to cuMemAlloc_v2 and so on.

#ifndef DSV4RUN_LIB_DEVICE_CUDA_CUDAAPI_H
#define DSV4RUN_LIB_DEVICE_CUDA_CUDAAPI_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace dsv4run::cuda {

using Error = int;
inline constexpr Error kSuccess = 0;
/// CUDA_ERROR_NO_DEVICE
inline constexpr Error kNoDevice = 100;

/// CUdevice and CUdeviceptr
using DeviceNumber = int;
using Address = uint64_t;

/// CU_STREAM_NON_BLOCKING
inline constexpr unsigned kStreamNonBlocking = 1;
/// CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
inline constexpr int kCaptureThreadLocal = 1;

/// CUdevice_attribute
enum DeviceAttribute : int {
  kWarpSize = 10,
  kClockRate = 13,
  kMultiprocessors = 16,
  kMemoryClockRate = 36,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
};

/// CUfunction_attribute
enum FunctionAttribute : int {
  kStaticSharedBytes = 1,
  kLocalBytes = 3,
  kRegisters = 4,
  kMaxDynamicSharedBytes = 8,
};

/// CUjit_option
enum JitOption : int { kErrorLogBuffer = 5, kErrorLogBufferBytes = 6 };

// X(name, parameters): functions that return CUresult.
#define DSV4RUN_CUDA_FUNCTIONS(X)                                              \
  X(cuInit, (unsigned))                                                        \
  X(cuDriverGetVersion, (int *))                                               \
  X(cuGetErrorName, (Error, const char **))                                    \
  X(cuGetErrorString, (Error, const char **))                                  \
  X(cuDeviceGetCount, (int *))                                                 \
  X(cuDeviceGet, (DeviceNumber *, int))                                        \
  X(cuDeviceGetName, (char *, int, DeviceNumber))                              \
  X(cuDeviceTotalMem_v2, (size_t *, DeviceNumber))                             \
  X(cuDeviceGetAttribute, (int *, int, DeviceNumber))                          \
  X(cuDevicePrimaryCtxRetain, (void **, DeviceNumber))                         \
  X(cuDevicePrimaryCtxRelease_v2, (DeviceNumber))                              \
  X(cuCtxSetCurrent, (void *))                                                 \
  X(cuMemGetInfo_v2, (size_t *, size_t *))                                     \
  X(cuMemAlloc_v2, (Address *, size_t))                                        \
  X(cuMemFree_v2, (Address))                                                   \
  X(cuMemHostAlloc, (void **, size_t, unsigned))                               \
  X(cuMemFreeHost, (void *))                                                   \
  X(cuMemcpyDtoH_v2, (void *, Address, size_t))                                \
  X(cuMemcpyHtoDAsync_v2, (Address, const void *, size_t, void *))             \
  X(cuMemcpyDtoHAsync_v2, (void *, Address, size_t, void *))                   \
  X(cuMemcpyDtoDAsync_v2, (Address, Address, size_t, void *))                  \
  X(cuMemsetD8Async, (Address, unsigned char, size_t, void *))                 \
  X(cuStreamCreate, (void **, unsigned))                                       \
  X(cuStreamDestroy_v2, (void *))                                              \
  X(cuStreamSynchronize, (void *))                                             \
  X(cuEventCreate, (void **, unsigned))                                        \
  X(cuEventDestroy_v2, (void *))                                               \
  X(cuEventRecord, (void *, void *))                                           \
  X(cuEventSynchronize, (void *))                                              \
  X(cuEventElapsedTime, (float *, void *, void *))                             \
  X(cuModuleLoadDataEx, (void **, const void *, unsigned, int *, void **))     \
  X(cuModuleUnload, (void *))                                                  \
  X(cuModuleGetFunction, (void **, void *, const char *))                      \
  X(cuModuleGetGlobal_v2, (Address *, size_t *, void *, const char *))         \
  X(cuFuncGetAttribute, (int *, int, void *))                                  \
  X(cuFuncSetAttribute, (void *, int, int))                                    \
  X(cuLaunchKernel, (void *, unsigned, unsigned, unsigned, unsigned, unsigned, \
                     unsigned, unsigned, void *, void **, void **))            \
  X(cuStreamBeginCapture_v2, (void *, int))                                    \
  X(cuStreamEndCapture, (void *, void **))                                     \
  X(cuGraphInstantiateWithFlags, (void **, void *, unsigned long long))        \
  X(cuGraphLaunch, (void *, void *))                                           \
  X(cuGraphDestroy, (void *))                                                  \
  X(cuGraphExecDestroy, (void *))

struct Api {
#define DSV4RUN_CUDA_MEMBER(name, parameters) Error(*name) parameters = nullptr;
  DSV4RUN_CUDA_FUNCTIONS(DSV4RUN_CUDA_MEMBER)
#undef DSV4RUN_CUDA_MEMBER

  std::string path; ///< of the library

  /// OK, or CUDA's name and text for what `function` returned.
  absl::Status StatusOf(const char *function, Error error) const;
};

/// Opens libcuda: the file that DSV4_CUDA_LIBRARY names, or else libcuda.so.1
/// where the dynamic loader looks. NOT_FOUND lists what was tried, or the entry
/// points that the library lacks.
absl::StatusOr<Api> OpenApi();

/// "13.0" of 13000.
std::string FormatVersion(int version);

} // namespace dsv4run::cuda

#endif // DSV4RUN_LIB_DEVICE_CUDA_CUDAAPI_H
