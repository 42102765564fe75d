//===- sparse_mfma.hip - A kernel per sparse matrix instruction -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

// Operand registers come one dword per lane and register, in memory order
// [register][lane]. One kernel per way to pick the indices: abid's set, or the
// first whatever abid says.
#define SPARSE(ID, NAME, REGS, MODIFIERS)                                      \
  KERNEL NAME(const u32 *a, const u32 *b, const u32 *index, u32 *d) {          \
    typedef u32 Acc __attribute__((ext_vector_type(REGS)));                    \
    u64 x = a[threadX()] | (u64)a[64 + threadX()] << 32;                       \
    uintx4 y;                                                                  \
    Acc z;                                                                     \
    _Pragma("unroll") for (u32 k = 0; k < 4; ++k) y[k] = b[64 * k + threadX()]; \
    _Pragma("unroll") for (u32 k = 0; k < REGS; ++k)                           \
      z[k] = d[64 * k + threadX()];                                            \
    asm volatile("v_smfmac_" #ID " %0, %1, %2, %3 " MODIFIERS                  \
                 : "+v"(z)                                                     \
                 : "v"(x), "v"(y), "v"(index[threadX()]));                     \
    _Pragma("unroll") for (u32 k = 0; k < REGS; ++k)                           \
      d[64 * k + threadX()] = z[k];                                            \
  }
#define S(ID, REGS, ...)                                                       \
  SPARSE(ID, first_##ID, REGS, "")                                             \
  SPARSE(ID, second_##ID, REGS, "abid:1")                                      \
  SPARSE(ID, fixed_##ID, REGS, "cbsz:1 abid:1")
#include "SmfmacOps.def"

// By the compiler, with accumulation registers.
KERNEL sparse_builtin(const u64 *a, const uintx4 *b, const u32 *index, u32 *d) {
  typedef i32 intx2 __attribute__((ext_vector_type(2)));
  typedef i32 intx4 __attribute__((ext_vector_type(4)));
  floatx4 z = {};
  z = __builtin_amdgcn_smfmac_f32_16x16x64_fp8_fp8(
      __builtin_bit_cast(intx2, a[threadX()]), __builtin_bit_cast(intx4, b[threadX()]), z,
      index[threadX()], 0, 0);
  asm volatile("" : "+a"(z));
  z = __builtin_amdgcn_smfmac_f32_16x16x64_fp8_fp8(
      __builtin_bit_cast(intx2, a[threadX()]), __builtin_bit_cast(intx4, b[threadX()]), z,
      index[threadX()], 0, 0);
  for (u32 k = 0; k < 4; ++k)
    d[64 * k + threadX()] = __builtin_bit_cast(u32, (f32)z[k]);
}
