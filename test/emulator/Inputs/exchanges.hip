//===- exchanges.hip - LDS exchanges, counters and scalar stores ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

LANE u32 ldsAddress(void *p) {
  return (u32)(u64)(__attribute__((address_space(3))) void *)p;
}
LANE uintx4 descriptor(const void *base, u32 bytes) {
  u64 address = (u64)base;
  return (uintx4){(u32)address, (u32)(address >> 32), bytes, 0x00020000};
}

// memory: one value per lane, replaced by what LDS holds after the plain form;
// returned: the value from before, and what the returning form left.
#define COMBINE(NAME, TYPE, T)                                                 \
  KERNEL ds_##NAME##_##TYPE(const T *x, const T *y, T *memory, T *returned) {  \
    __shared__ T lds[64], plain[64];                                           \
    u32 t = threadX();                                                         \
    T r;                                                                       \
    lds[t] = plain[t] = memory[t];                                             \
    asm volatile("ds_" #NAME "_rtn_" #TYPE " %0, %1, %3, %4\n"                 \
                 "ds_" #NAME "_" #TYPE " %2, %3, %4\n s_waitcnt lgkmcnt(0)"    \
                 : "=&v"(r)                                                    \
                 : "v"(ldsAddress(&lds[t])), "v"(ldsAddress(&plain[t])),       \
                   "v"(x[t]), "v"(y[t])                                        \
                 : "memory");                                                  \
    memory[t] = plain[t];                                                      \
    returned[t] = r;                                                           \
    returned[64 + t] = lds[t];                                                 \
  }
COMBINE(cmpst, f32, u32)
COMBINE(cmpst, f64, u64)
COMBINE(mskor, b32, u32)
COMBINE(mskor, b64, u64)

KERNEL ds_wrap_rtn_b32(const u32 *x, const u32 *y, u32 *memory, u32 *returned) {
  __shared__ u32 lds[64];
  u32 t = threadX(), r;
  lds[t] = memory[t];
  asm volatile("ds_wrap_rtn_b32 %0, %1, %2, %3\n s_waitcnt lgkmcnt(0)"
               : "=&v"(r)
               : "v"(ldsAddress(&lds[t])), "v"(x[t]), "v"(y[t])
               : "memory");
  memory[t] = lds[t];
  returned[t] = r;
}
KERNEL ds_condxchg32_rtn_b64(const u64 *x, u64 *memory, u64 *returned) {
  __shared__ u64 lds[64];
  u32 t = threadX();
  u64 r;
  lds[t] = memory[t];
  asm volatile("ds_condxchg32_rtn_b64 %0, %1, %2\n s_waitcnt lgkmcnt(0)"
               : "=&v"(r)
               : "v"(ldsAddress(&lds[t])), "v"(x[t])
               : "memory");
  memory[t] = lds[t];
  returned[t] = r;
}

// Elements 2 * t and 2 * t + 1, and elements t and t + 64, change places with
// the operands.
#define EXCHANGE(NAME, TYPE, T, STRIDE, OFFSETS)                               \
  KERNEL ds_##NAME##_rtn_##TYPE(const T *x, T *memory, T *returned) {          \
    typedef T Pair __attribute__((ext_vector_type(2)));                        \
    __shared__ T lds[128];                                                     \
    u32 t = threadX();                                                         \
    Pair r;                                                                    \
    lds[t] = memory[t];                                                        \
    lds[64 + t] = memory[64 + t];                                              \
    asm volatile("ds_" #NAME "_rtn_" #TYPE " %0, %1, %2, %3 " OFFSETS          \
                 "\n s_waitcnt lgkmcnt(0)"                                     \
                 : "=&v"(r)                                                    \
                 : "v"(ldsAddress(&lds[STRIDE * t])), "v"(x[t]), "v"(x[64 + t]) \
                 : "memory");                                                  \
    memory[t] = lds[t];                                                        \
    memory[64 + t] = lds[64 + t];                                              \
    returned[2 * t] = r[0];                                                    \
    returned[2 * t + 1] = r[1];                                                \
  }
EXCHANGE(wrxchg2, b32, u32, 2, "offset1:1")
EXCHANGE(wrxchg2, b64, u64, 2, "offset1:1")
EXCHANGE(wrxchg2st64, b32, u32, 1, "offset1:1")
EXCHANGE(wrxchg2st64, b64, u64, 1, "offset1:1")

// Two stores with equal offsets are one, of the first operand.
KERNEL equal_offsets(u32 *out) {
  __shared__ u32 lds[64];
  u32 t = threadX();
  asm volatile("ds_write2_b32 %0, %1, %2 offset0:0 offset1:0\n s_waitcnt lgkmcnt(0)"
               ::"v"(ldsAddress(&lds[t])), "v"(t + 100), "v"(t + 200)
               : "memory");
  out[t] = lds[t];
}

KERNEL by_lane(const u32 *in, u32 *out) {
  __shared__ u32 lds[64];
  u32 t = threadX(), base = ldsAddress(lds), r;
  asm volatile("s_mov_b32 m0, %1\n s_nop 0\n ds_write_addtid_b32 %2 offset:0\n"
               "s_waitcnt lgkmcnt(0)\n ds_read_addtid_b32 %0 offset:0\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&v"(r)
               : "s"(base), "v"(in[t])
               : "memory");
  out[t] = r;
  out[64 + t] = lds[63 - t];
}

