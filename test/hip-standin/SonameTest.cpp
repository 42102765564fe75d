//===- SonameTest.cpp - What each soname exports and how it behaves -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <cstring>
#include <dlfcn.h>

namespace {

/// A library opened by name, as programs do that load HIP at run time.
class Library {
public:
  explicit Library(const std::string &name)
      : handle(dlopen((std::string(STANDIN_DIR) + "/" + name).c_str(),
                      RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle, nullptr) << dlerror();
  }
  ~Library() {
    if (handle)
      dlclose(handle);
  }
  template <class F>
  F *symbol(const char *name, const char *version = nullptr) const {
    return reinterpret_cast<F *>(version ? dlvsym(handle, name, version)
                                         : dlsym(handle, name));
  }
  void *handle;
};

class Soname : public testing::TestWithParam<int> {
protected:
  std::string name(const char *library) const {
    return std::string("lib") + library + ".so." + std::to_string(GetParam());
  }
};

TEST_P(Soname, HasTheVersionsOfItsRocm) {
  Library hip(name("amdhip64"));
  for (auto [function, version] : {std::pair("hipMalloc", "hip_4.2"),
                                   {"hipGraphLaunch", "hip_4.3"},
                                   {"hipGraphAddEmptyNode", "hip_4.4"},
                                   {"hipGraphExecUpdate", "hip_4.5"},
                                   {"hipPointerGetAttribute", "hip_5.0"},
                                   {"hipMallocAsync", "hip_5.1"},
                                   {"hipLaunchHostFunc", "hip_5.3"},
                                   {"__hipRegisterFatBinary", "hip_4.2"}})
    EXPECT_NE(hip.symbol<void>(function, version), nullptr)
        << function << " " << version;
  bool newer = hip.symbol<void>("hipGetDevicePropertiesR0600", "hip_6.0");
  EXPECT_EQ(newer, GetParam() >= 6);
  bool newest = hip.symbol<void>("hipModuleGetFunctionCount", "hip_7.1");
  EXPECT_EQ(newest, GetParam() >= 7);
  EXPECT_EQ(hip.symbol<void>("hiprtcCompileProgram", "hip_4.2") != nullptr,
            GetParam() < 7);
  // Nothing else leaves the library.
  EXPECT_EQ(hip.symbol<void>("_ZN10hipstandin7Runtime3getEv"), nullptr);

  Library rtc(name("hiprtc"));
  int major = 0, minor = 0;
  auto *version = rtc.symbol<int(int *, int *)>("hiprtcVersion");
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(version(&major, &minor), 0);
  EXPECT_EQ(major, 9);
}

TEST_P(Soname, AnswersInTheLayoutOfItsRocm) {
  Library hip(name("amdhip64"));
  auto *runtimeVersion = hip.symbol<hipError_t(int *)>("hipRuntimeGetVersion");
  int version = 0;
  ASSERT_OK(runtimeVersion(&version));
  EXPECT_EQ(version / 10000000, GetParam());
  // The unversioned name has the layout of ROCm 5 in every soname.
  auto *older = hip.symbol<hipError_t(hipDeviceProp_tR0000 *, int)>(
      "hipGetDeviceProperties");
  hipDeviceProp_tR0000 properties;
  std::memset(&properties, 0xff, sizeof(properties));
  ASSERT_OK(older(&properties, 0));
  EXPECT_STREQ(properties.name, "AMD Instinct MI300X");
  EXPECT_STREQ(properties.gcnArchName, "gfx942:sramecc+:xnack-");
  EXPECT_EQ(properties.multiProcessorCount, 304);

  auto *allocate = hip.symbol<hipError_t(void **, size_t)>("hipMalloc");
  auto *release = hip.symbol<hipError_t(void *)>("hipFree");
  auto *describe =
      hip.symbol<hipError_t(hipPointerAttribute_t *, const void *)>(
          "hipPointerGetAttributes");
  void *pointer = nullptr;
  hipPointerAttribute_t attributes{};
  ASSERT_OK(allocate(&pointer, 4));
  ASSERT_OK(describe(&attributes, pointer));
  EXPECT_EQ(static_cast<int>(attributes.type), GetParam() < 6 ? 1 : 2);
  ASSERT_OK(release(pointer));
}

TEST_P(Soname, KeepsErrorsAsItsRocm) {
  Library hip(name("amdhip64"));
  auto *setDevice = hip.symbol<hipError_t(int)>("hipSetDevice");
  auto *lastError = hip.symbol<hipError_t()>("hipGetLastError");
  EXPECT_HIP(hipErrorInvalidDevice, setDevice(9));
  EXPECT_HIP(hipErrorInvalidDevice, lastError());
  EXPECT_HIP(hipErrorInvalidDevice, setDevice(9));
  EXPECT_OK(setDevice(0));
  // Until ROCm 7 the next call replaced it.
  EXPECT_STREQ(hipGetErrorName(lastError()),
               GetParam() < 7 ? "hipSuccess" : "hipErrorInvalidDevice");
}

INSTANTIATE_TEST_SUITE_P(All, Soname, testing::Values(5, 6, 7));

} // namespace
