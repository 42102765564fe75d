//===- DeviceTest.cpp - Devices, errors and what is not supported ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <cstring>
#include <thread>

/// The header has no arrays.
extern "C" hipError_t hipMallocArray();

namespace {

TEST(Device, IsAnMi300x) {
  int count = 0;
  ASSERT_OK(hipGetDeviceCount(&count));
  EXPECT_EQ(count, 1);
  hipDeviceProp_t properties;
  ASSERT_OK(hipGetDeviceProperties(&properties, 0));
  EXPECT_STREQ(properties.name, "AMD Instinct MI300X");
  EXPECT_STREQ(properties.gcnArchName, "gfx942:sramecc+:xnack-");
  EXPECT_EQ(properties.totalGlobalMem, size_t{192} << 30);
  EXPECT_EQ(properties.multiProcessorCount, 304);
  EXPECT_EQ(properties.warpSize, 64);
  EXPECT_EQ(properties.sharedMemPerBlock, 65536u);
  EXPECT_EQ(properties.maxThreadsPerBlock, 1024);
  int value = 0;
  ASSERT_OK(
      hipDeviceGetAttribute(&value, hipDeviceAttributeMultiprocessorCount, 0));
  EXPECT_EQ(value, 304);
  ASSERT_OK(hipDeviceGetAttribute(&value, hipDeviceAttributeWarpSize, 0));
  EXPECT_EQ(value, 64);
  ASSERT_OK(hipDeviceGetAttribute(&value, hipDeviceAttributeNumberOfXccs, 0));
  EXPECT_EQ(value, 8);
  size_t total = 0;
  ASSERT_OK(hipDeviceTotalMem(&total, 0));
  EXPECT_EQ(total, properties.totalGlobalMem);
}

TEST(Device, BadArguments) {
  int value = 0;
  hipDeviceProp_t properties;
  EXPECT_HIP(hipErrorInvalidValue, hipGetDeviceCount(nullptr));
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(1));
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(-1));
  EXPECT_HIP(hipErrorInvalidDevice, hipGetDeviceProperties(&properties, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipDeviceGetAttribute(&value,
                                   static_cast<hipDeviceAttribute_t>(9000), 0));
}

// ROCm 7: the last error stays until it is asked for; hipErrorNotReady is none.
TEST(Errors, LastErrorOfRocm7) {
  (void)hipGetLastError();
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(7));
  EXPECT_OK(hipSetDevice(0));
  EXPECT_HIP(hipErrorInvalidDevice, hipPeekAtLastError());
  EXPECT_HIP(hipErrorInvalidDevice, hipGetLastError());
  EXPECT_OK(hipGetLastError());
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(7));
  EXPECT_OK(hipSetDevice(0));
  EXPECT_OK(hipExtGetLastError());
  EXPECT_HIP(hipErrorInvalidDevice, hipGetLastError());
}

TEST(Errors, LastErrorIsPerThread) {
  (void)hipGetLastError();
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(7));
  std::thread([] { EXPECT_OK(hipGetLastError()); }).join();
  EXPECT_HIP(hipErrorInvalidDevice, hipGetLastError());
}

TEST(Errors, EveryCodeHasNameAndText) {
  EXPECT_STREQ(hipGetErrorName(hipErrorLaunchFailure), "hipErrorLaunchFailure");
  EXPECT_STREQ(hipGetErrorString(hipErrorOutOfMemory), "out of memory");
  EXPECT_STREQ(hipGetErrorName(static_cast<hipError_t>(12345)),
               "hipErrorUnknown");
}

TEST(Unsupported, NamesItselfAndFails) {
  testing::internal::CaptureStderr();
  EXPECT_HIP(hipErrorNotSupported, hipMallocArray());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("hipMallocArray: hipErrorNotSupported"));
}

using DeviceDeathTest = testing::Test;

