//===- hip_device_vectors.h - float2, int4 and the like ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIP_DEVICE_VECTORS_H
#define HIP_DEVICE_VECTORS_H

#define HIP_VECTOR(type, name)                                                 \
  struct alignas(2 * sizeof(type)) name##2 {                                   \
    type x, y;                                                                 \
  };                                                                           \
  struct name##3 {                                                             \
    type x, y, z;                                                              \
  };                                                                           \
  struct alignas(4 * sizeof(type) < 16 ? 4 * sizeof(type) : 16) name##4 {      \
    type x, y, z, w;                                                           \
  };                                                                           \
  static __host__ __device__ inline name##2 make_##name##2(type x, type y) {   \
    return {x, y};                                                             \
  }                                                                            \
  static __host__ __device__ inline name##3 make_##name##3(type x, type y,     \
                                                           type z) {           \
    return {x, y, z};                                                          \
  }                                                                            \
  static __host__ __device__ inline name##4 make_##name##4(type x, type y,     \
                                                           type z, type w) {   \
    return {x, y, z, w};                                                       \
  }

HIP_VECTOR(char, char)
HIP_VECTOR(unsigned char, uchar)
HIP_VECTOR(short, short)
HIP_VECTOR(unsigned short, ushort)
HIP_VECTOR(int, int)
HIP_VECTOR(unsigned int, uint)
HIP_VECTOR(float, float)
HIP_VECTOR(double, double)
#undef HIP_VECTOR

#endif // HIP_DEVICE_VECTORS_H
