//===- modes.hip - What MODE decides, and other hardware registers --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

#define SET_MODE(FIRST, WIDTH, VALUE)                                          \
  "s_setreg_imm32_b32 hwreg(HW_REG_MODE, " #FIRST ", " #WIDTH "), " #VALUE "\n"

// Clamped copies as f32, f16, f64, packed halves and by mixed precision.
#define CLAMP(ID, DX10)                                                        \
  KERNEL ID(const f32 *in, f32 *single, u32 *half, f64 *wide, u32 *packed,     \
            f32 *mixed) {                                                      \
    u32 t = globalX();                                                         \
    f32 v = in[t], s, m;                                                       \
    f64 d = v, w;                                                              \
    u32 h, p, both;                                                            \
    asm volatile(SET_MODE(8, 1, DX10)                                          \
                 "v_add_f32 %0, %6, 0 clamp\n v_add_f64 %2, %7, 0 clamp\n"     \
                 "v_cvt_f16_f32 %5, %6\n v_add_f16 %1, %5, 0 clamp\n"          \
                 "v_pack_b32_f16 %5, %5, %5\n"                                 \
                 "v_pk_add_f16 %3, %5, 0 clamp\n"                              \
                 "v_fma_mix_f32 %4, %6, 1.0, 0 clamp\n" SET_MODE(8, 1, 1)      \
                 : "=&v"(s), "=&v"(h), "=&v"(w), "=&v"(p), "=&v"(m),           \
                   "=&v"(both)                                                 \
                 : "v"(v), "v"(d));                                            \
    single[t] = s;                                                             \
    half[t] = h;                                                               \
    wide[t] = w;                                                               \
    packed[t] = p;                                                             \
    mixed[t] = m;                                                              \
  }
CLAMP(clamp_dx10, 1)
CLAMP(clamp_plain, 0)

// Halves as they come out of an addition, a packed product and a conversion.
#define HALVES(ID, DENORMALS)                                                  \
  KERNEL ID(const u32 *in, u32 *sum, u32 *product, f32 *single) {              \
    u32 t = globalX(), v = in[t], a, p;                                        \
    f32 s;                                                                     \
    asm volatile(SET_MODE(6, 2, DENORMALS)                                     \
                 "v_add_f16 %0, %3, 0\n v_pk_mul_f16 %1, %3, %4\n"             \
                 "v_cvt_f32_f16 %2, %3\n" SET_MODE(6, 2, 3)                    \
                 : "=&v"(a), "=&v"(p), "=&v"(s)                                \
                 : "v"(v), "v"(0x3c003800));                                   \
    sum[t] = a;                                                                \
    product[t] = p;                                                            \
    single[t] = s;                                                             \
  }
HALVES(halves_0, 0)
HALVES(halves_1, 1)
HALVES(halves_2, 2)
HALVES(halves_3, 3)

// Single-precision matrix inputs follow MODE.FP_DENORM, results don't.
KERNEL matrix_denormals(const f32 *a, const f32 *c, f32 *kept, f32 *flushed) {
  floatx4 x, y;
  for (u32 k = 0; k < 4; ++k)
    x[k] = y[k] = c[64 * k + threadX()];
  f32 v = a[threadX()];
  asm volatile("v_mfma_f32_16x16x4_f32 %0, %2, %3, %0\n s_nop 15\n"
               SET_MODE(4, 2, 0)
               "v_mfma_f32_16x16x4_f32 %1, %2, %3, %1\n s_nop 15\n"
               SET_MODE(4, 2, 3)
               : "+v"(x), "+v"(y)
               : "v"(v), "v"(1.0f));
  for (u32 k = 0; k < 4; ++k) {
    kept[64 * k + threadX()] = x[k];
    flushed[64 * k + threadX()] = y[k];
  }
}

#define GETREG(K, NAME)                                                        \
  asm volatile("s_getreg_b32 %0, hwreg(" NAME ")" : "=s"(r));                  \
  if (threadX() % 64 == 0)                                                     \
    out[K] = r;
KERNEL hardware_registers(u32 *all) {
  __shared__ u32 lds[640];
  u32 wave = blockX() * (blockSize() / 64) + threadX() / 64, r;
  u32 *out = all + 16 * wave;
  lds[threadX()] = threadX();
  syncThreads();
  if (lds[threadX() ^ 1] == 0)
    out[15] = 0;
  GETREG(0, "HW_REG_HW_ID")
  GETREG(1, "HW_REG_GPR_ALLOC")
  GETREG(2, "HW_REG_LDS_ALLOC")
  GETREG(3, "HW_REG_TRAPSTS")
  asm volatile("s_setreg_imm32_b32 hwreg(HW_REG_TRAPSTS, 4, 3), 5\n"
               "s_getreg_b32 %0, hwreg(HW_REG_TRAPSTS)"
               : "=s"(r));
  if (threadX() % 64 == 0)
    out[4] = r;
  GETREG(5, "HW_REG_STATUS")
  GETREG(6, "HW_REG_XCC_ID")
  GETREG(7, "HW_REG_SH_MEM_BASES")
  GETREG(8, "HW_REG_TBA_LO")
  asm volatile("s_getreg_b32 %0, hwreg(HW_REG_IB_STS, 0, 12)" : "=s"(r));
  if (threadX() % 64 == 0)
    out[9] = r;
}

KERNEL unknown_register(u32 *out) {
  u32 r;
  asm volatile("s_getreg_b32 %0, hwreg(21)" : "=s"(r));
  out[threadX()] = r;
}
KERNEL read_only_register(u32 *out) {
  asm volatile("s_setreg_imm32_b32 hwreg(HW_REG_HW_ID, 0, 4), 1");
  out[threadX()] = 1;
}
KERNEL skip_vector(u32 *out) {
  asm volatile("s_setreg_imm32_b32 hwreg(HW_REG_MODE, 28, 1), 1");
  out[threadX()] = 1;
}
KERNEL other_message(u32 *out) {
  asm volatile("s_sendmsg 2");
  out[threadX()] = 1;
}
