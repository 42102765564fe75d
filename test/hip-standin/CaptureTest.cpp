//===- CaptureTest.cpp - Stream capture and its errors --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <thread>

namespace {

class CaptureTest : public HipTest {
protected:
  void SetUp() override {
    HipTest::SetUp();
    ASSERT_OK(hipStreamCreate(&side));
    ASSERT_OK(hipEventCreateWithFlags(&event, hipEventDisableTiming));
    ASSERT_OK(hipEventCreateWithFlags(&joined, hipEventDisableTiming));
    list = upload(std::vector<int>(64, 0));
  }
  void TearDown() override {
    EXPECT_OK(hipEventDestroy(event));
    EXPECT_OK(hipEventDestroy(joined));
    EXPECT_OK(hipStreamDestroy(side));
    HipTest::TearDown();
  }
  void begin(hipStreamCaptureMode mode = hipStreamCaptureModeGlobal) {
    ASSERT_OK(hipStreamBeginCapture(stream, mode));
  }
  hipStreamCaptureStatus status(hipStream_t of) {
    hipStreamCaptureStatus result;
    EXPECT_OK(hipStreamIsCapturing(of, &result));
    return result;
  }
  /// The capture has been spoilt and ends in an error, without a graph.
  void expectInvalidated() {
    EXPECT_EQ(status(stream), hipStreamCaptureStatusInvalidated);
    hipGraph_t graph = nullptr;
    EXPECT_HIP(hipErrorStreamCaptureInvalidated,
               hipStreamEndCapture(stream, &graph));
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(status(stream), hipStreamCaptureStatusNone);
  }
  hipStream_t side = nullptr;
  hipEvent_t event = nullptr, joined = nullptr;
  int *list = nullptr;
};

TEST_F(CaptureTest, RecordsAndReplays) {
  begin();
  EXPECT_EQ(status(stream), hipStreamCaptureStatusActive);
  ASSERT_OK(launch("appendTo", stream, 1, list, 1));
  ASSERT_OK(launch("appendTo", stream, 1, list, 2));
  hipGraph_t graph = nullptr;
  ASSERT_OK(hipStreamEndCapture(stream, &graph));
  EXPECT_EQ(download(list, 1)[0], 0); // Nothing has run.
  hipGraphExec_t exec = nullptr;
  ASSERT_OK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  ASSERT_OK(hipGraphDestroy(graph)); // The instance has its own.
  for (int k = 0; k < 3; ++k)
    ASSERT_OK(hipGraphLaunch(exec, stream));
  ASSERT_OK(hipGraphExecDestroy(exec));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(list, 7), testing::ElementsAre(6, 1, 2, 1, 2, 1, 2));
}

TEST_F(CaptureTest, BranchesJoin) {
  begin();
  ASSERT_OK(launch("appendTo", stream, 1, list, 1));
  ASSERT_OK(hipEventRecord(event, stream));
  ASSERT_OK(hipStreamWaitEvent(side, event, 0));
  EXPECT_EQ(status(side), hipStreamCaptureStatusActive);
  ASSERT_OK(launch("appendTo", side, 1, list + 32, 2));
  ASSERT_OK(launch("appendTo", stream, 1, list, 3));
  ASSERT_OK(hipEventRecord(joined, side));
  EXPECT_HIP(hipErrorCapturedEvent, hipEventSynchronize(joined));
  EXPECT_HIP(hipErrorCapturedEvent, hipEventQuery(joined));
  ASSERT_OK(hipStreamWaitEvent(stream, joined, 0));
  ASSERT_OK(launch("appendTo", stream, 1, list, 4));
  hipGraph_t graph = nullptr;
  EXPECT_HIP(hipErrorStreamCaptureUnmatched, hipStreamEndCapture(side, &graph));
  ASSERT_OK(hipStreamEndCapture(stream, &graph));
  EXPECT_EQ(status(side), hipStreamCaptureStatusNone);
  size_t nodes = 0, edges = 0, roots = 0;
  ASSERT_OK(hipGraphGetNodes(graph, nullptr, &nodes));
  ASSERT_OK(hipGraphGetEdges(graph, nullptr, nullptr, &edges));
  ASSERT_OK(hipGraphGetRootNodes(graph, nullptr, &roots));
  EXPECT_EQ(nodes, 4u);
  EXPECT_EQ(edges, 4u); // 1 to 2 and 3, both to 4.
  EXPECT_EQ(roots, 1u);
  ASSERT_OK(hipGraphDestroy(graph));
}

TEST_F(CaptureTest, BranchThatDoesNotJoin) {
  begin();
  ASSERT_OK(hipEventRecord(event, stream));
  ASSERT_OK(hipStreamWaitEvent(side, event, 0));
  ASSERT_OK(launch("appendTo", side, 1, list, 1));
  hipGraph_t graph = nullptr;
  EXPECT_HIP(hipErrorStreamCaptureUnjoined,
             hipStreamEndCapture(stream, &graph));
  EXPECT_EQ(graph, nullptr);
  EXPECT_EQ(status(side), hipStreamCaptureStatusNone);
}

