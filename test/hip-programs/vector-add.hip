// Adds two vectors: the first program of every HIP tutorial.
#include <cstdio>
#include <hip/hip_runtime.h>
#include <vector>

#include "check.h"

__global__ void vectorAdd(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifdef WRONG // The last block runs over the end.
  c[i] = a[i] + b[i];
#else
  if (i < n)
    c[i] = a[i] + b[i];
#endif
}

int main() {
  const int n = 10000;
  std::vector<float> a(n), b(n), c(n);
  for (int i = 0; i < n; ++i) {
    a[i] = 0.5f * i;
    b[i] = 1000.0f - i;
  }
  float *deviceA, *deviceB, *deviceC;
  const size_t bytes = n * sizeof(float);
  CHECK(hipMalloc(&deviceA, bytes));
  CHECK(hipMalloc(&deviceB, bytes));
  CHECK(hipMalloc(&deviceC, bytes));
  CHECK(hipMemcpy(deviceA, a.data(), bytes, hipMemcpyHostToDevice));
  CHECK(hipMemcpy(deviceB, b.data(), bytes, hipMemcpyHostToDevice));
  const int block = 256;
  vectorAdd<<<(n + block - 1) / block, block>>>(deviceA, deviceB, deviceC, n);
  CHECK(hipGetLastError());
  CHECK(hipMemcpy(c.data(), deviceC, bytes, hipMemcpyDeviceToHost));
  for (int i = 0; i < n; ++i)
    EXPECT(c[i] == 1000.0f - 0.5f * i);
  CHECK(hipFree(deviceA));
  CHECK(hipFree(deviceB));
  CHECK(hipFree(deviceC));
  std::puts("PASSED");
}
