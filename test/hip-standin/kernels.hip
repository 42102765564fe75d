// Kernels of the stand-in's tests.
#include <hip/hip_runtime.h>

extern "C" {

__device__ float scale = 2.0f;
__device__ int table[4] = {1, 2, 3, 4};

__global__ void axpy(const float *x, float *y, float a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    y[i] += a * x[i];
}

__global__ void scaleAll(float *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    x[i] *= scale;
}

/// Arguments of many sizes, to be packed as the metadata says.
__global__ void packing(char a, double b, short c, long long d, int *out) {
  *out = a + static_cast<int>(b) + c + static_cast<int>(d);
}

__global__ void shape(unsigned *out) {
  if (blockIdx.x != 1 || blockIdx.y != 2 || blockIdx.z != 3)
    return;
  out[0] = gridDim.x;
  out[1] = gridDim.y;
  out[2] = gridDim.z;
  out[3] = blockDim.x;
  out[4] = blockDim.y;
  out[5] = blockDim.z;
}

__global__ void appendTo(int *list, int value) {
  list[++list[0]] = value;
}

__global__ void sumShared(const int *in, int *out) {
  extern __shared__ int all[];
  all[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  if (threadIdx.x == 0) {
    int sum = 0;
    for (unsigned k = 0; k < blockDim.x; ++k)
      sum += all[k];
    *out = sum;
  }
}

__global__ void __launch_bounds__(128) upTo128(int *out) { *out = 1; }

__global__ void outside(int *out, int index) { out[index] = 1; }

__global__ void copyWord(const int *in, int *out) { *out = *in; }

__global__ void raceInBlock(int *out) {
  __shared__ volatile int one;
  one = static_cast<int>(threadIdx.x);
  *out = one;
}

} // extern "C"
