//===- FaultTest.cpp - Findings, faults on demand, leaks ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include <chrono>

namespace {

/// A module, a stream and two words, for processes.
struct World {
  hipModule_t module = nullptr;
  hipStream_t stream = nullptr;
  int *a = nullptr, *b = nullptr;

  bool make() {
    return hipModuleLoad(&module, kernelFile("kernels.hsaco").c_str()) ==
               hipSuccess &&
           hipStreamCreate(&stream) == hipSuccess &&
           hipMalloc(&a, 4) == hipSuccess && hipMalloc(&b, 4) == hipSuccess &&
           hipMemset(a, 0, 4) == hipSuccess;
  }
  /// Everything goes, and every call says `error`.
  bool release(hipError_t error) {
    return hipStreamDestroy(stream) == error &&
           hipModuleUnload(module) == error && hipFree(a) == error &&
           hipFree(b) == error;
  }
  template <class... Arguments>
  hipError_t launch(const char *name, unsigned block, Arguments... arguments) {
    hipFunction_t function = nullptr;
    hipError_t error = hipModuleGetFunction(&function, module, name);
    void *parameters[] = {&arguments...};
    return error != hipSuccess
               ? error
               : hipModuleLaunchKernel(function, 1, 1, 1, block, 1, 1, 0,
                                       stream, parameters, nullptr);
  }
};

using FaultDeathTest = testing::Test;

/// A finding is a failure of the launch, seen when the stream is waited for,
/// and of every call after it.
int findingFails(const char *kernel, unsigned block) {
  World world;
  NEED(world.make());
  NEED(world.launch(kernel, block, world.b, 5) == hipSuccess);
  NEED(hipStreamSynchronize(world.stream) == hipErrorLaunchFailure);
  int value = 0;
  NEED(hipMemcpy(&value, world.a, 4, hipMemcpyDeviceToHost) ==
       hipErrorLaunchFailure);
  NEED(hipGetLastError() == hipErrorLaunchFailure);
  NEED(hipDeviceSynchronize() == hipErrorLaunchFailure);
  NEED(world.release(hipErrorLaunchFailure));
  NEED(hipDeviceReset() == hipErrorLaunchFailure);
  return 0;
}

TEST(FaultDeathTest, OutOfBounds) {
  EXPECT_PROCESS(({{"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
                 "launch of outside on device 0: .*out-of-bounds.*"
                 "from here on every call returns hipErrorLaunchFailure",
                 [] { return findingFails("outside", 1); });
}

TEST(FaultDeathTest, RaceInShared) {
  EXPECT_PROCESS(({{"DSV4_EMU_LEAKS_FATAL", "1"}}), 0, "lds-race",
                 [] { return findingFails("raceInBlock", 256); });
}

TEST(FaultDeathTest, UninitialisedMemory) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_LEAKS_FATAL", "1"}}), 0, "uninitialised.*device memory #3",
      [] {
        World world;
        NEED(world.make());
        // Copies hand on that memory was never written.
        int *other = nullptr;
        NEED(hipMalloc(&other, 4) == hipSuccess);
        NEED(hipMemcpy(other, world.b, 4, hipMemcpyDeviceToDevice) ==
             hipSuccess);
        NEED(world.launch("copyWord", 1, other, world.a) == hipSuccess);
        NEED(hipStreamSynchronize(world.stream) == hipErrorLaunchFailure);
        NEED(hipFree(other) == hipErrorLaunchFailure);
        NEED(world.release(hipErrorLaunchFailure));
        return 0;
      });
}

TEST(FaultDeathTest, ChecksCanBeOff) {
  EXPECT_PROCESS(({{"DSV4_EMU_CHECKS", "none"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}),
                 0, "^$", [] {
                   World world;
                   NEED(world.make());
                   NEED(world.launch("raceInBlock", 256, world.b) ==
                        hipSuccess);
                   NEED(hipStreamSynchronize(world.stream) == hipSuccess);
                   NEED(world.release(hipSuccess));
                   return 0;
                 });
}

TEST(FaultDeathTest, NthAllocation) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_FAULT", "alloc:3"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "hipErrorOutOfMemory: on demand: it is allocation 3", [] {
        World world;
        NEED(world.make());
        void *third = world.a;
        NEED(hipHostMalloc(&third, 4) == hipErrorOutOfMemory && !third);
        NEED(hipGetLastError() == hipErrorOutOfMemory);
        NEED(hipHostMalloc(&third, 4) == hipSuccess); // Only that one.
        NEED(hipHostFree(third) == hipSuccess);
        NEED(world.release(hipSuccess));
        return 0;
      });
}

TEST(FaultDeathTest, NthLaunch) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_FAULT", "launch:2"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "launch of copyWord on device 0: fails on demand: it is launch 2", [] {
        World world;
        NEED(world.make());
        NEED(world.launch("copyWord", 1, world.a, world.b) == hipSuccess);
        NEED(hipStreamSynchronize(world.stream) == hipSuccess);
        NEED(world.launch("copyWord", 1, world.a, world.b) == hipSuccess);
        NEED(hipStreamSynchronize(world.stream) == hipErrorLaunchFailure);
        NEED(world.launch("copyWord", 1, world.a, world.b) ==
             hipErrorLaunchFailure);
        NEED(world.release(hipErrorLaunchFailure));
        return 0;
      });
}

