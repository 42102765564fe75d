//===- hip_device_functions.h - Indices, waves, barriers, math --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIP_DEVICE_FUNCTIONS_H
#define HIP_DEVICE_FUNCTIONS_H

#define HIP_DEVICE                                                             \
  static __device__ inline __attribute__((always_inline, unused))

#define HIP_INDEX(type, name, getX, getY, getZ)                                \
  struct type {                                                                \
    __declspec(property(get = readX)) unsigned int x;                          \
    __declspec(property(get = readY)) unsigned int y;                          \
    __declspec(property(get = readZ)) unsigned int z;                          \
    __device__ static unsigned int readX() { return getX; }                    \
    __device__ static unsigned int readY() { return getY; }                    \
    __device__ static unsigned int readZ() { return getZ; }                    \
    __device__ operator dim3() const {                                         \
      return dim3(readX(), readY(), readZ());                                  \
    }                                                                          \
  };                                                                           \
  extern const __device__ __attribute__((weak)) type name;

HIP_INDEX(hipThreadIdx_t, threadIdx, __builtin_amdgcn_workitem_id_x(),
          __builtin_amdgcn_workitem_id_y(), __builtin_amdgcn_workitem_id_z())
HIP_INDEX(hipBlockIdx_t, blockIdx, __builtin_amdgcn_workgroup_id_x(),
          __builtin_amdgcn_workgroup_id_y(), __builtin_amdgcn_workgroup_id_z())
HIP_INDEX(hipBlockDim_t, blockDim, __builtin_amdgcn_workgroup_size_x(),
          __builtin_amdgcn_workgroup_size_y(),
          __builtin_amdgcn_workgroup_size_z())
HIP_INDEX(hipGridDim_t, gridDim,
          __builtin_amdgcn_grid_size_x() / __builtin_amdgcn_workgroup_size_x(),
          __builtin_amdgcn_grid_size_y() / __builtin_amdgcn_workgroup_size_y(),
          __builtin_amdgcn_grid_size_z() / __builtin_amdgcn_workgroup_size_z())
#undef HIP_INDEX

#define warpSize 64

/* Barriers and fences. */
HIP_DEVICE void __threadfence_block() {
  __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
}
HIP_DEVICE void __threadfence() {
  __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent");
}
HIP_DEVICE void __threadfence_system() {
  __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "");
}
HIP_DEVICE void __syncthreads() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

/* Lanes of a wave. */
HIP_DEVICE unsigned int __lane_id() {
  return __builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0u));
}
HIP_DEVICE unsigned long long __ballot(int predicate) {
  return __builtin_amdgcn_ballot_w64(predicate != 0);
}
HIP_DEVICE unsigned long long __activemask() { return __ballot(1); }
HIP_DEVICE int __any(int predicate) { return __ballot(predicate) != 0; }
HIP_DEVICE int __all(int predicate) { return __ballot(!predicate) == 0; }

/// Any value of whole dwords, from the lane that each lane names.
template <class T>
HIP_DEVICE T hipReadLane(T value, int lane) {
  static_assert(sizeof(T) % 4 == 0, "shuffles move dwords");
  int words[sizeof(T) / 4];
  __builtin_memcpy(words, &value, sizeof(T));
  for (int &word : words)
    word = __builtin_amdgcn_ds_bpermute(lane << 2, word);
  __builtin_memcpy(&value, words, sizeof(T));
  return value;
}
template <class T>
HIP_DEVICE T __shfl(T value, int lane, int width = warpSize) {
  int self = static_cast<int>(__lane_id());
  return hipReadLane(value, (lane & (width - 1)) + (self & ~(width - 1)));
}
template <class T>
HIP_DEVICE T __shfl_up(T value, unsigned int delta, int width = warpSize) {
  int self = static_cast<int>(__lane_id());
  int from = self - static_cast<int>(delta);
  return hipReadLane(value, from < (self & ~(width - 1)) ? self : from);
}
template <class T>
HIP_DEVICE T __shfl_down(T value, unsigned int delta, int width = warpSize) {
  int self = static_cast<int>(__lane_id());
  bool outside = (self & (width - 1)) + static_cast<int>(delta) >= width;
  return hipReadLane(value, outside ? self : self + static_cast<int>(delta));
}
template <class T>
HIP_DEVICE T __shfl_xor(T value, int mask, int width = warpSize) {
  int self = static_cast<int>(__lane_id());
  int from = self ^ mask;
  return hipReadLane(value,
                     from >= ((self + width) & ~(width - 1)) ? self : from);
}

