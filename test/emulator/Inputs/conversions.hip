//===- conversions.hip - FP8, BF8 and half conversions over all codes -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

typedef f32 floatx2 __attribute__((ext_vector_type(2)));

#define DECODE(ID, ...)                                                        \
  KERNEL ID(const u32 *in, f32 *out) {                                         \
    u32 i = globalX(), v = in[i];                                              \
    floatx2 r;                                                                 \
    __VA_ARGS__;                                                               \
    out[2 * i] = r.x;                                                          \
    out[2 * i + 1] = r.y;                                                      \
  }
DECODE(decode_fp8, r = __builtin_amdgcn_cvt_pk_f32_fp8(v, false))
DECODE(decode_fp8_high, r = __builtin_amdgcn_cvt_pk_f32_fp8(v, true))
DECODE(decode_bf8, r = __builtin_amdgcn_cvt_pk_f32_bf8(v, false))
DECODE(decode_bf8_high, r = __builtin_amdgcn_cvt_pk_f32_bf8(v, true))
DECODE(decode_fp8_bytes, r.x = __builtin_amdgcn_cvt_f32_fp8(v, 0); r.y = __builtin_amdgcn_cvt_f32_fp8(v, 3))
DECODE(decode_bf8_bytes, r.x = __builtin_amdgcn_cvt_f32_bf8(v, 1); r.y = __builtin_amdgcn_cvt_f32_bf8(v, 2))

#define ENCODE(ID, ...)                                                        \
  KERNEL ID(const f32 *in, u32 *out) {                                         \
    u32 i = globalX();                                                         \
    f32 v = in[i];                                                             \
    u32 r = 0x5a5a5a5a;                                                        \
    __VA_ARGS__;                                                               \
    out[i] = r;                                                                \
  }
ENCODE(encode_fp8, r = __builtin_amdgcn_cvt_pk_fp8_f32(v, -v, r, false))
ENCODE(encode_fp8_high, r = __builtin_amdgcn_cvt_pk_fp8_f32(v, -v, r, true))
ENCODE(encode_bf8, r = __builtin_amdgcn_cvt_pk_bf8_f32(v, -v, r, false))
ENCODE(encode_bf8_high, r = __builtin_amdgcn_cvt_pk_bf8_f32(v, -v, r, true))
// FP16_OVFL is bit 23 of MODE: overflow saturates.
ENCODE(encode_fp8_saturated, __builtin_amdgcn_s_setreg(1 | 23 << 6, 1);
       r = __builtin_amdgcn_cvt_pk_fp8_f32(v, -v, r, false))
ENCODE(encode_bf8_saturated, __builtin_amdgcn_s_setreg(1 | 23 << 6, 1);
       r = __builtin_amdgcn_cvt_pk_bf8_f32(v, -v, r, false))
// A zero seed truncates, the largest one rounds away.
ENCODE(encode_fp8_stochastic, r = __builtin_amdgcn_cvt_sr_fp8_f32(v, 0, r, 0);
       r = __builtin_amdgcn_cvt_sr_fp8_f32(v, 0xffffffff, r, 3))
ENCODE(encode_bf8_stochastic, r = __builtin_amdgcn_cvt_sr_bf8_f32(v, 0, r, 1);
       r = __builtin_amdgcn_cvt_sr_bf8_f32(v, 0xffffffff, r, 2))

// Rounding modes of f16 results are bits 3:2 of MODE, of f32 ones bits 1:0.
#define ROUNDED(ID, MODE)                                                      \
  ENCODE(half_##ID, __builtin_amdgcn_s_setreg(1 | 2 << 6 | 1 << 11, MODE);     \
         asm volatile("v_cvt_f16_f32 %0, %1" : "=v"(r) : "v"(v)))              \
  KERNEL add_##ID(const f32 *in, f32 *out) {                                   \
    u32 i = globalX();                                                         \
    f32 a = in[2 * i], b = in[2 * i + 1], r;                                   \
    __builtin_amdgcn_s_setreg(1 | 0 << 6 | 1 << 11, MODE);                     \
    asm volatile("v_add_f32 %0, %1, %2" : "=v"(r) : "v"(a), "v"(b));           \
    out[i] = r;                                                                \
  }
ROUNDED(nearest, 0)
ROUNDED(up, 1)
ROUNDED(down, 2)
ROUNDED(zero, 3)
ENCODE(half_saturated, __builtin_amdgcn_s_setreg(1 | 23 << 6, 1);
       asm volatile("v_cvt_f16_f32 %0, %1" : "=v"(r) : "v"(v)))

// FP_DENORM of f32 is bits 5:4.
KERNEL denormals_flushed(const f32 *in, f32 *out) {
  u32 i = globalX();
  f32 a = in[2 * i], b = in[2 * i + 1], r;
  __builtin_amdgcn_s_setreg(1 | 4 << 6 | 1 << 11, 0);
  asm volatile("v_add_f32 %0, %1, %2" : "=v"(r) : "v"(a), "v"(b));
  out[i] = r;
}

KERNEL half_to_float(const u32 *in, f32 *out) {
  u32 i = globalX(), v = in[i];
  f32 r;
  asm volatile("v_cvt_f32_f16 %0, %1" : "=v"(r) : "v"(v));
  out[i] = r;
}
