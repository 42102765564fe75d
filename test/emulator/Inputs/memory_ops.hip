//===- memory_ops.hip - A kernel per memory instruction -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lane l works on the 16 bytes at 16 * l. Buffer forms see a descriptor that
// covers the first 40 lanes only.
//
//===----------------------------------------------------------------------===//

#include "emu_hip.h"

template <u32 Dwords>
struct Register;
template <>
struct Register<1> { typedef u32 type; };
template <>
struct Register<2> { typedef u64 type; };
template <>
struct Register<3> { typedef u32 type __attribute__((ext_vector_type(3))); };
template <>
struct Register<4> { typedef u32 type __attribute__((ext_vector_type(4))); };

LANE uintx4 descriptor(const void *base) {
  u64 address = (u64)base;
  return (uintx4){(u32)address, (u32)(address >> 32), 40 * 16, 0x00020000};
}
LANE u32 ldsAddress(void *p) {
  return (u32)(u64)(__attribute__((address_space(3))) void *)p;
}

LANE u32 scratchAddress(void *p) {
  return (u32)(u64)(__attribute__((address_space(5))) void *)p;
}

#define RUN_LOAD(ID, DWORDS, ASM, SETUP, ...)                                  \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    typedef Register<DWORDS>::type R;                                          \
    u32 offset = threadX() * 16, old = 0xabcd1234;                             \
    R r = {};                                                                  \
    __builtin_memcpy(&r, &old, 4);                                             \
    SETUP;                                                                     \
    asm volatile(ASM "\n s_waitcnt vmcnt(0) lgkmcnt(0)"                        \
                 : "+v"(r)                                                     \
                 : __VA_ARGS__                                                 \
                 : "memory");                                                  \
    __builtin_memcpy(out + DWORDS * threadX(), &r, 4 * DWORDS);                \
  }
#define LOAD(SUFFIX, DWORDS, ...)                                              \
  RUN_LOAD(global_load_##SUFFIX, DWORDS,                                       \
           "global_load_" #SUFFIX " %0, %1, off", , "v"((u64)in + offset))     \
  RUN_LOAD(saddr_load_##SUFFIX, DWORDS,                                        \
           "global_load_" #SUFFIX " %0, %1, %2 offset:-16", ,                  \
           "v"(offset + 16), "s"(in))                                          \
  RUN_LOAD(flat_load_##SUFFIX, DWORDS, "flat_load_" #SUFFIX " %0, %1", ,       \
           "v"((u64)in + offset))                                              \
  RUN_LOAD(buffer_load_##SUFFIX, DWORDS,                                       \
           "buffer_load_" #SUFFIX " %0, %1, %2, 0 offen",                      \
           uintx4 d = descriptor(in), "v"(offset), "s"(d))                     \
  RUN_LOAD(scratch_load_##SUFFIX, DWORDS, "scratch_load_" #SUFFIX " %0, %1, off", \
           uintx4 local = ((const uintx4 *)in)[threadX()],                     \
           "v"(scratchAddress(&local)))
#define LDS_LOAD(NAME, DWORDS, ...)                                            \
  RUN_LOAD(NAME, DWORDS, #NAME " %0, %1",                                      \
           __shared__ uintx4 lds[64]; lds[threadX()] =                         \
               ((const uintx4 *)in)[threadX()];                                \
           asm volatile("s_waitcnt lgkmcnt(0)" ::: "memory");                  \
           u32 address = ldsAddress(lds) + offset, "v"(address))
#define RUN_STORE(ID, BYTES, ASM, SETUP, ...)                                  \
  KERNEL ID(const u32 *in, u32 *out) {                                         \
    typedef Register<(BYTES + 3) / 4>::type R;                                 \
    u32 offset = threadX() * 16;                                               \
    R r;                                                                       \
    __builtin_memcpy(&r, in + 4 * threadX(), sizeof(u32) * ((BYTES + 3) / 4)); \
    SETUP;                                                                     \
    asm volatile(ASM "\n s_waitcnt vmcnt(0) lgkmcnt(0)" ::"v"(r), __VA_ARGS__  \
                 : "memory");                                                  \
  }
#define STORE(SUFFIX, BYTES, FIRST)                                            \
  RUN_STORE(global_store_##SUFFIX, BYTES,                                      \
            "global_store_" #SUFFIX " %1, %0, off", , "v"((u64)out + offset))  \
  RUN_STORE(saddr_store_##SUFFIX, BYTES,                                       \
            "global_store_" #SUFFIX " %1, %0, %2", , "v"(offset), "s"(out))    \
  RUN_STORE(flat_store_##SUFFIX, BYTES, "flat_store_" #SUFFIX " %1, %0", ,     \
            "v"((u64)out + offset))                                            \
  RUN_STORE(buffer_store_##SUFFIX, BYTES,                                      \
            "buffer_store_" #SUFFIX " %0, %1, %2, 0 offen",                    \
            uintx4 d = descriptor(out), "v"(offset), "s"(d))                   \
  KERNEL scratch_store_##SUFFIX(const u32 *in, u32 *out) {                     \
    typedef Register<(BYTES + 3) / 4>::type R;                                 \
    R r;                                                                       \
    __builtin_memcpy(&r, in + 4 * threadX(), sizeof(u32) * ((BYTES + 3) / 4)); \
    uintx4 local = ((uintx4 *)out)[threadX()];                                 \
    asm volatile("scratch_store_" #SUFFIX " %1, %0, off\n s_waitcnt vmcnt(0)"::"v"( \
                     r),                                                       \
                 "v"(scratchAddress(&local))                                   \
                 : "memory");                                                  \
    ((uintx4 *)out)[threadX()] = local;                                        \
  }
#define LDS_STORE(NAME, BYTES, FIRST)                                          \
  KERNEL NAME(const u32 *in, u32 *out) {                                       \
    __shared__ uintx4 lds[64];                                                 \
    typedef Register<(BYTES + 3) / 4>::type R;                                 \
    R r;                                                                       \
    __builtin_memcpy(&r, in + 4 * threadX(), sizeof(u32) * ((BYTES + 3) / 4)); \
    lds[threadX()] = ((uintx4 *)out)[threadX()];                               \
    asm volatile(#NAME " %0, %1\n s_waitcnt lgkmcnt(0)" ::"v"(                 \
                     ldsAddress(lds) + threadX() * 16),                        \
                 "v"(r)                                                        \
                 : "memory");                                                  \
    ((uintx4 *)out)[threadX()] = lds[threadX()];                               \
  }

