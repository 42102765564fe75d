//===- scalar_ops.hip - A kernel per row of ScalarOps.def -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

// One wave per operand pair: uniform loads end up in scalar registers.
#define S(ID, R, A, B, ASM, ...)                                               \
  KERNEL test_##ID(const u64 *in, u64 *out) {                                  \
    u32 i = blockX();                                                          \
    A a = (A)in[2 * i];                                                        \
    B b = (B)in[2 * i + 1];                                                    \
    R r;                                                                       \
    u32 scc;                                                                   \
    asm volatile("s_cmp_eq_u32 0, 0\n " ASM "\n s_cselect_b32 %1, 1, 0"        \
                 : "=&s"(r), "=&s"(scc), "+s"(a), "+s"(b)                   \
                 : : "scc", "vcc", "s20", "s21", "s22", "s23");                \
    if (threadX() == 0) {                                                      \
      out[2 * i] = r;                                                          \
      out[2 * i + 1] = scc;                                                    \
    }                                                                          \
  }
#include "ScalarOps.def"
