//===- ModuleTest.cpp - Modules, launches, attributes of kernels ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <cstring>

namespace {

using Module = HipTest;

TEST_F(Module, LoadsFilesImagesAndBundles) {
  for (const char *name :
       {"kernels.hsaco", "kernels.hipfb", "kernels.compressed.hipfb"}) {
    hipModule_t loaded = nullptr;
    hipFunction_t found = nullptr;
    ASSERT_OK(hipModuleLoad(&loaded, kernelFile(name).c_str())) << name;
    EXPECT_OK(hipModuleGetFunction(&found, loaded, "axpy")) << name;
    ASSERT_OK(hipModuleUnload(loaded));
    std::vector<char> image = readKernelFile(name);
    ASSERT_OK(hipModuleLoadData(&loaded, image.data())) << name;
    std::fill(image.begin(), image.end(), 0); // It has been copied.
    EXPECT_OK(hipModuleGetFunction(&found, loaded, "axpy")) << name;
    ASSERT_OK(hipModuleUnload(loaded));
  }
}

TEST_F(Module, BadImages) {
  hipModule_t loaded = nullptr;
  EXPECT_HIP(hipErrorFileNotFound, hipModuleLoad(&loaded, "/no/such/file"));
  char garbage[64] = "this is no code object";
  EXPECT_HIP(hipErrorInvalidImage, hipModuleLoadData(&loaded, garbage));
  EXPECT_HIP(hipErrorInvalidImage, hipModuleLoad(&loaded, "/dev/null"));
  std::vector<char> image = readKernelFile("kernels.hsaco");
  std::memset(image.data() + 48, 0, 4); // e_flags: another processor.
  EXPECT_HIP(hipErrorInvalidImage, hipModuleLoadData(&loaded, image.data()));
  EXPECT_HIP(hipErrorNoBinaryForGpu,
             hipModuleLoad(&loaded, kernelFile("gfx90a.hipfb").c_str()));
  EXPECT_HIP(hipErrorInvalidValue, hipModuleLoad(nullptr, "file"));
}

TEST_F(Module, FunctionsEndWithTheirModule) {
  hipFunction_t found = nullptr;
  EXPECT_HIP(hipErrorNotFound, hipModuleGetFunction(&found, module, "none"));
  EXPECT_EQ(function("axpy"), function("axpy"));
  unsigned count = 0;
  ASSERT_OK(hipModuleGetFunctionCount(&count, module));
  EXPECT_EQ(count, 10u);
  hipModule_t other = nullptr;
  ASSERT_OK(hipModuleLoad(&other, kernelFile("kernels.hsaco").c_str()));
  ASSERT_OK(hipModuleGetFunction(&found, other, "shape"));
  ASSERT_OK(hipModuleUnload(other));
  EXPECT_HIP(hipErrorInvalidHandle, hipModuleUnload(other));
  EXPECT_HIP(hipErrorInvalidDeviceFunction,
             hipModuleLaunchKernel(found, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr,
                                   nullptr));
}

TEST_F(Module, VariablesAreMemory) {
  hipDeviceptr_t scale = nullptr, table = nullptr;
  size_t bytes = 0;
  ASSERT_OK(hipModuleGetGlobal(&scale, &bytes, module, "scale"));
  EXPECT_EQ(bytes, sizeof(float));
  ASSERT_OK(hipModuleGetGlobal(&table, &bytes, module, "table"));
  EXPECT_EQ(bytes, 4 * sizeof(int));
  EXPECT_HIP(hipErrorNotFound,
             hipModuleGetGlobal(&table, &bytes, module, "nothing"));
  EXPECT_THAT(download(static_cast<int *>(table), 4),
              testing::ElementsAre(1, 2, 3, 4));
  float three = 3.0f;
  ASSERT_OK(hipMemcpyHtoD(scale, &three, sizeof(three)));
  float *x = upload(std::vector<float>{1, 2});
  ASSERT_OK(launch("scaleAll", stream, 2, x, 2));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(x, 2), testing::ElementsAre(3, 6));
}

TEST_F(Module, ArgumentsByPointersAndByBuffer) {
  int *out = upload(std::vector<int>{0});
  char a = 1;
  double b = 20;
  short c = 300;
  long long d = 4000;
  void *parameters[] = {&a, &b, &c, &d, &out};
  ASSERT_OK(hipModuleLaunchKernel(function("packing"), 1, 1, 1, 1, 1, 1, 0,
                                  stream, parameters, nullptr));
  a = 7; // Arguments have been copied.
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(out, 1), testing::ElementsAre(4321));

  struct {
    char a = 2;
    double b = 30;
    short c = 400;
    long long d = 5000;
    int *out;
  } packed;
  packed.out = out;
  size_t bytes = sizeof(packed);
  void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, &packed,
                   HIP_LAUNCH_PARAM_BUFFER_SIZE, &bytes, HIP_LAUNCH_PARAM_END};
  ASSERT_OK(hipModuleLaunchKernel(function("packing"), 1, 1, 1, 1, 1, 1, 0,
                                  stream, nullptr, extra));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(out, 1), testing::ElementsAre(5432));

  EXPECT_HIP(hipErrorInvalidValue,
             hipModuleLaunchKernel(function("packing"), 1, 1, 1, 1, 1, 1, 0,
                                   stream, parameters, extra));
  EXPECT_HIP(hipErrorInvalidValue,
             hipModuleLaunchKernel(function("packing"), 1, 1, 1, 1, 1, 1, 0,
                                   stream, nullptr, nullptr));
  bytes = 8;
  EXPECT_HIP(hipErrorInvalidValue,
             hipModuleLaunchKernel(function("packing"), 1, 1, 1, 1, 1, 1, 0,
                                   stream, nullptr, extra));
}