// out: 16 bytes per lane with the value in memory; then the returned values.
#define RUN_ATOMIC(ID, T, ASM, SETUP, ...)                                     \
  KERNEL ID(const u64 *in, u64 *memory, u64 *returned) {                       \
    T a, r;                                                                    \
    u64 raw = in[threadX()], bits = 0;                                         \
    __builtin_memcpy(&a, &raw, sizeof(T));                                     \
    u32 offset = threadX() * 16;                                               \
    SETUP;                                                                     \
    asm volatile(ASM "\n s_waitcnt vmcnt(0) lgkmcnt(0)"                        \
                 : "=&v"(r)                                                    \
                 : "v"(a), __VA_ARGS__                                         \
                 : "memory");                                                  \
    __builtin_memcpy(&bits, &r, sizeof(T));                                    \
    returned[threadX()] = bits;                                                \
  }
#define FLAT_ATOMIC(SUFFIX, T, ...)                                            \
  RUN_ATOMIC(global_atomic_##SUFFIX, T,                                        \
             "global_atomic_" #SUFFIX " %0, %2, %1, %3 sc0", , "v"(offset),    \
             "s"(memory))                                                      \
  RUN_ATOMIC(flat_atomic_##SUFFIX, T,                                          \
             "flat_atomic_" #SUFFIX " %0, %2, %1 sc0", ,                       \
             "v"((u64)memory + offset))
#define ATOMIC(SUFFIX, T, ...)                                                 \
  FLAT_ATOMIC(SUFFIX, T)                                                       \
  KERNEL buffer_atomic_##SUFFIX(const u64 *in, u64 *memory, u64 *returned) {   \
    T a;                                                                       \
    u64 raw = in[threadX()], bits = 0;                                         \
    __builtin_memcpy(&a, &raw, sizeof(T));                                     \
    uintx4 d = descriptor(memory);                                             \
    asm volatile("buffer_atomic_" #SUFFIX " %0, %1, %2, 0 offen sc0\n"         \
                 "s_waitcnt vmcnt(0)"                                          \
                 : "+v"(a)                                                     \
                 : "v"(threadX() * 16), "s"(d)                                 \
                 : "memory");                                                  \
    __builtin_memcpy(&bits, &a, sizeof(T));                                    \
    returned[threadX()] = bits;                                                \
  }