TEST_F(CaptureTest, WhatNoGraphCanHold) {
  void *pointer = nullptr;
  begin();
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipMalloc(&pointer, 4));
  expectInvalidated();
  begin();
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipStreamSynchronize(stream));
  expectInvalidated();
  begin();
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipStreamQuery(stream));
  expectInvalidated();
  begin();
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipDeviceSynchronize());
  expectInvalidated();
  begin();
  int host = 0;
  EXPECT_HIP(hipErrorStreamCaptureUnsupported,
             hipMemcpy(&host, list, 4, hipMemcpyDeviceToHost));
  EXPECT_HIP(hipErrorStreamCaptureInvalidated,
             launch("appendTo", stream, 1, list, 1));
  expectInvalidated();
}

TEST_F(CaptureTest, LegacyStream) {
  EXPECT_HIP(hipErrorStreamCaptureUnsupported,
             hipStreamBeginCapture(nullptr, hipStreamCaptureModeGlobal));
  begin(hipStreamCaptureModeRelaxed);
  EXPECT_HIP(hipErrorStreamCaptureImplicit,
             launch("appendTo", nullptr, 1, list, 1));
  expectInvalidated();
}

TEST_F(CaptureTest, EventsAcrossItsBorder) {
  ASSERT_OK(hipEventRecord(event, side));
  begin();
  EXPECT_HIP(hipErrorStreamCaptureIsolation,
             hipStreamWaitEvent(stream, event, 0));
  expectInvalidated();
  // Two captures that would become one.
  begin();
  ASSERT_OK(hipStreamBeginCapture(side, hipStreamCaptureModeGlobal));
  ASSERT_OK(hipEventRecord(event, side));
  EXPECT_HIP(hipErrorStreamCaptureMerge, hipStreamWaitEvent(stream, event, 0));
  expectInvalidated();
  hipGraph_t graph = nullptr;
  EXPECT_HIP(hipErrorStreamCaptureInvalidated,
             hipStreamEndCapture(side, &graph));
}

TEST_F(CaptureTest, ModesAndThreads) {
  void *pointer = nullptr;
  begin(hipStreamCaptureModeRelaxed);
  ASSERT_OK(hipMalloc(&pointer, 4));
  buffers.push_back(pointer);
  hipGraph_t graph = nullptr;
  std::thread([&] { EXPECT_OK(hipStreamEndCapture(stream, &graph)); }).join();
  ASSERT_OK(hipGraphDestroy(graph));

  begin(hipStreamCaptureModeThreadLocal);
  std::thread([&] {
    EXPECT_OK(hipMalloc(&pointer, 4)); // Another thread may.
    EXPECT_OK(hipFree(pointer));
    EXPECT_HIP(hipErrorStreamCaptureWrongThread,
               hipStreamEndCapture(stream, &graph));
  }).join();
  hipStreamCaptureMode mode = hipStreamCaptureModeRelaxed;
  ASSERT_OK(hipThreadExchangeStreamCaptureMode(&mode));
  EXPECT_EQ(mode, hipStreamCaptureModeGlobal);
  EXPECT_OK(hipMalloc(&pointer, 4));
  buffers.push_back(pointer);
  ASSERT_OK(hipThreadExchangeStreamCaptureMode(&mode));
  ASSERT_OK(hipStreamEndCapture(stream, &graph));
  ASSERT_OK(hipGraphDestroy(graph));

  begin(hipStreamCaptureModeGlobal);
  std::thread([&] {
    EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipMalloc(&pointer, 4));
  }).join();
  expectInvalidated();
}

TEST_F(CaptureTest, BeginAndEndInTurn) {
  hipGraph_t graph = nullptr;
  EXPECT_HIP(hipErrorIllegalState, hipStreamEndCapture(stream, &graph));
  begin();
  EXPECT_HIP(hipErrorIllegalState,
             hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
  ASSERT_OK(hipStreamEndCapture(stream, &graph));
  size_t nodes = 9;
  ASSERT_OK(hipGraphGetNodes(graph, nullptr, &nodes));
  EXPECT_EQ(nodes, 0u);
  ASSERT_OK(hipGraphDestroy(graph));
}

TEST_F(CaptureTest, TellsAndTakesDependencies) {
  begin();
  ASSERT_OK(launch("appendTo", stream, 1, list, 1));
  ASSERT_OK(launch("appendTo", stream, 1, list, 2));
  hipStreamCaptureStatus state;
  unsigned long long id = 0;
  hipGraph_t graph = nullptr;
  const hipGraphNode_t *tips = nullptr;
  size_t count = 0;
  ASSERT_OK(
      hipStreamGetCaptureInfo_v2(stream, &state, &id, &graph, &tips, &count));
  EXPECT_NE(id, 0u);
  ASSERT_EQ(count, 1u);
  ASSERT_OK(hipStreamUpdateCaptureDependencies(
      stream, nullptr, 0, hipStreamSetCaptureDependencies));
  ASSERT_OK(launch("appendTo", stream, 1, list + 32, 3));
  // The chain of two is now a branch of its own, which must join.
  EXPECT_HIP(hipErrorStreamCaptureUnjoined,
             hipStreamEndCapture(stream, &graph));
}

} // namespace
