//===- mfma_ops.hip - A kernel per matrix instruction ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

template <u32 Words>
struct Operand {
  typedef u64 type;
};
template <>
struct Operand<1> {
  typedef u32 type;
};

// Operand registers come one dword per lane and register, in memory order
// [register][lane]; so do C and D.
#define M(ID, WORDS, REGS, ...)                                                \
  KERNEL test_##ID(const u32 *a, const u32 *b, const u32 *c, u32 *d) {         \
    typedef Operand<WORDS>::type In;                                           \
    typedef u32 Acc __attribute__((ext_vector_type(REGS)));                    \
    In x = 0, y = 0;                                                           \
    Acc z;                                                                     \
    for (u32 k = 0; k < WORDS; ++k) {                                          \
      x |= (In)a[64 * k + threadX()] << 32 * k;                                \
      y |= (In)b[64 * k + threadX()] << 32 * k;                                \
    }                                                                          \
    _Pragma("unroll") for (u32 k = 0; k < REGS; ++k)                           \
      z[k] = c[64 * k + threadX()];                                            \
    asm volatile("v_mfma_" #ID " %0, %1, %2, %0" : "+v"(z) : "v"(x), "v"(y));  \
    _Pragma("unroll") for (u32 k = 0; k < REGS; ++k)                           \
      d[64 * k + threadX()] = z[k];                                            \
  }
#include "MfmaOps.def"

// A broadcast over blocks and a permuted B.
KERNEL mfma_broadcast(const u32 *a, const u32 *b, u32 *d) {
  f32 x = __builtin_bit_cast(f32, a[threadX()]);
  f32 y = __builtin_bit_cast(f32, b[threadX()]);
  floatx16 z = {};
  z = __builtin_amdgcn_mfma_f32_16x16x1f32(x, y, z, 2, 3, 0);
  for (u32 k = 0; k < 16; ++k)
    d[64 * k + threadX()] = __builtin_bit_cast(u32, (f32)z[k]);
}

KERNEL mfma_double16(const f64 *a, const f64 *b, const f64 *c, f64 *d) {
  typedef f64 doublex4 __attribute__((ext_vector_type(4)));
  doublex4 z;
  for (u32 k = 0; k < 4; ++k)
    z[k] = c[64 * k + threadX()];
  z = __builtin_amdgcn_mfma_f64_16x16x4f64(a[threadX()], b[threadX()], z, 0, 0, 0);
  for (u32 k = 0; k < 4; ++k)
    d[64 * k + threadX()] = z[k];
}

KERNEL mfma_double4(const f64 *a, const f64 *b, const f64 *c, f64 *d) {
  d[threadX()] = __builtin_amdgcn_mfma_f64_4x4x4f64(
      a[threadX()], b[threadX()], c[threadX()], 0, 0, 0);
}

// Accumulators in AGPRs.
KERNEL mfma_agpr(const u64 *a, const u64 *b, u32 *d) {
  u64 x = a[threadX()], y = b[threadX()];
  uintx4 r;
  asm volatile("v_accvgpr_write_b32 a0, 0\n v_accvgpr_write_b32 a1, 0\n"
               "v_accvgpr_write_b32 a2, 0\n v_accvgpr_write_b32 a3, 0\n"
               "v_mfma_f32_16x16x32_fp8_fp8 a[0:3], %1, %2, a[0:3]\n"
               "s_nop 7\n s_nop 7\n"
               "v_accvgpr_read_b32 %0, a0"
               : "=v"(r[0])
               : "v"(x), "v"(y)
               : "a0", "a1", "a2", "a3");
  d[threadX()] = r[0];
}
