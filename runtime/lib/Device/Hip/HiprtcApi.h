//===- HiprtcApi.h - The entry points of hipRTC ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As documented in ROCm's HIP API reference, section "Runtime compilation";
// compared with its headers by HipHeadersTest. See HipApi.h.

#ifndef DSV4RUN_LIB_DEVICE_HIP_HIPRTCAPI_H
#define DSV4RUN_LIB_DEVICE_HIP_HIPRTCAPI_H

#include <cstddef>

namespace dsv4run::hip {

/// hiprtcResult: HIPRTC_SUCCESS, HIPRTC_ERROR_COMPILATION
inline constexpr int kRtcSuccess = 0, kRtcErrorCompilation = 6;

// X(name, parameters): functions that return hiprtcResult.
#define DSV4RUN_HIPRTC_FUNCTIONS(X)                                            \
  X(hiprtcVersion, (int *, int *))                                             \
  X(hiprtcCreateProgram,                                                       \
    (void **, const char *, const char *, int, const char **, const char **))  \
  X(hiprtcCompileProgram, (void *, int, const char **))                        \
  X(hiprtcGetProgramLogSize, (void *, size_t *))                               \
  X(hiprtcGetProgramLog, (void *, char *))                                     \
  X(hiprtcGetCodeSize, (void *, size_t *))                                     \
  X(hiprtcGetCode, (void *, char *))                                           \
  X(hiprtcDestroyProgram, (void **))

struct RtcApi {
#define DSV4RUN_HIPRTC_MEMBER(name, parameters) int(*name) parameters = nullptr;
  DSV4RUN_HIPRTC_FUNCTIONS(DSV4RUN_HIPRTC_MEMBER)
#undef DSV4RUN_HIPRTC_MEMBER
  const char *(*hiprtcGetErrorString)(int) = nullptr;
};

} // namespace dsv4run::hip

#endif // DSV4RUN_LIB_DEVICE_HIP_HIPRTCAPI_H