#define LDS_ATOMIC(MIDDLE, SUFFIX, T, ...)                                     \
  KERNEL ds_##MIDDLE##_##SUFFIX(const u64 *in, u64 *memory, u64 *returned) {   \
    __shared__ u64 lds[64], plain[64];                                         \
    T a, r;                                                                    \
    u64 raw = in[threadX()], bits = 0;                                         \
    __builtin_memcpy(&a, &raw, sizeof(T));                                     \
    plain[threadX()] = lds[threadX()] = memory[2 * threadX()];                 \
    u32 offset = threadX() * 8;                                                \
    asm volatile("ds_" #MIDDLE "_rtn_" #SUFFIX " %0, %2, %1\n"                 \
                 "ds_" #MIDDLE "_" #SUFFIX " %3, %1\n s_waitcnt lgkmcnt(0)"    \
                 : "=&v"(r)                                                    \
                 : "v"(a), "v"(ldsAddress(lds) + offset),                      \
                   "v"(ldsAddress(plain) + offset)                             \
                 : "memory");                                                  \
    memory[2 * threadX()] = lds[threadX()];                                    \
    memory[2 * threadX() + 1] = plain[threadX()];                              \
    __builtin_memcpy(&bits, &r, sizeof(T));                                    \
    returned[threadX()] = bits;                                                \
  }

#include "MemoryOps.def"

// Compare-and-swap: new value first in global forms, comparison first in LDS.
KERNEL compare_swap(u32 *memory, u64 *wide, u32 *out, u64 *outWide) {
  u32 t = threadX(), expected = t % 2 ? t : 99;
  u64 expectedWide = expected;
  out[t] = __sync_val_compare_and_swap(&memory[t], expected, 1000 + t);
  outWide[t] = __sync_val_compare_and_swap(&wide[t], expectedWide, 5000ul + t);
}
// The same through flat and buffer addresses: pairs of new and expected value.
KERNEL compare_swap_forms(u32 *memory, u64 *wide, u32 *out, u64 *outWide) {
  u32 t = threadX(), expected = t % 2 ? t : 99;
  u64 pair = (1000 + t) | (u64)expected << 32;
  typedef u64 longx2 __attribute__((ext_vector_type(2)));
  longx2 widePair = {5000ul + t, expected};
  if (t < 32) {
    u32 r;
    u64 w;
    asm volatile("flat_atomic_cmpswap %0, %2, %3 sc0\n"
                 "flat_atomic_cmpswap_x2 %1, %4, %5 sc0\n"
                 "s_waitcnt vmcnt(0) lgkmcnt(0)"
                 : "=&v"(r), "=&v"(w)
                 : "v"(memory + t), "v"(pair), "v"(wide + t), "v"(widePair)
                 : "memory");
    out[t] = r;
    outWide[t] = w;
  } else {
    uintx4 d = descriptor(memory), e = descriptor(wide);
    asm volatile("buffer_atomic_cmpswap %0, %2, %3, 0 offen sc0\n"
                 "buffer_atomic_cmpswap_x2 %1, %4, %5, 0 offen sc0\n"
                 "s_waitcnt vmcnt(0)"
                 : "+v"(pair), "+v"(widePair)
                 : "v"(4 * t), "s"(d), "v"(8 * t), "s"(e)
                 : "memory");
    out[t] = (u32)pair;
    outWide[t] = widePair[0];
  }
}
KERNEL compare_store_plain(u32 *memory, u64 *wide, u32 *out, u64 *outWide) {
  __shared__ u32 lds[64];
  __shared__ u64 ldsWide[64];
  u32 t = threadX(), expected = t % 2 ? t : 99, r;
  u64 w;
  lds[t] = memory[t];
  ldsWide[t] = wide[t];
  // The stores, then an exchange that returns what they left and puts it back.
  asm volatile("ds_cmpst_b32 %2, %3, %4\n ds_cmpst_b64 %5, %6, %7\n"
               "ds_wrxchg_rtn_b32 %0, %2, %8\n ds_wrxchg_rtn_b64 %1, %5, %9\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&v"(r), "=&v"(w)
               : "v"(ldsAddress(lds) + 4 * t), "v"(expected), "v"(1000 + t),
                 "v"(ldsAddress(ldsWide) + 8 * t), "v"((u64)expected),
                 "v"((u64)5000 + t), "v"(t), "v"((u64)t)
               : "memory");
  memory[t] = r;
  wide[t] = w;
  out[t] = lds[t];
  outWide[t] = ldsWide[t];
}
KERNEL compare_store(u32 *memory, u64 *wide, u32 *out, u64 *outWide) {
  __shared__ u32 lds[64];
  __shared__ u64 ldsWide[64];
  u32 t = threadX(), expected = t % 2 ? t : 99, r;
  u64 w;
  lds[t] = memory[t];
  ldsWide[t] = wide[t];
  asm volatile("ds_cmpst_rtn_b32 %0, %2, %3, %4\n ds_cmpst_rtn_b64 %1, %5, %6, %7\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&v"(r), "=&v"(w)
               : "v"(ldsAddress(lds) + 4 * t), "v"(expected), "v"(1000 + t),
                 "v"(ldsAddress(ldsWide) + 8 * t), "v"((u64)expected),
                 "v"((u64)5000 + t)
               : "memory");
  out[t] = r;
  outWide[t] = w;
  memory[t] = lds[t];
  wide[t] = ldsWide[t];
}

