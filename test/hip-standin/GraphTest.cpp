//===- GraphTest.cpp - Graphs of explicit nodes ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"

namespace {

class GraphTest : public HipTest {
protected:
  void SetUp() override {
    HipTest::SetUp();
    ASSERT_OK(hipGraphCreate(&graph, 0));
    list = upload(std::vector<int>(32, 0));
  }
  void TearDown() override {
    EXPECT_OK(hipStreamSynchronize(stream));
    if (exec)
      EXPECT_OK(hipGraphExecDestroy(exec));
    EXPECT_OK(hipGraphDestroy(graph));
    HipTest::TearDown();
  }
  /// A node that appends `value` to `to`.
  hipGraphNode_t append(hipGraph_t in, int *to, int value,
                        std::vector<hipGraphNode_t> after = {}) {
    hipGraphNode_t node = nullptr;
    void *parameters[] = {&to, &value};
    hipKernelNodeParams kernel{};
    kernel.func = function("appendTo");
    kernel.gridDim = kernel.blockDim = dim3(1);
    kernel.kernelParams = parameters;
    EXPECT_OK(
        hipGraphAddKernelNode(&node, in, after.data(), after.size(), &kernel));
    return node;
  }
  void setAppend(hipGraphNode_t node, int *to, int value) {
    void *parameters[] = {&to, &value};
    hipKernelNodeParams kernel{};
    kernel.func = function("appendTo");
    kernel.gridDim = kernel.blockDim = dim3(1);
    kernel.kernelParams = parameters;
    EXPECT_OK(hipGraphExecKernelNodeSetParams(exec, node, &kernel));
  }
  void instantiate() {
    ASSERT_OK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  }
  std::vector<int> run() {
    EXPECT_OK(hipGraphLaunch(exec, stream));
    EXPECT_OK(hipStreamSynchronize(stream));
    std::vector<int> all = download(list, 32);
    return {all.begin() + 1, all.begin() + 1 + all[0]};
  }
  hipGraph_t graph = nullptr;
  hipGraphExec_t exec = nullptr;
  int *list = nullptr;
};

TEST_F(GraphTest, NodesOfEveryKind) {
  int *pinned = nullptr;
  ASSERT_OK(hipHostMalloc(&pinned, 8 * sizeof(int)));
  hipEvent_t event;
  ASSERT_OK(hipEventCreate(&event));

  hipGraphNode_t clear, host, copyIn, first, empty, record, copyOut, child;
  hipMemsetParams fill{};
  fill.dst = list;
  fill.elementSize = 4;
  fill.width = 8;
  fill.height = 1;
  ASSERT_OK(hipGraphAddMemsetNode(&clear, graph, nullptr, 0, &fill));
  hipHostNodeParams call{[](void *data) {
                           auto *values = static_cast<int *>(data);
                           values[0] = 1;
                           values[1] = 70;
                         },
                         pinned};
  ASSERT_OK(hipGraphAddHostNode(&host, graph, nullptr, 0, &call));
  hipGraphNode_t both[] = {clear, host};
  ASSERT_OK(hipGraphAddMemcpyNode1D(&copyIn, graph, both, 2, list, pinned, 8,
                                    hipMemcpyHostToDevice));
  first = append(graph, list, 71, {copyIn});
  ASSERT_OK(hipGraphAddEmptyNode(&empty, graph, &first, 1));
  hipGraph_t inner = nullptr;
  ASSERT_OK(hipGraphCreate(&inner, 0));
  append(inner, list, 73, {append(inner, list, 72)});
  ASSERT_OK(hipGraphAddChildGraphNode(&child, graph, &empty, 1, inner));
  ASSERT_OK(hipGraphDestroy(inner));
  ASSERT_OK(hipGraphAddEventRecordNode(&record, graph, &child, 1, event));
  hipMemcpy3DParms copy{};
  copy.srcPtr = make_hipPitchedPtr(list, 32, 32, 1);
  copy.dstPtr = make_hipPitchedPtr(pinned, 32, 32, 1);
  copy.extent = make_hipExtent(32, 1, 1);
  copy.kind = hipMemcpyDeviceToHost;
  ASSERT_OK(hipGraphAddMemcpyNode(&copyOut, graph, &record, 1, &copy));

  const std::pair<hipGraphNode_t, hipGraphNodeType> types[] = {
      {clear, hipGraphNodeTypeMemset},      {host, hipGraphNodeTypeHost},
      {copyIn, hipGraphNodeTypeMemcpy},     {first, hipGraphNodeTypeKernel},
      {empty, hipGraphNodeTypeEmpty},       {child, hipGraphNodeTypeGraph},
      {record, hipGraphNodeTypeEventRecord}};
  for (auto [node, expected] : types) {
    hipGraphNodeType type;
    ASSERT_OK(hipGraphNodeGetType(node, &type));
    EXPECT_EQ(type, expected);
  }
  instantiate();
  for (int k = 0; k < 2; ++k) {
    ASSERT_OK(hipGraphLaunch(exec, stream));
    ASSERT_OK(hipEventSynchronize(event));
    ASSERT_OK(hipStreamSynchronize(stream));
    EXPECT_THAT(std::vector<int>(pinned, pinned + 5),
                testing::ElementsAre(4, 70, 71, 72, 73));
  }
  ASSERT_OK(hipEventDestroy(event));
  ASSERT_OK(hipHostFree(pinned));
}

TEST_F(GraphTest, EdgesDecideTheOrder) {
  hipGraphNode_t third = append(graph, list, 3), first = append(graph, list, 1),
                 second = append(graph, list, 2, {first});
  ASSERT_OK(hipGraphAddDependencies(graph, &second, &third, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddDependencies(graph, &second, &third, 1));
  instantiate();
  EXPECT_THAT(run(), testing::ElementsAre(1, 2, 3));
  size_t count = 4;
  hipGraphNode_t found[4];
  ASSERT_OK(hipGraphNodeGetDependencies(third, found, &count));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(found[0], second);
  EXPECT_EQ(found[1], nullptr);
  count = 4;
  ASSERT_OK(hipGraphNodeGetDependentNodes(first, found, &count));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(found[0], second);
}

TEST_F(GraphTest, CyclesAreRefused) {
  hipGraphNode_t first = append(graph, list, 1),
                 second = append(graph, list, 2, {first});
  ASSERT_OK(hipGraphAddDependencies(graph, &second, &first, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  ASSERT_OK(hipGraphRemoveDependencies(graph, &second, &first, 1));
  instantiate();
}

TEST_F(GraphTest, ParametersOfAnInstanceChange) {
  hipGraphNode_t first = append(graph, list, 1),
                 second = append(graph, list, 2, {first});
  instantiate();
  EXPECT_THAT(run(), testing::ElementsAre(1, 2));
  setAppend(first, list, 9);
  EXPECT_THAT(run(), testing::ElementsAre(1, 2, 9, 2));
  // The graph itself is as it was.
  hipKernelNodeParams kernel{};
  ASSERT_OK(hipGraphKernelNodeGetParams(first, &kernel));
  EXPECT_EQ(kernel.func, function("appendTo"));
  EXPECT_EQ(*static_cast<int *>(kernel.kernelParams[1]), 1);
  EXPECT_EQ(*static_cast<int **>(kernel.kernelParams[0]), list);
  // What was read can be set.
  int four = 4;
  kernel.kernelParams[1] = &four;
  ASSERT_OK(hipGraphKernelNodeSetParams(second, &kernel));
  hipGraphNode_t culprit = nullptr;
  hipGraphExecUpdateResult result;
  ASSERT_OK(hipGraphExecUpdate(exec, graph, &culprit, &result));
  EXPECT_EQ(result, hipGraphExecUpdateSuccess);
  EXPECT_THAT(run(), testing::ElementsAre(1, 2, 9, 2, 1, 4));
}

TEST_F(GraphTest, UpdatesThatChangeMoreThanParameters) {
  hipGraphNode_t first = append(graph, list, 1);
  append(graph, list, 2, {first});
  instantiate();
  hipGraph_t other = nullptr;
  hipGraphNode_t culprit = nullptr;
  hipGraphExecUpdateResult result;
  ASSERT_OK(hipGraphCreate(&other, 0));
  append(other, list, 1);
  EXPECT_HIP(hipErrorGraphExecUpdateFailure,
             hipGraphExecUpdate(exec, other, &culprit, &result));
  EXPECT_EQ(result, hipGraphExecUpdateErrorTopologyChanged);
  hipGraphNode_t apart = append(other, list, 2);
  EXPECT_HIP(hipErrorGraphExecUpdateFailure,
             hipGraphExecUpdate(exec, other, &culprit, &result));
  EXPECT_EQ(result, hipGraphExecUpdateErrorTopologyChanged);
  EXPECT_EQ(culprit, apart);
  ASSERT_OK(hipGraphDestroyNode(apart));
  hipGraphNode_t empty = nullptr;
  ASSERT_OK(hipGraphAddEmptyNode(&empty, other, nullptr, 0));
  EXPECT_HIP(hipErrorGraphExecUpdateFailure,
             hipGraphExecUpdate(exec, other, &culprit, &result));
  EXPECT_EQ(result, hipGraphExecUpdateErrorNodeTypeChanged);
  ASSERT_OK(hipGraphDestroy(other));
  EXPECT_THAT(run(), testing::ElementsAre(1, 2)); // Unharmed.
}

TEST_F(GraphTest, ClonesStandAlone) {
  hipGraphNode_t first = append(graph, list, 1);
  append(graph, list, 2, {first});
  hipGraph_t clone = nullptr;
  hipGraphNode_t copy = nullptr;
  ASSERT_OK(hipGraphClone(&clone, graph));
  ASSERT_OK(hipGraphNodeFindInClone(&copy, first, clone));
  EXPECT_NE(copy, first);
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphNodeFindInClone(&copy, first, graph));
  append(clone, list, 3, {copy});
  size_t count = 0;
  ASSERT_OK(hipGraphGetNodes(graph, nullptr, &count));
  EXPECT_EQ(count, 2u);
  ASSERT_OK(hipGraphInstantiateWithFlags(&exec, clone, 0));
  ASSERT_OK(hipGraphDestroy(clone));
  EXPECT_EQ(run().size(), 3u);
}

TEST_F(GraphTest, BadNodes) {
  hipGraphNode_t node = nullptr, none = nullptr;
  hipKernelNodeParams kernel{};
  kernel.func = function("appendTo");
  kernel.blockDim = dim3(1);
  kernel.gridDim = dim3(0);
  EXPECT_HIP(hipErrorInvalidConfiguration,
             hipGraphAddKernelNode(&node, graph, nullptr, 0, &kernel));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddEmptyNode(&node, graph, &none, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddMemcpyNode1D(&node, graph, nullptr, 0, list, &node, 999,
                                     hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphNodeGetType(none, nullptr));
  hipGraph_t gone = nullptr;
  ASSERT_OK(hipGraphCreate(&gone, 0));
  ASSERT_OK(hipGraphDestroy(gone));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphDestroy(gone));
}

TEST_F(GraphTest, ChildrenChangeInGraphAndInstance) {
  hipGraph_t inner = nullptr, seen = nullptr;
  ASSERT_OK(hipGraphCreate(&inner, 0));
  append(inner, list, 5);
  hipGraphNode_t child = nullptr, inside = nullptr;
  ASSERT_OK(hipGraphAddChildGraphNode(&child, graph, nullptr, 0, inner));
  instantiate();
  // The node has a copy, which can be looked into but not destroyed.
  ASSERT_OK(hipGraphChildGraphNodeGetGraph(child, &seen));
  EXPECT_NE(seen, inner);
  EXPECT_HIP(hipErrorInvalidValue, hipGraphDestroy(seen));
  size_t one = 1;
  ASSERT_OK(hipGraphGetNodes(seen, &inside, &one));
  setAppend(inside, list, 6);
  EXPECT_THAT(run(), testing::ElementsAre(6));
  // Another graph of the same shape takes its place in the instance.
  hipGraph_t other = nullptr;
  ASSERT_OK(hipGraphCreate(&other, 0));
  append(other, list, 7);
  ASSERT_OK(hipGraphExecChildGraphNodeSetParams(exec, child, other));
  EXPECT_THAT(run(), testing::ElementsAre(6, 7));
  append(other, list, 8);
  EXPECT_HIP(hipErrorGraphExecUpdateFailure,
             hipGraphExecChildGraphNodeSetParams(exec, child, other));
  ASSERT_OK(hipGraphDestroy(other));
  ASSERT_OK(hipGraphDestroy(inner));
}

TEST_F(GraphTest, LaunchesKeepWhatTheyStartedWith) {
  append(graph, list, 1);
  instantiate();
  for (int k = 0; k < 20; ++k)
    ASSERT_OK(hipGraphLaunch(exec, stream));
  size_t one = 1;
  hipGraphNode_t node = nullptr;
  ASSERT_OK(hipGraphGetNodes(graph, &node, &one));
  setAppend(node, list, 2);
  EXPECT_THAT(run(), testing::ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                          1, 1, 1, 1, 1, 1, 1, 2));
}

} // namespace
