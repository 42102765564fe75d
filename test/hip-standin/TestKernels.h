//===- TestKernels.h - What the stand-in's tests share ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_TESTKERNELS_H
#define HIPSTANDIN_TESTKERNELS_H

#include "hip/hip_runtime_api.h"
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <vector>

/// Errors compare by name.
#define EXPECT_HIP(expected, call)                                             \
  EXPECT_STREQ(#expected, hipGetErrorName(call))
#define ASSERT_HIP(expected, call)                                             \
  ASSERT_STREQ(#expected, hipGetErrorName(call))
#define ASSERT_OK(call) ASSERT_HIP(hipSuccess, call)
#define EXPECT_OK(call) EXPECT_HIP(hipSuccess, call)

inline std::string kernelFile(const std::string &name) {
  return std::string(KERNEL_DIR) + "/" + name;
}

inline std::vector<char> readKernelFile(const std::string &name) {
  std::ifstream in(kernelFile(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The module of kernels.hip, and memory and streams that go away with the
/// test.
class HipTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK(hipModuleLoad(&module, kernelFile("kernels.hsaco").c_str()));
    ASSERT_OK(hipStreamCreate(&stream));
  }
  void TearDown() override {
    EXPECT_OK(hipDeviceSynchronize());
    EXPECT_OK(hipStreamDestroy(stream));
    EXPECT_OK(hipModuleUnload(module));
    for (void *pointer : buffers)
      EXPECT_OK(hipFree(pointer));
  }

  hipFunction_t function(const char *name) {
    hipFunction_t found = nullptr;
    EXPECT_OK(hipModuleGetFunction(&found, module, name));
    return found;
  }
  template <class T>
  T *upload(const std::vector<T> &values) {
    T *pointer = nullptr;
    EXPECT_OK(hipMalloc(&pointer, values.size() * sizeof(T)));
    buffers.push_back(pointer);
    EXPECT_OK(hipMemcpy(pointer, values.data(), values.size() * sizeof(T),
                        hipMemcpyHostToDevice));
    return pointer;
  }
  template <class T>
  std::vector<T> download(const T *pointer, size_t count) {
    std::vector<T> values(count);
    EXPECT_OK(hipMemcpy(values.data(), pointer, count * sizeof(T),
                        hipMemcpyDeviceToHost));
    return values;
  }
  /// One block of `block` work-items.
  template <class... Arguments>
  hipError_t launch(const char *name, hipStream_t on, unsigned block,
                    Arguments... arguments) {
    void *parameters[] = {&arguments...};
    return hipModuleLaunchKernel(function(name), 1, 1, 1, block, 1, 1, 0, on,
                                 parameters, nullptr);
  }

  hipModule_t module = nullptr;
  hipStream_t stream = nullptr;
  std::vector<void *> buffers;
};

/// Runs `body` in a process of its own with settings in the environment; it
/// returns the exit status. Nothing of HIP may have run before it in the test.
#define EXPECT_PROCESS(settings, status, output, ...)                          \
  EXPECT_EXIT(                                                                 \
      {                                                                        \
        for (const auto &setting :                                             \
             std::vector<std::pair<const char *, const char *>> settings)      \
          setenv(setting.first, setting.second, 1);                            \
        exit((__VA_ARGS__)());                                                 \
      },                                                                       \
      testing::ExitedWithCode(status), output)

/// In a process: leaves with the line that failed.
#define NEED(condition)                                                        \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition);          \
      return 1;                                                                \
    }                                                                          \
  } while (0)

#endif // HIPSTANDIN_TESTKERNELS_H