TEST_F(Module, ShapesOfLaunches) {
  unsigned *out = upload(std::vector<unsigned>(6));
  void *parameters[] = {&out};
  ASSERT_OK(hipModuleLaunchKernel(function("shape"), 2, 3, 4, 1, 1, 1, 0,
                                  stream, parameters, nullptr));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(out, 6), testing::ElementsAre(2, 3, 4, 1, 1, 1));
}

TEST_F(Module, BadShapes) {
  int *out = upload(std::vector<int>{0});
  void *parameters[] = {&out};
  auto with = [&](const char *name, unsigned grid, unsigned block,
                  unsigned shared) {
    return hipModuleLaunchKernel(function(name), grid, 1, 1, block, 1, 1,
                                 shared, stream, parameters, nullptr);
  };
  EXPECT_HIP(hipErrorInvalidConfiguration, with("upTo128", 0, 1, 0));
  EXPECT_HIP(hipErrorInvalidConfiguration, with("upTo128", 1, 0, 0));
  EXPECT_HIP(hipErrorInvalidConfiguration, with("upTo128", 1, 1025, 0));
  EXPECT_HIP(hipErrorInvalidConfiguration, with("upTo128", 1u << 31, 64, 0));
  EXPECT_HIP(hipErrorLaunchFailure, with("upTo128", 1, 129, 0));
  EXPECT_HIP(hipErrorInvalidValue, with("upTo128", 1, 64, 65537));
  EXPECT_HIP(hipErrorInvalidDeviceFunction,
             hipModuleLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, stream,
                                   parameters, nullptr));
  // None of them is a failure of the device.
  EXPECT_OK(with("upTo128", 1, 1, 0));
  EXPECT_OK(hipStreamSynchronize(stream));
}

TEST_F(Module, DynamicSharedMemory) {
  std::vector<int> values(200);
  int expected = 0;
  for (int k = 0; k < 200; ++k)
    expected += values[k] = k * k;
  int *in = upload(values), *out = upload(std::vector<int>{0});
  void *parameters[] = {&in, &out};
  ASSERT_OK(hipModuleLaunchKernel(function("sumShared"), 1, 1, 1, 200, 1, 1,
                                  200 * sizeof(int), stream, parameters,
                                  nullptr));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(out, 1), testing::ElementsAre(expected));
}

TEST_F(Module, ExtendedLaunchCountsWorkItemsAndRecords) {
  hipEvent_t start, stop;
  ASSERT_OK(hipEventCreate(&start));
  ASSERT_OK(hipEventCreate(&stop));
  float *x = upload(std::vector<float>(512, 1.0f));
  int n = 512;
  void *parameters[] = {&x, &n};
  ASSERT_OK(hipExtModuleLaunchKernel(function("scaleAll"), 512, 1, 1, 256, 1, 1,
                                     0, stream, parameters, nullptr, start,
                                     stop, 0));
  ASSERT_OK(hipEventSynchronize(stop));
  float milliseconds = -1;
  ASSERT_OK(hipEventElapsedTime(&milliseconds, start, stop));
  EXPECT_GE(milliseconds, 0);
  EXPECT_THAT(download(x, 512), testing::Each(2.0f));
  EXPECT_HIP(hipErrorNotSupported,
             hipExtModuleLaunchKernel(function("scaleAll"), 500, 1, 1, 256, 1,
                                      1, 0, stream, parameters, nullptr));
  ASSERT_OK(hipEventDestroy(start));
  ASSERT_OK(hipEventDestroy(stop));
}

TEST_F(Module, AttributesAndOccupancy) {
  hipFuncAttributes attributes;
  ASSERT_OK(hipFuncGetAttributes(&attributes, function("raceInBlock")));
  EXPECT_EQ(attributes.sharedSizeBytes, 4u);
  EXPECT_EQ(attributes.maxDynamicSharedSizeBytes, 65532);
  int value = 0;
  ASSERT_OK(hipFuncGetAttribute(
      &value, HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function("upTo128")));
  EXPECT_EQ(value, 128);
  ASSERT_OK(hipFuncGetAttribute(&value, HIP_FUNC_ATTRIBUTE_NUM_REGS,
                                function("axpy")));
  EXPECT_GT(value, 0);

  // 64 KB of LDS on a compute unit, 2048 work-items, 32 waves.
  int blocks = 0;
  hipFunction_t shared = function("sumShared");
  ASSERT_OK(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, shared,
                                                               256, 0));
  EXPECT_EQ(blocks, 8);
  ASSERT_OK(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, shared,
                                                               256, 20000));
  EXPECT_EQ(blocks, 3);
  int grid = 0, block = 0;
  ASSERT_OK(hipModuleOccupancyMaxPotentialBlockSize(&grid, &block,
                                                    function("upTo128"), 0, 0));
  EXPECT_EQ(block, 128);
  EXPECT_EQ(grid, 304 * 16);
}

} // namespace
