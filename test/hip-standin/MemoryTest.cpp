//===- MemoryTest.cpp - Allocations, copies and fills ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <numeric>

namespace {

using Memory = HipTest;

TEST_F(Memory, AccountsForWhatIsTaken) {
  size_t before = 0, after = 0, total = 0;
  ASSERT_OK(hipMemGetInfo(&before, &total));
  EXPECT_EQ(total, size_t{192} << 30);
  void *big = nullptr;
  ASSERT_OK(hipMalloc(&big, size_t{100} << 30));
  ASSERT_OK(hipMemGetInfo(&after, nullptr));
  EXPECT_EQ(before - after, size_t{100} << 30);
  void *more = &big;
  EXPECT_HIP(hipErrorOutOfMemory, hipMalloc(&more, size_t{100} << 30));
  EXPECT_EQ(more, nullptr);
  ASSERT_OK(hipMemset(big, 0, size_t{100} << 30));
  int end = 1;
  ASSERT_OK(hipMemcpy(&end, static_cast<char *>(big) + (size_t{100} << 30) - 4,
                      4, hipMemcpyDeviceToHost));
  EXPECT_EQ(end, 0);
  ASSERT_OK(hipFree(big));
  ASSERT_OK(hipMemGetInfo(&after, nullptr));
  EXPECT_EQ(before, after);
}

TEST_F(Memory, BadAllocationsAndReleases) {
  EXPECT_HIP(hipErrorInvalidValue, hipMalloc(static_cast<void **>(nullptr), 4));
  void *none = this;
  EXPECT_OK(hipMalloc(&none, 0));
  EXPECT_EQ(none, nullptr);
  EXPECT_OK(hipFree(nullptr));
  int local = 0;
  EXPECT_HIP(hipErrorInvalidValue, hipFree(&local));
  char *pointer = nullptr;
  ASSERT_OK(hipMalloc(&pointer, 16));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(pointer + 4));
  EXPECT_HIP(hipErrorInvalidValue, hipHostFree(pointer));
  ASSERT_OK(hipFree(pointer));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(pointer));
  EXPECT_HIP(hipErrorInvalidValue, hipHostMalloc(&pointer, 16, 0x100));
}

TEST_F(Memory, PointersTellWhatTheyAre) {
  float *device = nullptr, *pinned = nullptr, *managed = nullptr;
  float pageable[4], registered[1024];
  ASSERT_OK(hipMalloc(&device, 64));
  ASSERT_OK(hipHostMalloc(&pinned, 64, hipHostMallocMapped));
  ASSERT_OK(hipMallocManaged(&managed, 64));
  ASSERT_OK(hipHostRegister(registered, sizeof(registered), 0));
  EXPECT_HIP(hipErrorHostMemoryAlreadyRegistered,
             hipHostRegister(registered + 1, 4, 0));
  auto type = [](const void *pointer) {
    hipPointerAttribute_t attributes;
    EXPECT_OK(hipPointerGetAttributes(&attributes, pointer));
    return attributes.type;
  };
  EXPECT_EQ(type(device + 3), hipMemoryTypeDevice);
  EXPECT_EQ(type(pinned), hipMemoryTypeHost);
  EXPECT_EQ(type(managed), hipMemoryTypeManaged);
  EXPECT_EQ(type(registered), hipMemoryTypeHost);
  EXPECT_EQ(type(pageable), hipMemoryTypeUnregistered);
  void *mapped = nullptr;
  ASSERT_OK(hipHostGetDevicePointer(&mapped, pinned, 0));
  EXPECT_EQ(mapped, pinned);
  EXPECT_HIP(hipErrorInvalidValue,
             hipHostGetDevicePointer(&mapped, pageable, 0));
  unsigned flags = 0;
  ASSERT_OK(hipHostGetFlags(&flags, pinned));
  EXPECT_EQ(flags, unsigned{hipHostMallocMapped});
  hipDeviceptr_t base = nullptr;
  size_t bytes = 0;
  ASSERT_OK(hipMemGetAddressRange(&base, &bytes, device + 5));
  EXPECT_EQ(base, device);
  EXPECT_EQ(bytes, 64u);
  ASSERT_OK(hipHostUnregister(registered));
  EXPECT_HIP(hipErrorHostMemoryNotRegistered, hipHostUnregister(registered));
  ASSERT_OK(hipFree(device));
  ASSERT_OK(hipHostFree(pinned));
  ASSERT_OK(hipFree(managed));
}

TEST_F(Memory, KernelsReachPinnedAndManagedMemory) {
  int *pinned = nullptr, *managed = nullptr;
  ASSERT_OK(hipHostMalloc(&pinned, sizeof(int)));
  ASSERT_OK(hipMallocManaged(&managed, sizeof(int)));
  *pinned = 17;
  ASSERT_OK(launch("copyWord", stream, 1, pinned, managed));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_EQ(*managed, 17);
  ASSERT_OK(hipHostFree(pinned));
  ASSERT_OK(hipFree(managed));
}

