//===- emu_hip.h - The HIP the test kernels need ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are compiled by clang alone (-nogpuinc -nogpulib), so this stands in
// for the HIP headers.
//
//===----------------------------------------------------------------------===//

#ifndef EMU_HIP_H
#define EMU_HIP_H

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define KERNEL extern "C" __global__ void

typedef unsigned char u8;
typedef unsigned short u16;
typedef short i16;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long u64;
typedef long i64;
typedef float f32;
typedef double f64;

typedef float floatx4 __attribute__((ext_vector_type(4)));
typedef float floatx16 __attribute__((ext_vector_type(16)));
typedef float floatx32 __attribute__((ext_vector_type(32)));
typedef u32 uintx4 __attribute__((ext_vector_type(4)));

#define LANE static __device__ inline __attribute__((always_inline))

LANE u32 threadX() { return __builtin_amdgcn_workitem_id_x(); }
LANE u32 threadY() { return __builtin_amdgcn_workitem_id_y(); }
LANE u32 blockX() { return __builtin_amdgcn_workgroup_id_x(); }
LANE u32 blockY() { return __builtin_amdgcn_workgroup_id_y(); }
LANE u32 blockSize() { return __builtin_amdgcn_workgroup_size_x(); }
LANE u32 globalX() { return blockX() * blockSize() + threadX(); }

LANE void syncThreads() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

#endif // EMU_HIP_H
