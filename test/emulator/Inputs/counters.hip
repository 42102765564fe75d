//===- counters.hip - Access patterns with known costs --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

LANE u32 ldsAddress(void *p) {
  return (u32)(u64)(__attribute__((address_space(3))) void *)p;
}

// One LDS read per wave at the byte offsets in `offsets`.
#define READ(WIDTH)                                                            \
  KERNEL lds_read_##WIDTH(const u32 *offsets, u32 *out) {                      \
    __shared__ u32 lds[4096];                                                  \
    u32 address = ldsAddress(lds) + offsets[threadX()];                        \
    uintx4 r = {};                                                             \
    asm volatile("ds_read_" #WIDTH " %0, %1\n s_waitcnt lgkmcnt(0)"            \
                 : "+v"(r)                                                     \
                 : "v"(address)                                                \
                 : "memory");                                                  \
  }
#define READ_SINGLE(WIDTH, TYPE)                                               \
  KERNEL lds_read_##WIDTH(const u32 *offsets, u32 *out) {                      \
    __shared__ u32 lds[4096];                                                  \
    u32 address = ldsAddress(lds) + offsets[threadX()];                        \
    TYPE r;                                                                    \
    asm volatile("ds_read_" #WIDTH " %0, %1\n s_waitcnt lgkmcnt(0)"            \
                 : "=v"(r)                                                     \
                 : "v"(address)                                                \
                 : "memory");                                                  \
  }
READ_SINGLE(b32, u32)
READ_SINGLE(b64, u64)
READ(b128)

KERNEL global_read(const u32 *data, u32 stride) {
  u32 r;
  asm volatile("global_load_dword %0, %1, %2\n s_waitcnt vmcnt(0)"
               : "=v"(r)
               : "v"(threadX() * stride), "s"(data)
               : "memory");
}

// 200 vector registers: two waves per SIMD.
KERNEL __attribute__((amdgpu_flat_work_group_size(64, 64)))
many_registers(u32 *out) {
  asm volatile("v_mov_b32 v199, 1" ::: "v199");
  out[threadX()] = 1;
}