TEST(DeviceDeathTest, EightDevices) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_DEVICES", "8"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "copyWord is loaded on device 7, the stream is of device 3", [] {
        int count = 0, can = 0;
        NEED(hipGetDeviceCount(&count) == hipSuccess && count == 8);
        // Each has its own memory; peers copy and reach each other.
        int *here = nullptr, *there = nullptr, value = 42, result = 0;
        NEED(hipMalloc(&here, 4) == hipSuccess);
        NEED(hipSetDevice(7) == hipSuccess);
        NEED(hipMalloc(&there, 4) == hipSuccess);
        hipPointerAttribute_t attributes;
        NEED(hipPointerGetAttributes(&attributes, there) == hipSuccess);
        NEED(attributes.device == 7 && attributes.type == hipMemoryTypeDevice);
        NEED(hipDeviceCanAccessPeer(&can, 7, 0) == hipSuccess && can == 1);
        NEED(hipDeviceEnablePeerAccess(0, 0) == hipSuccess);
        NEED(hipDeviceEnablePeerAccess(0, 0) ==
             hipErrorPeerAccessAlreadyEnabled);
        NEED(hipDeviceEnablePeerAccess(7, 0) == hipErrorInvalidDevice);
        NEED(hipMemcpy(there, &value, 4, hipMemcpyHostToDevice) == hipSuccess);
        NEED(hipMemcpyPeer(here, 0, there, 7, 4) == hipSuccess);
        NEED(hipMemcpy(&result, here, 4, hipMemcpyDeviceToHost) == hipSuccess);
        NEED(result == 42);
        NEED(hipDeviceDisablePeerAccess(0) == hipSuccess);
        NEED(hipDeviceDisablePeerAccess(0) == hipErrorPeerAccessNotEnabled);
        // A kernel runs on the device of its module.
        hipModule_t module;
        hipFunction_t function;
        hipStream_t other;
        NEED(hipModuleLoad(&module, kernelFile("kernels.hsaco").c_str()) ==
             hipSuccess);
        NEED(hipModuleGetFunction(&function, module, "copyWord") == hipSuccess);
        void *parameters[] = {&here, &there};
        NEED(hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr,
                                   parameters, nullptr) == hipSuccess);
        NEED(hipSetDevice(3) == hipSuccess);
        NEED(hipStreamCreate(&other) == hipSuccess);
        NEED(hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, other,
                                   parameters,
                                   nullptr) == hipErrorInvalidHandle);
        NEED(hipStreamDestroy(other) == hipSuccess);
        NEED(hipModuleUnload(module) == hipSuccess);
        NEED(hipFree(here) == hipSuccess && hipFree(there) == hipSuccess);
        return 0;
      });
}

struct BadSetting {
  const char *variable, *value, *message;
};
class BadSettingDeathTest : public testing::TestWithParam<BadSetting> {};

TEST_P(BadSettingDeathTest, IsRefused) {
  EXPECT_PROCESS(({{GetParam().variable, GetParam().value}}), 0,
                 GetParam().message, [] {
                   int count = 0;
                   NEED(hipGetDeviceCount(&count) == hipErrorNotInitialized);
                   NEED(hipInit(0) == hipErrorNotInitialized);
                   return 0;
                 });
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSettingDeathTest,
    testing::Values(
        BadSetting{"DSV4_EMU_DEVICES", "0", "from 1 to 64, found '0'"},
        BadSetting{"DSV4_EMU_DEVICES", "8x", "from 1 to 64, found '8x'"},
        BadSetting{"DSV4_EMU_DEVICES", "-1", "from 1 to 64, found '-1'"},
        BadSetting{"DSV4_EMU_DEVICES", "", "from 1 to 64, found ''"},
        BadSetting{"DSV4_EMU_MEMORY", "12", "such as 16GiB.*found '12'"},
        BadSetting{"DSV4_EMU_CHECKS", "everything", "DSV4_EMU_CHECKS: "},
        BadSetting{"DSV4_EMU_THREADS", "0", "from 1 to 1024, found '0'"},
        BadSetting{"DSV4_EMU_FAULT", "alloc", "expected a list of alloc:N"},
        BadSetting{"DSV4_EMU_FAULT", "alloc:0", "expected a list of alloc:N"},
        BadSetting{"DSV4_EMU_FAULT", "melt:3", "expected a list of alloc:N"},
        BadSetting{"DSV4_EMU_FAULT", "lost:1,lost:2", "expected a list of"},
        BadSetting{"DSV4_EMU_LEAKS_FATAL", "yes", "0 or 1, found 'yes'"}));

} // namespace
