//===- HipApi.h - The entry points of HIP that are used -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declared here so that nothing of ROCm is needed to build: HIP's C interface,
// as documented in ROCm's HIP API reference (rocm.docs.amd.com/projects/HIP),
// with handles as void * and enumerations as int. HipHeadersTest compares all
// of it with the headers of ROCm 5.2 where those are installed. Only entry
// points whose ABI is the same from ROCm 5.2 to 7 are used; device properties,
// whose structure changed with 6.0, are read by offset.

#ifndef DSV4RUN_LIB_DEVICE_HIP_HIPAPI_H
#define DSV4RUN_LIB_DEVICE_HIP_HIPAPI_H

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace dsv4run::hip {

using Error = int;
inline constexpr Error kSuccess = 0;

/// hipMemcpyKind
enum CopyKind : int {
  kHostToDevice = 1,
  kDeviceToHost = 2,
  kDeviceToDevice = 3
};
/// hipStreamNonBlocking
inline constexpr unsigned kStreamNonBlocking = 1;
/// hipStreamCaptureModeThreadLocal
inline constexpr int kCaptureThreadLocal = 1;

// X(name, parameters): functions that return hipError_t. The first two are also
// templates in HIP's headers.
#define DSV4RUN_HIP_ALLOCATIONS(X)                                             \
  X(hipMalloc, (void **, size_t))                                              \
  X(hipHostMalloc, (void **, size_t, unsigned))

#define DSV4RUN_HIP_CALLS(X)                                                   \
  X(hipInit, (unsigned))                                                       \
  X(hipRuntimeGetVersion, (int *))                                             \
  X(hipDriverGetVersion, (int *))                                              \
  X(hipGetDeviceCount, (int *))                                                \
  X(hipSetDevice, (int))                                                       \
  X(hipMemGetInfo, (size_t *, size_t *))                                       \
  X(hipFree, (void *))                                                         \
  X(hipHostFree, (void *))                                                     \
  X(hipMemcpyAsync, (void *, const void *, size_t, int, void *))               \
  X(hipMemsetAsync, (void *, int, size_t, void *))                             \
  X(hipStreamCreateWithFlags, (void **, unsigned))                             \
  X(hipStreamDestroy, (void *))                                                \
  X(hipStreamSynchronize, (void *))                                            \
  X(hipEventCreateWithFlags, (void **, unsigned))                              \
  X(hipEventDestroy, (void *))                                                 \
  X(hipEventRecord, (void *, void *))                                          \
  X(hipEventSynchronize, (void *))                                             \
  X(hipEventElapsedTime, (float *, void *, void *))                            \
  X(hipModuleLoadData, (void **, const void *))                                \
  X(hipModuleUnload, (void *))                                                 \
  X(hipModuleGetFunction, (void **, void *, const char *))                     \
  X(hipModuleLaunchKernel,                                                     \
    (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,       \
     unsigned, void *, void **, void **))                                      \
  X(hipStreamBeginCapture, (void *, int))                                      \
  X(hipStreamEndCapture, (void *, void **))                                    \
  X(hipGraphInstantiate, (void **, void *, void **, char *, size_t))           \
  X(hipGraphLaunch, (void *, void *))                                          \
  X(hipGraphDestroy, (void *))                                                 \
  X(hipGraphExecDestroy, (void *))

#define DSV4RUN_HIP_FUNCTIONS(X)                                               \
  DSV4RUN_HIP_ALLOCATIONS(X)                                                   \
  DSV4RUN_HIP_CALLS(X)

/// Where things are in hipDeviceProp_t.
struct PropertiesLayout {
  size_t bytes, name, memory, lanes, clock, compute_units, memory_clock,
      architecture; ///< gcnArchName, "gfx942:sramecc+:xnack-"
};
/// hipDeviceProp_tR0600 of ROCm 6 and 7.
inline constexpr PropertiesLayout kPropertiesR0600 = {1472, 0,   288, 308,
                                                      348,  388, 608, 1160};
/// hipDeviceProp_t of ROCm 5.
inline constexpr PropertiesLayout kPropertiesR0000 = {792, 0,   256, 276,
                                                      308, 336, 312, 396};
/// Both are shorter than this.
inline constexpr size_t kPropertiesBytes = 4096;

struct Api {
#define DSV4RUN_HIP_MEMBER(name, parameters) Error(*name) parameters = nullptr;
  DSV4RUN_HIP_FUNCTIONS(DSV4RUN_HIP_MEMBER)
#undef DSV4RUN_HIP_MEMBER
  const char *(*hipGetErrorName)(Error) = nullptr;
  const char *(*hipGetErrorString)(Error) = nullptr;
  /// One of the two is there.
  Error (*hipGetDevicePropertiesR0600)(void *, int) = nullptr;
  Error (*hipGetDeviceProperties)(void *, int) = nullptr;

  std::string path; ///< of the library

  /// OK, or HIP's name and text for what `function` returned.
  absl::Status StatusOf(const char *function, Error error) const;
};

/// Opens libamdhip64: the file that DSV4_HIP_LIBRARY names, or else version 9
/// to 5 and then without a version, where the dynamic loader looks and in
/// $ROCM_PATH/lib or /opt/rocm/lib. NOT_FOUND lists what was tried, or the
/// entry points that the library lacks.
absl::StatusOr<Api> OpenApi();

/// "6.4.43484" of 60443484.
std::string FormatVersion(int version);

} // namespace dsv4run::hip

#endif // DSV4RUN_LIB_DEVICE_HIP_HIPAPI_H
