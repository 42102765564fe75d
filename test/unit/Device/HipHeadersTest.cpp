//===- HipHeadersTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The project's own declarations of HIP against those of an installed HIP.

#define __HIP_PLATFORM_AMD__ 1
#include <hip/hip_runtime_api.h>
#include <hip/hiprtc.h>

#include <cstddef>
#include <type_traits>

#include "Hip/HipApi.h"
#include "Hip/HiprtcApi.h"
#include "gtest/gtest.h"

namespace dsv4run::hip {
namespace {

/// Whether a caller that passes an A passes what a callee takes as a B: both
/// pointers, or numbers of one size.
template <typename A, typename B>
constexpr bool Same() {
  if constexpr (std::is_pointer_v<A> || std::is_pointer_v<B>)
    return std::is_pointer_v<A> && std::is_pointer_v<B>;
  else
    return sizeof(A) == sizeof(B) &&
           std::is_floating_point_v<A> == std::is_floating_point_v<B>;
}

template <typename A, typename B>
struct SameFunction;
template <typename A, typename... As, typename B, typename... Bs>
struct SameFunction<A (*)(As...), B (*)(Bs...)> {
  static constexpr bool Value() {
    if constexpr (sizeof...(As) != sizeof...(Bs))
      return false;
    else
      return Same<A, B>() && (Same<As, Bs>() && ...);
  }
};

#define DSV4RUN_COMPARE(name, ...)                                             \
  static_assert(SameFunction<decltype(Api::name), decltype(&::name)>::Value(), \
                #name);
DSV4RUN_HIP_CALLS(DSV4RUN_COMPARE)
DSV4RUN_COMPARE(hipGetErrorName)
DSV4RUN_COMPARE(hipGetErrorString)
#undef DSV4RUN_COMPARE
#define DSV4RUN_COMPARE(name, parameters)                                      \
  static_assert(                                                               \
      std::is_same_v<decltype(static_cast<hipError_t(*) parameters>(&::name)), \
                     hipError_t(*) parameters> &&                              \
          sizeof(hipError_t) == sizeof(Error),                                 \
      #name);
DSV4RUN_HIP_ALLOCATIONS(DSV4RUN_COMPARE)
#undef DSV4RUN_COMPARE
#define DSV4RUN_COMPARE(name, ...)                                             \
  static_assert(                                                               \
      SameFunction<decltype(RtcApi::name), decltype(&::name)>::Value(),        \
      #name);
DSV4RUN_HIPRTC_FUNCTIONS(DSV4RUN_COMPARE)
DSV4RUN_COMPARE(hiprtcGetErrorString)
#undef DSV4RUN_COMPARE

TEST(HipHeaders, ConstantsAreTheSame) {
  EXPECT_EQ(kSuccess, hipSuccess);
  EXPECT_EQ(kHostToDevice, hipMemcpyHostToDevice);
  EXPECT_EQ(kDeviceToHost, hipMemcpyDeviceToHost);
  EXPECT_EQ(kDeviceToDevice, hipMemcpyDeviceToDevice);
  EXPECT_EQ(kStreamNonBlocking, static_cast<unsigned>(hipStreamNonBlocking));
  EXPECT_EQ(kCaptureThreadLocal, hipStreamCaptureModeThreadLocal);
  EXPECT_EQ(kRtcSuccess, HIPRTC_SUCCESS);
  EXPECT_EQ(kRtcErrorCompilation, HIPRTC_ERROR_COMPILATION);
}

TEST(HipHeaders, PropertiesAreWhereTheyAre) {
#if HIP_VERSION_MAJOR >= 6
  const PropertiesLayout &layout = kPropertiesR0600;
#else
  const PropertiesLayout &layout = kPropertiesR0000;
#endif
  EXPECT_EQ(layout.bytes, sizeof(hipDeviceProp_t));
  EXPECT_EQ(layout.name, offsetof(hipDeviceProp_t, name));
  EXPECT_EQ(layout.memory, offsetof(hipDeviceProp_t, totalGlobalMem));
  EXPECT_EQ(layout.lanes, offsetof(hipDeviceProp_t, warpSize));
  EXPECT_EQ(layout.clock, offsetof(hipDeviceProp_t, clockRate));
  EXPECT_EQ(layout.compute_units,
            offsetof(hipDeviceProp_t, multiProcessorCount));
  EXPECT_EQ(layout.memory_clock, offsetof(hipDeviceProp_t, memoryClockRate));
  EXPECT_EQ(layout.architecture, offsetof(hipDeviceProp_t, gcnArchName));
  EXPECT_LT(layout.bytes, kPropertiesBytes);
}

} // namespace
} // namespace dsv4run::hip