// The two-address forms; st64 strides are 64 elements.
KERNEL two_addresses(const u64 *in, u64 *out) {
  __shared__ u64 lds[512];
  u32 t = threadX(), base = ldsAddress(lds);
  u64 a = in[t], b = in[64 + t], c, d;
  asm volatile("ds_write2_b64 %0, %1, %2 offset0:2 offset1:1\n"
               "ds_write2st64_b64 %3, %1, %2 offset0:2 offset1:4\n"
               "ds_write2st64_b32 %4, %5, %6 offset0:12 offset1:14\n"
               "s_waitcnt lgkmcnt(0)" ::"v"(base + 32 * (t % 16)),
               "v"(a), "v"(b), "v"(base + 8 * t), "v"(base + 4 * t), "v"(t),
               "v"(100 + t)
               : "memory");
  typedef u32 intx4 __attribute__((ext_vector_type(4)));
  intx4 r;
  asm volatile("ds_read2st64_b64 %0, %1 offset0:4 offset1:2\n s_waitcnt lgkmcnt(0)"
               : "=v"(r)
               : "v"(base + 8 * t)
               : "memory");
  ((intx4 *)out)[t] = r;
  u64 pair;
  asm volatile("ds_write2_b32 %1, %2, %3 offset1:1\n ds_read2_b32 %0, %1 offset0:1\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&v"(pair)
               : "v"(base + 8 * t), "v"((u32)a), "v"((u32)b)
               : "memory");
  out[128 + t] = pair;
  // 12 * 256 bytes is element 384.
  u32 stored = ((u32 *)lds)[768 + t], next = ((u32 *)lds)[896 + t];
  out[192 + t] = stored | (u64)next << 32;
  intx4 both;
  asm volatile("ds_read2_b64 %0, %1 offset0:1 offset1:0\n s_waitcnt lgkmcnt(0)"
               : "=v"(both)
               : "v"(base + 8 * (t & ~1u))
               : "memory");
  ((intx4 *)(out + 256))[t] = both;
}

KERNEL scratch_types(const u32 *in, u32 *out) {
  volatile u8 bytes[8];
  volatile i16 shorts[8];
  volatile u64 longs[4];
  u32 t = threadX(), v = in[t];
  for (u32 k = 0; k < 8; ++k) {
    bytes[(k + v) % 8] = (u8)(v >> k);
    shorts[(k + v) % 8] = (i16)(v >> 2 * k);
  }
  for (u32 k = 0; k < 4; ++k)
    longs[(k + v) % 4] = (u64)v << 4 * k;
  u32 sum = 0;
  for (u32 k = 0; k < 8; ++k)
    sum = sum * 31 + bytes[k] + (u32)(i32)shorts[k] + (u32)(longs[k % 4] >> 8);
  out[t] = sum;
}