TEST_F(Memory, CopiesInEveryDirection) {
  std::vector<int> values(1000), back(1000), host(1000);
  std::iota(values.begin(), values.end(), 5);
  const size_t bytes = values.size() * sizeof(int);
  int *a = upload(values), *b = upload(std::vector<int>(1000));
  ASSERT_OK(hipMemcpy(b, a, bytes, hipMemcpyDeviceToDevice));
  ASSERT_OK(hipMemcpy(back.data(), b, bytes, hipMemcpyDefault));
  EXPECT_EQ(back, values);
  ASSERT_OK(hipMemcpy(host.data(), back.data(), bytes, hipMemcpyHostToHost));
  EXPECT_EQ(host, values);
  ASSERT_OK(hipMemcpyDtoH(host.data(), a + 500, bytes / 2));
  EXPECT_EQ(host[0], 505);
}

TEST_F(Memory, CopiesThatCannotBeRight) {
  int *a = upload(std::vector<int>(10, 1));
  std::vector<int> host(1000);
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(nullptr, a, 4, hipMemcpyDeviceToHost));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(a, host.data(), 44, hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(host.data(), a + 8, 12, hipMemcpyDeviceToHost));
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpy(host.data(), host.data() + 10, 4,
                                             hipMemcpyDeviceToHost));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(a, a + 5, 4, hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidMemcpyDirection,
             hipMemcpy(a, a + 5, 4, static_cast<hipMemcpyKind>(9)));
  EXPECT_HIP(hipErrorInvalidPitchValue,
             hipMemcpy2D(a, 8, host.data(), 4, 8, 2, hipMemcpyHostToDevice));
  EXPECT_OK(hipMemcpy(a, host.data(), 0, hipMemcpyHostToDevice));
}

TEST_F(Memory, RowsAndSlices) {
  std::vector<char> source(4 * 10 * 3);
  std::iota(source.begin(), source.end(), 0);
  char *device = nullptr;
  size_t pitch = 0;
  ASSERT_OK(hipMallocPitch(reinterpret_cast<void **>(&device), &pitch, 10, 12));
  EXPECT_EQ(pitch % 256, 0u);
  ASSERT_OK(hipMemcpy2D(device, pitch, source.data(), 10, 10, 12,
                        hipMemcpyHostToDevice));
  std::vector<char> back(source.size());
  ASSERT_OK(hipMemcpy2D(back.data(), 10, device, pitch, 10, 12,
                        hipMemcpyDeviceToHost));
  EXPECT_EQ(back, source);

  // The middle 2x2 of each of three slices of four rows of ten.
  hipMemcpy3DParms copy{};
  copy.srcPtr = make_hipPitchedPtr(device, pitch, 10, 4);
  copy.srcPos = make_hipPos(4, 1, 0);
  std::vector<char> inner(2 * 2 * 3, -1);
  copy.dstPtr = make_hipPitchedPtr(inner.data(), 2, 2, 2);
  copy.extent = make_hipExtent(2, 2, 3);
  copy.kind = hipMemcpyDeviceToHost;
  ASSERT_OK(hipMemcpy3D(&copy));
  EXPECT_THAT(inner, testing::ElementsAre(14, 15, 24, 25, 54, 55, 64, 65, 94,
                                          95, 104, 105));
  ASSERT_OK(hipFree(device));
}

TEST_F(Memory, Fills) {
  uint32_t *a = upload(std::vector<uint32_t>(8, 0));
  ASSERT_OK(hipMemset(a, 0x1ab, 4)); // The low byte counts.
  ASSERT_OK(hipMemsetD16(a + 1, 0x1234, 2));
  ASSERT_OK(hipMemsetD32(a + 2, 0x12345678, 2));
  ASSERT_OK(hipMemsetD8Async(a + 4, 7, 2, stream));
  ASSERT_OK(hipMemset2DAsync(a + 5, 4, 9, 2, 3, stream));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(a, 8),
              testing::ElementsAre(0xabababab, 0x12341234, 0x12345678,
                                   0x12345678, 0x0707, 0x0909, 0x0909, 0x0909));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(a, 0, 33));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(nullptr, 0, 4));
  int local = 0;
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(&local, 0, 4));
}

TEST_F(Memory, StreamOrderedAllocations) {
  int *a = nullptr;
  ASSERT_OK(hipMallocAsync(&a, 4, stream));
  ASSERT_OK(hipMemsetAsync(a, 0, 4, stream));
  ASSERT_OK(hipFreeAsync(a, stream));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(a));
  EXPECT_HIP(hipErrorInvalidValue, hipFreeAsync(a, stream));
}

} // namespace
