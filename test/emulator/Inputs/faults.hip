//===- faults.hip - Kernels with one planted fault each -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each kernel with a fault stands beside the repaired one, so that the tests
// see that it is the fault which is reported.
//
//===----------------------------------------------------------------------===//

#include "emu_hip.h"

#define LOAD_AND_USE(ID, WAIT)                                                 \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    u32 offset = threadX() * 4, v;                                             \
    asm volatile("global_load_dword %0, %1, %2\n " WAIT                        \
                 "\n v_add_u32 %0, 1, %0"                                      \
                 : "=&v"(v)                                                    \
                 : "v"(offset), "s"(in));                                      \
    out[threadX()] = v;                                                        \
  }
LOAD_AND_USE(wait_missing, "s_nop 0")
LOAD_AND_USE(wait_too_large, "s_waitcnt vmcnt(1)")
LOAD_AND_USE(wait_present, "s_waitcnt vmcnt(0)")

#define SCALAR_LOAD_AND_USE(ID, WAIT)                                          \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    u32 v;                                                                     \
    asm volatile("s_load_dword %0, %1, 0\n " WAIT "\n s_add_u32 %0, %0, 1"     \
                 : "=&s"(v)                                                    \
                 : "s"(in)                                                     \
                 : "scc");                                                     \
    out[threadX()] = v;                                                        \
  }
SCALAR_LOAD_AND_USE(scalar_wait_missing, "s_nop 0")
SCALAR_LOAD_AND_USE(scalar_wait_present, "s_waitcnt lgkmcnt(0)")

// Direct-to-LDS data read without waiting for the loads.
#define DMA(ID, WAIT)                                                          \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    __shared__ u32 buffer[64];                                                 \
    u32 base = (u32)(u64)(__attribute__((address_space(3))) u32 *)buffer;      \
    u32 offset = threadX() * 4, v, address = base + offset;                    \
    asm volatile("s_mov_b32 m0, %3\n global_load_lds_dword %1, %2\n " WAIT     \
                 "\n ds_read_b32 %0, %4\n s_waitcnt lgkmcnt(0)"                \
                 : "=&v"(v)                                                    \
                 : "v"(offset), "s"(in), "s"(base), "v"(address)               \
                 : "memory");                                                  \
    out[threadX()] = v;                                                        \
  }
DMA(dma_wait_missing, "s_nop 0")
DMA(dma_wait_present, "s_waitcnt vmcnt(0)")

#define REVERSE(ID, BARRIER)                                                   \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    __shared__ u32 buffer[256];                                                \
    buffer[threadX()] = in[threadX()];                                         \
    BARRIER;                                                                   \
    out[threadX()] = buffer[255 - threadX()];                                  \
  }
REVERSE(barrier_missing, __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "wavefront"))
REVERSE(barrier_present, syncThreads())
// A barrier that the LDS writes have not reached.
KERNEL barrier_before_wait(const u32 *in, u32 *out) {
  __shared__ u32 buffer[256];
  u32 base = (u32)(u64)(__attribute__((address_space(3))) u32 *)buffer;
  u32 to = base + threadX() * 4, from = base + (255 - threadX()) * 4, v;
  asm volatile("ds_write_b32 %1, %2\n s_barrier\n ds_read_b32 %0, %3\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&v"(v)
               : "v"(to), "v"(in[threadX()]), "v"(from)
               : "memory");
  out[threadX()] = v;
}

KERNEL index_too_large(const u32 *in, u32 *out, u32 n) {
  u32 i = threadX();
  if (i <= n)
    out[i] = in[i];
}
KERNEL copy(const u32 *in, u32 *out) { out[threadX()] = in[threadX()]; }

KERNEL lds_uninitialised(u32 *out, u32 filled) {
  __shared__ u32 buffer[64];
  if (threadX() < filled)
    buffer[threadX()] = threadX();
  syncThreads();
  out[threadX()] = buffer[threadX() ^ 1];
}

KERNEL register_uninitialised(u32 *out) {
  u32 v;
  asm volatile("v_add_u32 %0, 1, v77" : "=v"(v)::"v77");
  out[threadX()] = v;
}

// Workgroup 0 publishes a value with a flag, workgroup 1 waits for it.
LANE void publish(u32 *data, u32 *flag, bool release) {
  data[threadX()] = threadX() + 100;
  asm volatile("s_waitcnt vmcnt(0)" ::: "memory");
  if (release)
    asm volatile("buffer_wbl2 sc1\n s_waitcnt vmcnt(0)" ::: "memory");
  if (threadX() == 0)
    __hip_atomic_store(flag, 1, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}
LANE void awaitFlag(u32 *flag, bool acquire) {
  while (__hip_atomic_load(flag, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT) == 0)
    __builtin_amdgcn_s_sleep(1);
  if (acquire)
    asm volatile("buffer_inv sc1" ::: "memory");
}
#define MESSAGE(ID, RELEASE, ACQUIRE)                                          \
  KERNEL ID(u32 *data, u32 *flag, u32 *out) {                                  \
    if (blockX() == 0) {                                                       \
      publish(data, flag, RELEASE);                                            \
    } else {                                                                   \
      awaitFlag(flag, ACQUIRE);                                                \
      out[threadX()] = data[threadX()];                                        \
    }                                                                          \
  }
MESSAGE(release_missing, false, true)
MESSAGE(acquire_missing, true, false)
MESSAGE(message_passing, true, true)

// The waiting workgroup comes first, so progress needs time slices.
KERNEL message_backwards(u32 *data, u32 *flag, u32 *out) {
  if (blockX() == 1) {
    publish(data, flag, true);
  } else {
    awaitFlag(flag, true);
    out[threadX()] = data[threadX()];
  }
}

KERNEL overlapping_stores(u32 *out) { out[threadX()] = blockX(); }

KERNEL barrier_divergent(u32 *out) {
  if (threadX() < 20)
    __builtin_amdgcn_s_barrier();
  out[threadX()] = threadX();
}
KERNEL barrier_skipped(u32 *out) {
  if (threadX() < 64)
    __builtin_amdgcn_s_barrier();
  out[threadX()] = threadX();
}

KERNEL misaligned(u8 *out) { *(u32 *)(out + 4 * threadX() + 2) = 1; }

KERNEL endless() {
  for (;;)
    __builtin_amdgcn_s_sleep(1);
}
KERNEL trap() { __builtin_trap(); }
// A graphics instruction, which the emulator does not have.
KERNEL unknown(u32 *out) {
  u32 v;
  asm volatile("v_screen_partition_4se_b32 %0, %1" : "=v"(v) : "v"(threadX()));
  out[threadX()] = v;
}
