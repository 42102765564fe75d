// Transposes a matrix through tiles in shared memory, so that reads and writes
// of global memory both go along rows.
#include <cstdio>
#include <hip/hip_runtime.h>
#include <vector>

#include "check.h"

constexpr int kTile = 32, kRows = 8;

__global__ void transpose(const float *in, float *out, int width, int height) {
  __shared__ float tile[kTile][kTile + 1];
  int x = blockIdx.x * kTile + threadIdx.x;
  int y = blockIdx.y * kTile + threadIdx.y;
  for (int k = 0; k < kTile; k += kRows)
    if (x < width && y + k < height)
      tile[threadIdx.y + k][threadIdx.x] = in[(y + k) * width + x];
#ifndef WRONG // Without the barrier, waves read what others have yet to write.
  __syncthreads();
#endif
  x = blockIdx.y * kTile + threadIdx.x;
  y = blockIdx.x * kTile + threadIdx.y;
  for (int k = 0; k < kTile; k += kRows)
    if (x < height && y + k < width)
      out[(y + k) * height + x] = tile[threadIdx.x][threadIdx.y + k];
}

int main() {
  const int width = 200, height = 150;
  std::vector<float> in(width * height), out(width * height);
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<float>(i);
  float *deviceIn, *deviceOut;
  const size_t bytes = in.size() * sizeof(float);
  CHECK(hipMalloc(&deviceIn, bytes));
  CHECK(hipMalloc(&deviceOut, bytes));
  CHECK(hipMemcpy2D(deviceIn, width * sizeof(float), in.data(),
                    width * sizeof(float), width * sizeof(float), height,
                    hipMemcpyHostToDevice));
  dim3 block(kTile, kRows);
  dim3 grid((width + kTile - 1) / kTile, (height + kTile - 1) / kTile);
  hipLaunchKernelGGL(transpose, grid, block, 0, 0, deviceIn, deviceOut, width,
                     height);
  CHECK(hipGetLastError());
  CHECK(hipMemcpy(out.data(), deviceOut, bytes, hipMemcpyDeviceToHost));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      EXPECT(out[x * height + y] == in[y * width + x]);
  CHECK(hipFree(deviceIn));
  CHECK(hipFree(deviceOut));
  std::puts("PASSED");
}
