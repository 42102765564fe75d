//===- StreamTest.cpp - Streams and events --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <atomic>
#include <chrono>
#include <thread>

namespace {

using Streams = HipTest;

/// Holds a stream until it is opened.
struct Gate {
  std::atomic<bool> open{false}, reached{false};
  static void wait(void *gate) {
    auto *self = static_cast<Gate *>(gate);
    self->reached = true;
    while (!self->open)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST_F(Streams, WorkIsAsynchronous) {
  Gate gate;
  ASSERT_OK(hipLaunchHostFunc(stream, Gate::wait, &gate));
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(stream));
  hipEvent_t event;
  ASSERT_OK(hipEventCreate(&event));
  EXPECT_OK(hipEventQuery(event)); // Never recorded.
  ASSERT_OK(hipEventRecord(event, stream));
  EXPECT_HIP(hipErrorNotReady, hipEventQuery(event));
  float milliseconds = 0;
  EXPECT_HIP(hipErrorNotReady,
             hipEventElapsedTime(&milliseconds, event, event));
  gate.open = true;
  ASSERT_OK(hipEventSynchronize(event));
  EXPECT_OK(hipStreamQuery(stream));
  ASSERT_OK(hipEventDestroy(event));
}

TEST_F(Streams, LegacyStreamIsOrderedAgainstBlockingOnes) {
  hipStream_t free = nullptr;
  ASSERT_OK(hipStreamCreateWithFlags(&free, hipStreamNonBlocking));
  int *list = upload(std::vector<int>(8, 0));
  Gate gate;
  ASSERT_OK(hipLaunchHostFunc(stream, Gate::wait, &gate));
  ASSERT_OK(launch("appendTo", stream, 1, list, 1));
  ASSERT_OK(launch("appendTo", nullptr, 1, list, 2)); // After the stream.
  hipStream_t later = nullptr;
  ASSERT_OK(hipStreamCreate(&later));
  ASSERT_OK(launch("appendTo", later, 1, list, 3)); // After the null stream.
  // A non-blocking stream waits for none of them.
  ASSERT_OK(launch("appendTo", free, 1, list, 4));
  ASSERT_OK(hipStreamSynchronize(free));
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(nullptr));
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(later));
  gate.open = true;
  ASSERT_OK(hipStreamSynchronize(later));
  EXPECT_THAT(download(list, 5), testing::ElementsAre(4, 4, 1, 2, 3));
  ASSERT_OK(hipStreamDestroy(free));
  ASSERT_OK(hipStreamDestroy(later));
}

TEST_F(Streams, EventsOrderStreams) {
  hipStream_t other = nullptr;
  hipEvent_t event;
  ASSERT_OK(hipStreamCreateWithFlags(&other, hipStreamNonBlocking));
  ASSERT_OK(hipEventCreateWithFlags(&event, hipEventDisableTiming));
  int *list = upload(std::vector<int>(4, 0));
  Gate gate;
  ASSERT_OK(hipLaunchHostFunc(stream, Gate::wait, &gate));
  ASSERT_OK(launch("appendTo", stream, 1, list, 1));
  ASSERT_OK(hipEventRecord(event, stream));
  ASSERT_OK(hipStreamWaitEvent(other, event, 0));
  ASSERT_OK(launch("appendTo", other, 1, list, 2));
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(other));
  gate.open = true;
  ASSERT_OK(hipStreamSynchronize(other));
  EXPECT_THAT(download(list, 3), testing::ElementsAre(2, 1, 2));
  ASSERT_OK(hipStreamDestroy(other));
  ASSERT_OK(hipEventDestroy(event));
}

TEST_F(Streams, PageableCopiesWaitAndPinnedOnesDoNot) {
  int *device = upload(std::vector<int>(1, 5)), *pinned = nullptr, pageable = 0;
  ASSERT_OK(hipHostMalloc(&pinned, sizeof(int)));
  *pinned = 0;
  ASSERT_OK(
      hipMemcpyAsync(&pageable, device, 4, hipMemcpyDeviceToHost, stream));
  EXPECT_EQ(pageable, 5);
  Gate gate;
  ASSERT_OK(hipLaunchHostFunc(stream, Gate::wait, &gate));
  ASSERT_OK(hipMemcpyAsync(pinned, device, 4, hipMemcpyDeviceToHost, stream));
  EXPECT_EQ(*pinned, 0);
  gate.open = true;
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_EQ(*pinned, 5);
  ASSERT_OK(hipHostFree(pinned));
}

TEST_F(Streams, TimeBetweenEvents) {
  hipEvent_t start, stop, untimed;
  ASSERT_OK(hipEventCreate(&start));
  ASSERT_OK(hipEventCreate(&stop));
  ASSERT_OK(hipEventCreateWithFlags(&untimed, hipEventDisableTiming));
  float milliseconds = 0;
  EXPECT_HIP(hipErrorInvalidHandle,
             hipEventElapsedTime(&milliseconds, start, stop));
  ASSERT_OK(hipEventRecord(start, stream));
  ASSERT_OK(hipLaunchHostFunc(
      stream,
      [](void *) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      },
      nullptr));
  ASSERT_OK(hipEventRecord(stop, stream));
  ASSERT_OK(hipEventRecord(untimed, stream));
  ASSERT_OK(hipEventSynchronize(untimed));
  ASSERT_OK(hipEventElapsedTime(&milliseconds, start, stop));
  EXPECT_GE(milliseconds, 20);
  EXPECT_HIP(hipErrorInvalidHandle,
             hipEventElapsedTime(&milliseconds, start, untimed));
  for (hipEvent_t event : {start, stop, untimed})
    ASSERT_OK(hipEventDestroy(event));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventDestroy(start));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventRecord(start, stream));
}

TEST_F(Streams, CallbacksGetStreamAndStatus) {
  struct Seen {
    hipStream_t stream = nullptr;
    hipError_t status = hipErrorUnknown;
  } seen;
  ASSERT_OK(hipStreamAddCallback(
      stream,
      [](hipStream_t on, hipError_t status, void *data) {
        *static_cast<Seen *>(data) = {on, status};
      },
      &seen, 0));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_EQ(seen.stream, stream);
  EXPECT_EQ(seen.status, hipSuccess);
}

TEST_F(Streams, HandlesThatAreNone) {
  hipStream_t gone = nullptr;
  ASSERT_OK(hipStreamCreate(&gone));
  ASSERT_OK(hipStreamDestroy(gone));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamDestroy(gone));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamSynchronize(gone));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamDestroy(nullptr));
  EXPECT_HIP(hipErrorInvalidValue, hipStreamCreateWithFlags(&gone, 8));
  int priority = 9, least = 0, greatest = 0;
  ASSERT_OK(hipDeviceGetStreamPriorityRange(&least, &greatest));
  EXPECT_LT(greatest, least);
  ASSERT_OK(hipStreamCreateWithPriority(&gone, hipStreamDefault, greatest - 5));
  ASSERT_OK(hipStreamGetPriority(gone, &priority));
  EXPECT_EQ(priority, greatest);
  ASSERT_OK(hipStreamDestroy(gone));
}

TEST_F(Streams, DestructionWaitsForTheWork) {
  hipStream_t other = nullptr;
  ASSERT_OK(hipStreamCreateWithFlags(&other, hipStreamNonBlocking));
  int *list = upload(std::vector<int>(12, 0));
  for (int k = 0; k < 10; ++k)
    ASSERT_OK(launch("appendTo", other, 1, list, k));
  ASSERT_OK(hipStreamDestroy(other));
  EXPECT_EQ(download(list, 1)[0], 10);
}

} // namespace