/* Bits. */
HIP_DEVICE int __popc(unsigned int value) { return __builtin_popcount(value); }
HIP_DEVICE int __popcll(unsigned long long value) {
  return __builtin_popcountll(value);
}
HIP_DEVICE int __clz(int value) {
  return value ? __builtin_clz(static_cast<unsigned int>(value)) : 32;
}
HIP_DEVICE int __clzll(long long value) {
  return value ? __builtin_clzll(static_cast<unsigned long long>(value)) : 64;
}
HIP_DEVICE int __ffs(int value) { return __builtin_ffs(value); }
HIP_DEVICE int __ffsll(long long value) { return __builtin_ffsll(value); }
HIP_DEVICE unsigned int __brev(unsigned int value) {
  return __builtin_bitreverse32(value);
}
HIP_DEVICE float __int_as_float(int value) {
  return __builtin_bit_cast(float, value);
}
HIP_DEVICE int __float_as_int(float value) {
  return __builtin_bit_cast(int, value);
}

/* Clocks. */
HIP_DEVICE long long clock64() {
  return static_cast<long long>(__builtin_readcyclecounter());
}
HIP_DEVICE long long wall_clock64() {
  return static_cast<long long>(__builtin_readsteadycounter());
}

/* Math, as far as the compiler expands it. */
HIP_DEVICE float fabsf(float x) { return __builtin_fabsf(x); }
HIP_DEVICE float fmaf(float x, float y, float z) {
  return __builtin_fmaf(x, y, z);
}
HIP_DEVICE float fminf(float x, float y) { return __builtin_fminf(x, y); }
HIP_DEVICE float fmaxf(float x, float y) { return __builtin_fmaxf(x, y); }
HIP_DEVICE float sqrtf(float x) { return __builtin_sqrtf(x); }
HIP_DEVICE float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
HIP_DEVICE float floorf(float x) { return __builtin_floorf(x); }
HIP_DEVICE float ceilf(float x) { return __builtin_ceilf(x); }
HIP_DEVICE float truncf(float x) { return __builtin_truncf(x); }
HIP_DEVICE float rintf(float x) { return __builtin_rintf(x); }
HIP_DEVICE float expf(float x) { return __builtin_expf(x); }
HIP_DEVICE float exp2f(float x) { return __builtin_exp2f(x); }
HIP_DEVICE float logf(float x) { return __builtin_logf(x); }
HIP_DEVICE float log2f(float x) { return __builtin_log2f(x); }
HIP_DEVICE double fabs(double x) { return __builtin_fabs(x); }
HIP_DEVICE double fma(double x, double y, double z) {
  return __builtin_fma(x, y, z);
}
HIP_DEVICE double sqrt(double x) { return __builtin_sqrt(x); }
HIP_DEVICE float __expf(float x) {
  return __builtin_amdgcn_exp2f(x * 1.44269504f);
}
HIP_DEVICE float __logf(float x) {
  return __builtin_amdgcn_logf(x) * 0.693147181f;
}
HIP_DEVICE float __frcp_rn(float x) { return 1.0f / x; }
HIP_DEVICE int min(int x, int y) { return x < y ? x : y; }
HIP_DEVICE int max(int x, int y) { return x > y ? x : y; }
HIP_DEVICE unsigned int min(unsigned int x, unsigned int y) {
  return x < y ? x : y;
}
HIP_DEVICE unsigned int max(unsigned int x, unsigned int y) {
  return x > y ? x : y;
}
HIP_DEVICE float min(float x, float y) { return fminf(x, y); }
HIP_DEVICE float max(float x, float y) { return fmaxf(x, y); }

#endif // HIP_DEVICE_FUNCTIONS_H