// Every width of scalar loads, through a pointer and through a descriptor.
KERNEL scalar_loads(const u32 *in, u32 *out) {
  typedef u32 intx8 __attribute__((ext_vector_type(8)));
  typedef u32 intx16 __attribute__((ext_vector_type(16)));
  u32 a, e, f;
  u64 b;
  uintx4 c, d = descriptor(in);
  intx8 g;
  intx16 h;
  asm volatile("s_load_dword %0, %4, 4\n s_load_dwordx2 %1, %4, 8\n"
               "s_load_dwordx4 %2, %4, 16\n s_movk_i32 s20, 36\n"
               "s_buffer_load_dword %3, %5, s20\n s_waitcnt lgkmcnt(0)"
               : "=&s"(a), "=&s"(b), "=&s"(c), "=&s"(e)
               : "s"(in), "s"(d)
               : "s20", "memory");
  u64 i;
  uintx4 j;
  intx8 k;
  intx16 l;
  asm volatile("s_buffer_load_dwordx2 %0, %4, 8\n s_buffer_load_dwordx4 %1, %4, 16\n"
               "s_buffer_load_dwordx8 %2, %4, 0x40\n"
               "s_buffer_load_dwordx16 %3, %4, 0x80\n s_waitcnt lgkmcnt(0)"
               : "=&s"(i), "=&s"(j), "=&s"(k), "=&s"(l)
               : "s"(d)
               : "memory");
  if (threadX() == 0) {
    *(u64 *)(out + 66) = i;
    *(uintx4 *)(out + 68) = j;
    *(intx8 *)(out + 80) = k;
    *(intx16 *)(out + 96) = l;
  }
  asm volatile("s_load_dwordx8 %0, %2, 0x40\n s_load_dwordx16 %1, %2, 0x80\n"
               "s_waitcnt lgkmcnt(0)"
               : "=&s"(g), "=&s"(h)
               : "s"(in)
               : "memory");
  // Beyond the descriptor's 640 bytes.
  asm volatile("s_buffer_load_dword %0, %1, 640\n s_waitcnt lgkmcnt(0)"
               : "=&s"(f)
               : "s"(d)
               : "memory");
  if (threadX() == 0) {
    out[0] = a;
    *(u64 *)(out + 2) = b;
    *(uintx4 *)(out + 4) = c;
    out[8] = e;
    out[9] = f;
    *(intx8 *)(out + 16) = g;
    *(intx16 *)(out + 32) = h;
  }
}

// buffer_load ... lds, partly out of range.
KERNEL buffer_to_lds(const u32 *in, u32 *out) {
  __shared__ u32 lds[64];
  uintx4 d = descriptor(in);
  u32 base = ldsAddress(lds), r;
  asm volatile("s_mov_b32 m0, %3\n buffer_load_dword %1, %2, 0 offen lds\n"
               "s_waitcnt vmcnt(0)\n ds_read_b32 %0, %4\n s_waitcnt lgkmcnt(0)"
               : "=&v"(r)
               : "v"(threadX() * 16), "s"(d), "s"(base), "v"(base + 4 * threadX())
               : "memory");
  out[threadX()] = r;
}

// Narrow values are extended to a dword on their way to LDS.
#define TO_LDS(TYPE)                                                           \
  KERNEL global_load_lds_##TYPE(const u32 *in, u32 *out) {                     \
    __shared__ u32 lds[64];                                                    \
    u32 base = ldsAddress(lds), r;                                             \
    asm volatile("s_mov_b32 m0, %3\n global_load_lds_" #TYPE " %1, %2\n"       \
                 "s_waitcnt vmcnt(0)\n ds_read_b32 %0, %4\n"                   \
                 "s_waitcnt lgkmcnt(0)"                                        \
                 : "=&v"(r)                                                    \
                 : "v"(threadX() * 16), "s"(in), "s"(base),                    \
                   "v"(base + 4 * threadX())                                   \
                 : "memory");                                                  \
    out[threadX()] = r;                                                        \
  }
TO_LDS(ubyte)
TO_LDS(sbyte)
TO_LDS(ushort)
TO_LDS(sshort)
TO_LDS(dword)

// Accesses of four dwords that straddle the end of the descriptor's 640 bytes.
KERNEL buffer_straddling(const u32 *in, u32 *out, u32 *copy) {
  uintx4 d = descriptor(in), to = descriptor(copy), r;
  asm volatile("buffer_load_dwordx4 %0, %1, %2, 0 offen\n s_waitcnt vmcnt(0)"
               : "=&v"(r)
               : "v"(threadX() * 4 + 400), "s"(d)
               : "memory");
  ((uintx4 *)out)[threadX()] = r;
  uintx4 v = {threadX(), threadX() + 100, threadX() + 200, threadX() + 300};
  asm volatile("buffer_store_dwordx4 %0, %1, %2, 0 offen\n s_waitcnt vmcnt(0)"
               :
               : "v"(v), "v"(threadX() * 24 + 8), "s"(to)
               : "memory");
}