TEST(FaultDeathTest, LaunchInAGraph) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_FAULT", "launch:5"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "it is launch 5", [] {
        World world;
        NEED(world.make());
        NEED(hipStreamBeginCapture(world.stream, hipStreamCaptureModeGlobal) ==
             hipSuccess);
        for (int k = 0; k < 3; ++k)
          NEED(world.launch("copyWord", 1, world.a, world.b) == hipSuccess);
        hipGraph_t graph;
        hipGraphExec_t exec;
        hipEvent_t event;
        NEED(hipStreamEndCapture(world.stream, &graph) == hipSuccess);
        NEED(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0) ==
             hipSuccess);
        NEED(hipEventCreate(&event) == hipSuccess);
        NEED(hipGraphLaunch(exec, world.stream) == hipSuccess);
        NEED(hipStreamSynchronize(world.stream) == hipSuccess);
        NEED(hipGraphLaunch(exec, world.stream) == hipSuccess);
        // Waits end, though nothing more is done.
        (void)hipEventRecord(event, world.stream);
        NEED(hipEventSynchronize(event) == hipErrorLaunchFailure);
        NEED(hipGraphExecDestroy(exec) == hipErrorLaunchFailure);
        NEED(hipGraphDestroy(graph) == hipErrorLaunchFailure);
        NEED(hipEventDestroy(event) == hipErrorLaunchFailure);
        NEED(world.release(hipErrorLaunchFailure));
        return 0;
      });
}

TEST(FaultDeathTest, LostDevice) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_FAULT", "lost:2"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "device 0 is lost on demand: its copy is operation 2", [] {
        World world;
        NEED(world.make()); // The first operation is its memset.
        int value = 7;
        NEED(hipMemcpy(world.b, &value, 4, hipMemcpyHostToDevice) ==
             hipErrorUnknown);
        NEED(world.launch("copyWord", 1, world.a, world.b) == hipErrorUnknown);
        int count = 0;
        NEED(hipGetDeviceCount(&count) == hipErrorUnknown);
        NEED(hipGetLastError() == hipErrorUnknown);
        NEED(world.release(hipErrorUnknown));
        return 0;
      });
}

TEST(FaultDeathTest, SlowCopies) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_FAULT", "slow-copy:1"}, {"DSV4_EMU_LEAKS_FATAL", "1"}}), 0,
      "^$", [] {
        std::vector<char> data(50000);
        void *to = nullptr;
        NEED(hipMalloc(&to, data.size()) == hipSuccess);
        auto start = std::chrono::steady_clock::now();
        NEED(hipMemcpy(to, data.data(), data.size(), hipMemcpyHostToDevice) ==
             hipSuccess);
        NEED(std::chrono::steady_clock::now() - start >=
             std::chrono::milliseconds(50));
        NEED(hipFree(to) == hipSuccess);
        return 0;
      });
}

TEST(FaultDeathTest, SmallMemory) {
  EXPECT_PROCESS(({{"DSV4_EMU_MEMORY", "64MiB"}}), 0,
                 "device 0 has 25165824 of 67108864 left", [] {
                   void *first = nullptr, *second = nullptr;
                   size_t total = 0;
                   NEED(hipMemGetInfo(nullptr, &total) == hipSuccess);
                   NEED(total == 64 << 20);
                   NEED(hipMalloc(&first, 40 << 20) == hipSuccess);
                   NEED(hipMalloc(&second, 40 << 20) == hipErrorOutOfMemory);
                   NEED(hipFree(first) == hipSuccess);
                   NEED(hipMalloc(&second, 40 << 20) == hipSuccess);
                   NEED(hipFree(second) == hipSuccess);
                   return 0;
                 });
}

/// Leaves one of everything.
int leakAll() {
  World world;
  NEED(world.make());
  hipEvent_t event;
  hipGraph_t graph;
  hipGraphExec_t exec;
  void *pinned;
  NEED(hipEventCreate(&event) == hipSuccess);
  NEED(hipGraphCreate(&graph, 0) == hipSuccess);
  NEED(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0) == hipSuccess);
  NEED(hipHostMalloc(&pinned, 100) == hipSuccess);
  return 0;
}

TEST(FaultDeathTest, LeaksAreReported) {
  EXPECT_PROCESS(
      ({{"DSV4_EMU_LEAKS_FATAL", "0"}}), 0,
      "device memory #1: 4 bytes.*pinned memory #3: 100 bytes.*a stream of "
      "device 0.*an event of device 0.*a module of device "
      "0.*kernels.hsaco.*a graph of 0 nodes.*an instance of a graph.*8 leaks "
      "at exit",
      leakAll);
}

TEST(FaultDeathTest, LeaksCanBeFatal) {
  EXPECT_PROCESS(({{"DSV4_EMU_LEAKS_FATAL", "1"}}), 99, "8 leaks at exit",
                 leakAll);
}

TEST(FaultDeathTest, ResetReleasesEverything) {
  EXPECT_PROCESS(({{"DSV4_EMU_LEAKS_FATAL", "1"}}), 0, "", [] {
    World world;
    NEED(world.make());
    NEED(hipDeviceReset() == hipSuccess);
    NEED(hipFree(world.a) == hipErrorInvalidValue);
    return 0;
  });
}

TEST(FaultDeathTest, TraceHasEveryCall) {
  EXPECT_PROCESS(({{"DSV4_EMU_TRACE", "1"}}), 0,
                 "hipSetDevice = hipErrorInvalidDevice", [] {
                   (void)hipSetDevice(3);
                   return 0;
                 });
}

} // namespace
