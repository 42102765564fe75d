// Sums a vector: within a wave by shuffles, within a block through shared
// memory, across blocks by an atomic.
#include <cstdio>
#include <hip/hip_runtime.h>
#include <vector>

#include "check.h"

__device__ unsigned long long total;

template <class T>
__device__ T waveSum(T value) {
  for (int offset = warpSize / 2; offset > 0; offset /= 2)
    value += __shfl_down(value, offset);
  return value;
}

__global__ void __launch_bounds__(256) sum(const unsigned *in, int n) {
  __shared__ unsigned long long waves[256 / warpSize];
  unsigned long long mine = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    mine += in[i];
  mine = waveSum(mine);
  int wave = threadIdx.x / warpSize, lane = threadIdx.x % warpSize;
  if (lane == 0)
    waves[wave] = mine;
  __syncthreads();
  if (wave != 0)
    return;
  mine = lane < static_cast<int>(blockDim.x / warpSize) ? waves[lane] : 0;
  mine = waveSum(mine);
  if (lane == 0) {
#ifdef WRONG // Blocks overwrite each other's sums.
    total = total + mine;
#else
    atomicAdd(&total, mine);
#endif
  }
}

int main() {
  const int n = 100000;
  std::vector<unsigned> in(n);
  unsigned long long expected = 0;
  for (int i = 0; i < n; ++i) {
    in[i] = static_cast<unsigned>(i) * 2654435761u;
    expected += in[i];
  }
  unsigned *device;
  CHECK(hipMalloc(&device, n * sizeof(unsigned)));
  CHECK(hipMemcpy(device, in.data(), n * sizeof(unsigned),
                  hipMemcpyHostToDevice));
  unsigned long long result = 0;
  CHECK(hipMemcpyToSymbol(HIP_SYMBOL(total), &result, sizeof(result)));
  int gridSize = 0, blockSize = 0;
  CHECK(hipOccupancyMaxPotentialBlockSize(&gridSize, &blockSize, sum, 0, 0));
  EXPECT(blockSize > 0 && blockSize <= 256 && gridSize > 0);
  sum<<<20, 256>>>(device, n);
  CHECK(hipGetLastError());
  CHECK(hipMemcpyFromSymbol(&result, HIP_SYMBOL(total), sizeof(result)));
  EXPECT(result == expected);
  CHECK(hipFree(device));
  std::puts("PASSED");
}
