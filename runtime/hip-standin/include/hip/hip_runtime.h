//===- hip_runtime.h - HIP for host and device ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What common kernels use of HIP's device language, for clang alone: no wrapper
// headers (-nogpuinc) and no device libraries (-nogpulib) are needed. There is
// no device printf, assert or malloc, and of the math library what gfx942 has
// instructions for.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUNTIME_H
#define HIP_RUNTIME_H

#include <hip/hip_runtime_api.h>

#if defined(__HIP__)

#if !defined(__HIPCC_RTC__)
#include <cmath>
#endif

#define HIP_FIRST(first, ...) first
#define __launch_bounds__(...)                                                 \
  __attribute__((amdgpu_flat_work_group_size(1, HIP_FIRST(__VA_ARGS__, 0))))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define HIP_DYNAMIC_SHARED(type, name) extern __shared__ type name[];
#define HIP_KERNEL_NAME(...) __VA_ARGS__
#define HIP_SYMBOL(name) name
#define hipLaunchKernelGGL(kernel, grid, block, sharedBytes, stream, ...)      \
  kernel<<<(grid), (block), (sharedBytes), (stream)>>>(__VA_ARGS__)

#include <hip/hip_device_atomics.h>
#include <hip/hip_device_functions.h>
#include <hip/hip_device_vectors.h>

#if !defined(__HIPCC_RTC__)
template <class T>
inline hipError_t
hipMemcpyToSymbol(const T &symbol, const void *from, size_t bytes,
                  size_t offset = 0,
                  hipMemcpyKind kind = hipMemcpyHostToDevice) {
  return ::hipMemcpyToSymbol(static_cast<const void *>(&symbol), from, bytes,
                             offset, kind);
}
template <class T>
inline hipError_t
hipMemcpyFromSymbol(void *to, const T &symbol, size_t bytes, size_t offset = 0,
                    hipMemcpyKind kind = hipMemcpyDeviceToHost) {
  return ::hipMemcpyFromSymbol(to, static_cast<const void *>(&symbol), bytes,
                               offset, kind);
}
template <class T>
inline hipError_t hipGetSymbolAddress(void **pointer, const T &symbol) {
  return ::hipGetSymbolAddress(pointer, static_cast<const void *>(&symbol));
}
template <class T>
inline hipError_t hipOccupancyMaxPotentialBlockSize(int *gridSize,
                                                    int *blockSize, T kernel,
                                                    size_t sharedBytes = 0,
                                                    int blockSizeLimit = 0) {
  return ::hipOccupancyMaxPotentialBlockSize(
      gridSize, blockSize, reinterpret_cast<const void *>(kernel), sharedBytes,
      blockSizeLimit);
}
template <class T>
inline hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, T kernel, int blockSize, size_t sharedBytes) {
  return ::hipOccupancyMaxActiveBlocksPerMultiprocessor(
      blocks, reinterpret_cast<const void *>(kernel), blockSize, sharedBytes);
}
#endif

#endif // __HIP__

#endif // HIP_RUNTIME_H
