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

// More loads than the counter holds: the wave stalls until the first is done.
#define LOAD_AND_MORE(ID, MORE)                                                \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    u32 offset = threadX() * 4, v, other;                                      \
    asm volatile("global_load_dword %0, %2, %3\n .rept " MORE                  \
                 "\n global_load_dword %1, %2, %3\n .endr"                     \
                 "\n v_add_u32 %0, 1, %0\n s_waitcnt vmcnt(0)"                 \
                 : "=&v"(v), "=&v"(other)                                      \
                 : "v"(offset), "s"(in));                                      \
    out[threadX()] = v;                                                        \
  }
LOAD_AND_MORE(wait_counter_not_full, "62")
LOAD_AND_MORE(wait_counter_full, "63")

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

// The upper half is never written, and shifted out; a half of what was never
// written is still that.
KERNEL half_uninitialised(u32 *out, u32 whole) {
  u32 v;
  asm volatile("s_cmp_eq_u32 %1, 0\n"
               "s_cbranch_scc1 1f\n"
               "v_max3_u16 v78, v77, v77, 1\n"
               "1: v_max3_u16 v76, 5, 7, 6\n"
               "s_cbranch_scc1 2f\n"
               "v_add_u32 v76, v76, v78\n"
               "2: v_lshlrev_b32 %0, 16, v76\n"
               : "=v"(v)
               : "s"(whole)
               : "v76", "v77", "v78", "scc");
  out[threadX()] = v;
}

