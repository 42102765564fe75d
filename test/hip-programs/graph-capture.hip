// Captures a time step with two branches into a graph and replays it.
#include <cstdio>
#include <hip/hip_runtime.h>
#include <vector>

#include "check.h"

__global__ void relax(const float *in, float *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  float left = in[i == 0 ? n - 1 : i - 1], right = in[i == n - 1 ? 0 : i + 1];
  out[i] = 0.25f * left + 0.5f * in[i] + 0.25f * right;
}

__global__ void countSteps(int *steps) { atomicAdd(steps, 1); }

int main() {
  const int n = 1024, replays = 25;
  std::vector<float> host(n, 0.0f), expected(n), next(n);
  host[n / 2] = 1024.0f;
  expected = host;
  for (int k = 0; k < 2 * replays; ++k) {
    for (int i = 0; i < n; ++i)
      next[i] = 0.25f * expected[(i + n - 1) % n] + 0.5f * expected[i] +
                0.25f * expected[(i + 1) % n];
    std::swap(expected, next);
  }

  float *a, *b;
  int *steps;
  CHECK(hipMalloc(&a, n * sizeof(float)));
  CHECK(hipMalloc(&b, n * sizeof(float)));
  CHECK(hipMalloc(&steps, sizeof(int)));
  CHECK(hipMemcpy(a, host.data(), n * sizeof(float), hipMemcpyHostToDevice));
  CHECK(hipMemset(steps, 0, sizeof(int)));
  hipStream_t main, side;
  hipEvent_t forked, joined;
  CHECK(hipStreamCreate(&main));
  CHECK(hipStreamCreate(&side));
  CHECK(hipEventCreateWithFlags(&forked, hipEventDisableTiming));
  CHECK(hipEventCreateWithFlags(&joined, hipEventDisableTiming));

  CHECK(hipStreamBeginCapture(main, hipStreamCaptureModeGlobal));
  CHECK(hipEventRecord(forked, main));
  CHECK(hipStreamWaitEvent(side, forked, 0));
  countSteps<<<1, 1, 0, side>>>(steps);
  relax<<<n / 256, 256, 0, main>>>(a, b, n);
  relax<<<n / 256, 256, 0, main>>>(b, a, n);
#ifndef WRONG // Without it the branch never comes back.
  CHECK(hipEventRecord(joined, side));
  CHECK(hipStreamWaitEvent(main, joined, 0));
#endif
  hipGraph_t graph;
  CHECK(hipStreamEndCapture(main, &graph));
  size_t nodes = 0;
  CHECK(hipGraphGetNodes(graph, nullptr, &nodes));
  EXPECT(nodes == 3);

  hipGraphExec_t step;
  CHECK(hipGraphInstantiate(&step, graph, nullptr, nullptr, 0));
  for (int k = 0; k < replays; ++k)
    CHECK(hipGraphLaunch(step, main));
  CHECK(hipStreamSynchronize(main));

  int counted = 0;
  CHECK(hipMemcpy(&counted, steps, sizeof(int), hipMemcpyDeviceToHost));
  EXPECT(counted == replays);
  CHECK(hipMemcpy(host.data(), a, n * sizeof(float), hipMemcpyDeviceToHost));
  for (int i = 0; i < n; ++i)
    EXPECT(host[i] == expected[i]);

  CHECK(hipGraphExecDestroy(step));
  CHECK(hipGraphDestroy(graph));
  CHECK(hipEventDestroy(forked));
  CHECK(hipEventDestroy(joined));
  CHECK(hipStreamDestroy(main));
  CHECK(hipStreamDestroy(side));
  CHECK(hipFree(a));
  CHECK(hipFree(b));
  CHECK(hipFree(steps));
  std::puts("PASSED");
}
