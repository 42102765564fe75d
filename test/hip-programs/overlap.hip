// Works on chunks in several streams, so that copies of one chunk can run beside
// the kernel of another, and measures with events.
#include <cstdio>
#include <hip/hip_runtime.h>

#include "check.h"

constexpr int kStreams = 4, kChunks = 12, kChunk = 4096;

__global__ void polynomial(const float *in, float *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    float x = in[i];
    out[i] = fmaf(fmaf(2.0f, x, -3.0f), x, 1.0f);
  }
}

int main() {
  const size_t bytes = kChunk * sizeof(float);
  float *hostIn, *hostOut;
  CHECK(hipHostMalloc(&hostIn, kChunks * bytes));
  CHECK(hipHostMalloc(&hostOut, kChunks * bytes));
  for (int i = 0; i < kChunks * kChunk; ++i)
    hostIn[i] = static_cast<float>(i % 1000);

  hipStream_t streams[kStreams];
  float *deviceIn[kStreams], *deviceOut[kStreams];
  for (int s = 0; s < kStreams; ++s) {
    CHECK(hipStreamCreateWithFlags(&streams[s], hipStreamNonBlocking));
    CHECK(hipMallocAsync(&deviceIn[s], bytes, streams[s]));
    CHECK(hipMallocAsync(&deviceOut[s], bytes, streams[s]));
  }
  hipEvent_t start, stop, chunkDone[kStreams];
  CHECK(hipEventCreate(&start));
  CHECK(hipEventCreate(&stop));
  for (hipEvent_t &event : chunkDone)
    CHECK(hipEventCreateWithFlags(&event, hipEventDisableTiming));

  CHECK(hipEventRecord(start, streams[0]));
  for (int s = 1; s < kStreams; ++s)
    CHECK(hipStreamWaitEvent(streams[s], start, 0));
  for (int c = 0; c < kChunks; ++c) {
    int s = c % kStreams;
    CHECK(hipMemcpyAsync(deviceIn[s], hostIn + c * kChunk, bytes,
                         hipMemcpyHostToDevice, streams[s]));
#ifdef WRONG // The kernel of another stream does not wait for the copy.
    int k = (s + 1) % kStreams;
#else
    int k = s;
#endif
    polynomial<<<kChunk / 256, 256, 0, streams[k]>>>(deviceIn[s], deviceOut[s],
                                                     kChunk);
    CHECK(hipGetLastError());
    CHECK(hipMemcpyAsync(hostOut + c * kChunk, deviceOut[s], bytes,
                         hipMemcpyDeviceToHost, streams[s]));
  }
  for (int s = 1; s < kStreams; ++s) {
    CHECK(hipEventRecord(chunkDone[s], streams[s]));
    CHECK(hipStreamWaitEvent(streams[0], chunkDone[s], 0));
  }
  CHECK(hipEventRecord(stop, streams[0]));
  CHECK(hipEventSynchronize(stop));
  float milliseconds = -1;
  CHECK(hipEventElapsedTime(&milliseconds, start, stop));
  EXPECT(milliseconds > 0);

  for (int i = 0; i < kChunks * kChunk; ++i) {
    float x = hostIn[i];
    EXPECT(hostOut[i] == (2 * x - 3) * x + 1);
  }
  for (int s = 0; s < kStreams; ++s) {
    CHECK(hipFreeAsync(deviceIn[s], streams[s]));
    CHECK(hipFreeAsync(deviceOut[s], streams[s]));
    CHECK(hipStreamSynchronize(streams[s]));
    CHECK(hipStreamDestroy(streams[s]));
    CHECK(hipEventDestroy(chunkDone[s]));
  }
  CHECK(hipEventDestroy(start));
  CHECK(hipEventDestroy(stop));
  CHECK(hipHostFree(hostIn));
  CHECK(hipHostFree(hostOut));
  std::puts("PASSED");
}