// The second register of the pair is never written; only the whole product
// reads it.
KERNEL pair_uninitialised(u32 *out, u32 whole) {
  u32 low, high;
  asm volatile("v_mov_b32 v76, 1.0\n"
               "v_mov_b64 v[78:79], v[76:77]\n"
               "s_cmp_eq_u32 %2, 0\n"
               "s_cbranch_scc1 1f\n"
               "v_pk_mul_f32 v[80:81], v[78:79], v[78:79]\n"
               "s_branch 2f\n"
               "1: v_pk_mul_f32 v[80:81], v[78:79], v[78:79] op_sel_hi:[0,0]\n"
               "2: v_mov_b32 %0, v80\n"
               "v_mov_b32 %1, v81\n"
               : "=v"(low), "=v"(high)
               : "s"(whole)
               : "v76", "v77", "v78", "v79", "v80", "v81", "scc");
  out[threadX()] = low + high;
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

// Workgroups store to bytes of the same dwords: each to its own, or to the next
// one as well.
KERNEL neighbouring_bytes(u8 *out) { out[blockX()] = blockX(); }
KERNEL overlapping_bytes(u8 *out) {
  out[blockX()] = blockX();
  out[blockX() + 1] = blockX();
}
// Each workgroup stores 64 bytes from the second of a dword on.
KERNEL rows_of_bytes(u8 *out, u32 stride) {
  out[stride * blockX() + 1 + threadX()] = blockX();
}
// The first workgroup stores two bytes of a dword, one after the other, the
// second one of them or another.
KERNEL third_byte(u8 *out, u32 place) {
  if (blockX() == 0) {
    out[0] = 1;
    asm volatile("" ::: "memory");
    out[1] = 1;
  } else {
    out[place] = 2;
  }
}
// Workgroups store to bytes of one dword through the caches; the last one then
// loads all of it, which nobody released.
KERNEL dword_of_bytes(u8 *data, u32 *out, u32 count) {
  if (blockX() < count)
    data[blockX()] = blockX();
  else
    out[0] = *reinterpret_cast<u32 *>(data);
}
// The second workgroup reads its own byte or that of the first.
KERNEL read_of_neighbour(u8 *data, u8 *out, u32 distance) {
  data[blockX()] = blockX();
  out[4 * blockX()] = data[blockX() - (blockX() == 1 ? distance : 0)];
}

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

// Wait states that the assembler does not insert, and the same with them.
#define HAZARD(ID, ASM, ...)                                                   \
  KERNEL ID(u32 *out) {                                                        \
    u32 v = threadX(), r = 0;                                                  \
    asm volatile(ASM : "+v"(r), "+v"(v)::"vcc", "s20", "s21", "v40", "v41",    \
                 "v42", "v43", "v44", "v45");                                  \
    out[threadX()] = r;                                                        \
  }
#define HAZARD_PAIR(ID, BEFORE, WAIT, AFTER)                                   \
  HAZARD(ID##_early, BEFORE AFTER)                                             \
  HAZARD(ID##_late, BEFORE WAIT "\n" AFTER)
#define ZERO_TILE                                                              \
  "v_mov_b32 v40, 0\n v_mov_b32 v41, 0\n v_mov_b32 v42, 0\n v_mov_b32 v43, 0\n" \
  "v_mov_b32 v44, 0\n v_mov_b32 v45, 0\n s_nop 1\n"
#define TILE "v_mfma_f32_16x16x32_fp8_fp8 v[40:43], v[44:45], v[44:45], v[40:43]\n"

HAZARD_PAIR(matrix_read, ZERO_TILE TILE "s_nop 5\n", "s_nop 0", "v_mov_b32 %0, v40\n")
HAZARD_PAIR(matrix_overwrite, ZERO_TILE TILE "s_nop 5\n", "s_nop 0", "v_mov_b32 v41, %1\n")
HAZARD_PAIR(matrix_operand, ZERO_TILE TILE "s_nop 5\n", "s_nop 0",
            "v_mfma_f32_16x16x32_fp8_fp8 v[40:43], v[42:43], v[44:45], v[40:43]\n")
HAZARD_PAIR(vector_to_matrix, ZERO_TILE "v_mov_b32 v44, 0\n s_nop 0\n", "s_nop 0", TILE "s_nop 7\n")
HAZARD_PAIR(scalar_to_vector, "v_readfirstlane_b32 s20, %1\n s_nop 0\n", "s_nop 0",
            "v_add_u32 %0, s20, %1\n")
HAZARD_PAIR(mask_to_select, "v_cmp_eq_u32 vcc, 0, %1\n s_nop 0\n", "s_nop 0",
            "v_cndmask_b32 %0, %1, %1, vcc\n")
HAZARD_PAIR(lane_select, "v_readfirstlane_b32 s20, %1\n s_nop 2\n", "s_nop 0",
            "v_readlane_b32 s21, %1, s20\n")
HAZARD_PAIR(lanes_moved, "v_mov_b32 v40, %1\n s_nop 0\n", "s_nop 0",
            "v_mov_b32_dpp %0, v40 row_shl:1 row_mask:0xf bank_mask:0xf bound_ctrl:1\n")
HAZARD_PAIR(transcendental, "v_rcp_f32 v40, %1\n", "s_nop 0", "v_add_f32 %0, 1.0, v40\n")
HAZARD_PAIR(shifted_result, "v_mov_b32 v40, 0\n v_cvt_pk_fp8_f32 v40, %1, %1 op_sel:[0,0,1]\n",
            "s_nop 0", "v_mov_b32 %0, v40\n")
HAZARD_PAIR(mode_read, "s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 0\n s_nop 0\n", "s_nop 0",
            "s_getreg_b32 s20, hwreg(HW_REG_MODE)\n")
HAZARD_PAIR(relative_move, "s_mov_b32 m0, 0\n", "s_nop 0", "s_movrels_b32 s20, s20\n")
KERNEL scalar_base_early(u32 *out) {
  u64 base = (u64)out;
  asm volatile("s_nop 0\n v_readfirstlane_b32 s20, %0\n v_readfirstlane_b32 s21, %1\n s_nop 3\n"
               "global_store_dword %2, %2, s[20:21]"
               ::"v"((u32)base), "v"((u32)(base >> 32)), "v"(threadX() * 4) : "s20", "s21", "memory");
}
KERNEL wide_store_early(u32 *out) {
  asm volatile(ZERO_TILE "global_store_dwordx4 %0, v[40:43], %1\n s_nop 0\n v_mov_b32 v40, 1\n"
               ::"v"(threadX() * 16), "s"(out) : "v40", "v41", "v42", "v43", "v44", "v45", "memory");
}
KERNEL scalar_base_late(u32 *out) {
  u64 base = (u64)out;
  asm volatile("s_nop 0\n v_readfirstlane_b32 s20, %0\n v_readfirstlane_b32 s21, %1\n s_nop 4\n"
               "global_store_dword %2, %2, s[20:21]"
               ::"v"((u32)base), "v"((u32)(base >> 32)), "v"(threadX() * 4) : "s20", "s21", "memory");
}
KERNEL wide_store_late(u32 *out) {
  asm volatile(ZERO_TILE "global_store_dwordx4 %0, v[40:43], %1\n s_nop 1\n v_mov_b32 v40, 1\n"
               ::"v"(threadX() * 16), "s"(out) : "v40", "v41", "v42", "v43", "v44", "v45", "memory");
}
