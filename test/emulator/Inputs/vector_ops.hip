//===- vector_ops.hip - A kernel per row of VectorOps.def -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

template <class T>
LANE T fromBits(u64 v) {
  T out;
  __builtin_memcpy(&out, &v, sizeof(T));
  return out;
}

#define T(ID, R, A, B, C, ASM, ...)                                            \
  KERNEL test_##ID(const u64 *in, u64 *out) {                                  \
    u32 i = globalX();                                                         \
    A a = fromBits<A>(in[3 * i]);                                              \
    B b = fromBits<B>(in[3 * i + 1]);                                          \
    C c = fromBits<C>(in[3 * i + 2]);                                          \
    R r;                                                                       \
    asm volatile(ASM                                                           \
                 : "=&v"(r), "+v"(a), "+v"(b), "+v"(c)                         \
                 :                                                             \
                 : "vcc", "s20", "s21", "v40", "v41", "v42", "v43", "v44",     \
                 "v45", "v46", "v47", "a0", "a1");                             \
    u64 bits = 0;                                                              \
    __builtin_memcpy(&bits, &r, sizeof(R));                                    \
    out[i] = bits;                                                             \
  }
#include "VectorOps.def"