// Every third lane counts up, then every second down.
KERNEL append_consume(u32 *out) {
  __shared__ u32 counter;
  u32 t = threadX();
  if (t == 0)
    counter = 1000;
  syncThreads();
  u32 first = 0, second = 0;
  typedef __attribute__((address_space(3))) i32 LdsInt;
  LdsInt *p = (LdsInt *)&counter;
  if (t % 3 == 0)
    first = (u32)__builtin_amdgcn_ds_append(p);
  if (t % 2 == 0)
    second = (u32)__builtin_amdgcn_ds_consume(p);
  syncThreads();
  out[t] = first;
  out[64 + t] = second;
  if (t == 0)
    out[128] = counter;
}

// Scalar stores through a pointer and a descriptor; the last goes beyond it.
KERNEL scalar_stores(u32 *out, u32 a) {
  asm volatile("s_mov_b32 s20, %1\n s_add_u32 s21, %1, 1\n s_add_u32 s22, %1, 2\n"
               "s_add_u32 s23, %1, 3\n s_movk_i32 s24, 48\n"
               "s_store_dword s20, %0, 4\n s_store_dwordx2 s[20:21], %0, 8\n"
               "s_store_dwordx4 s[20:23], %0, 16\n"
               "s_buffer_store_dword s21, %2, 32\n"
               "s_buffer_store_dwordx2 s[22:23], %2, 40\n"
               "s_buffer_store_dwordx4 s[20:23], %2, s24\n"
               "s_buffer_store_dword s20, %2, 64\n"
               "s_dcache_wb\n s_waitcnt lgkmcnt(0)" ::"s"(out),
               "s"(a), "s"(descriptor(out, 64))
               : "s20", "s21", "s22", "s23", "s24", "scc", "memory");
}

// memory holds four cells per operation: with and without return, then the same
// through a descriptor.
#define SCALAR_ATOMIC(NAME, T)                                                 \
  KERNEL s_atomic_##NAME(T *memory, T operand, T *returned) {                  \
    T r = operand, s = operand;                                                \
    asm volatile("s_atomic_" #NAME " %0, %3, 0 glc\n s_atomic_" #NAME          \
                 " %2, %3, %5\n s_buffer_atomic_" #NAME " %1, %4, 16 glc\n"    \
                 "s_buffer_atomic_" #NAME " %2, %4, 24\n s_waitcnt lgkmcnt(0)" \
                 : "+&s"(r), "+&s"(s)                                          \
                 : "s"(operand), "s"(memory), "s"(descriptor(memory, 32)),     \
                   "n"(8)                                                      \
                 : "memory");                                                  \
    returned[0] = r;                                                           \
    returned[1] = s;                                                           \
  }
#define BOTH(NAME) SCALAR_ATOMIC(NAME, u32) SCALAR_ATOMIC(NAME##_x2, u64)
BOTH(swap)
BOTH(add)
BOTH(sub)
BOTH(smin)
BOTH(umin)
BOTH(smax)
BOTH(umax)
BOTH(and)
BOTH(or)
BOTH(xor)
BOTH(inc)
BOTH(dec)

// New value and comparison in neighbouring registers; only the first cell of
// each pair holds the comparison.
KERNEL scalar_compare_swap(u32 *memory, u64 *wide, u64 *returned) {
  u64 pair = 7 | 5ul << 32, other = pair;
  typedef u64 longx2 __attribute__((ext_vector_type(2)));
  longx2 widePair = {70, 50}, otherWide = widePair;
  asm volatile("s_atomic_cmpswap %0, %4, 0 glc\n s_buffer_atomic_cmpswap %1, %6, 4 glc\n"
               "s_atomic_cmpswap_x2 %2, %5, 0 glc\n"
               "s_buffer_atomic_cmpswap_x2 %3, %7, 8 glc\n s_waitcnt lgkmcnt(0)"
               : "+&s"(pair), "+&s"(other), "+&s"(widePair), "+&s"(otherWide)
               : "s"(memory), "s"(wide), "s"(descriptor(memory, 8)),
                 "s"(descriptor(wide, 16))
               : "memory");
  returned[0] = (u32)pair;
  returned[1] = (u32)other;
  returned[2] = widePair[0];
  returned[3] = otherWide[0];
}

// Out of scratch into LDS.
#define SCRATCH_TO_LDS(TYPE)                                                   \
  KERNEL scratch_load_lds_##TYPE(const u32 *in, u32 *out) {                    \
    __shared__ u32 lds[64];                                                    \
    u32 local = in[threadX()], base = ldsAddress(lds), r;                      \
    u32 address = (u32)(u64)(__attribute__((address_space(5))) void *)&local;  \
    asm volatile("s_mov_b32 m0, %2\n s_nop 0\n scratch_load_lds_" #TYPE        \
                 " %1, off\n s_waitcnt vmcnt(0)\n ds_read_b32 %0, %3\n"        \
                 "s_waitcnt lgkmcnt(0)"                                        \
                 : "=&v"(r)                                                    \
                 : "v"(address), "s"(base), "v"(base + 4 * threadX())          \
                 : "memory");                                                  \
    out[threadX()] = r;                                                        \
  }
SCRATCH_TO_LDS(ubyte)
SCRATCH_TO_LDS(sbyte)
SCRATCH_TO_LDS(ushort)
SCRATCH_TO_LDS(sshort)
SCRATCH_TO_LDS(dword)
