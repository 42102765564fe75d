//===- lane_ops.hip - Cross-lane and comparison instructions --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

// One wave; every lane of the first operand comes from `in`, the old value of
// the destination is 0xdead0000 + lane.
#define X(ID, ASM)                                                             \
  KERNEL test_##ID(const u32 *in, const u32 *index, u32 *out) {                \
    u32 v = in[threadX()], w = index[threadX()], r = 0xdead0000 + threadX();   \
    asm volatile(ASM : "+v"(r) : "v"(v), "v"(w) : "vcc", "s20", "s21");        \
    out[threadX()] = r;                                                        \
  }
#define DPP(ID, CTRL)                                                          \
  X(ID, "s_nop 1\n v_mov_b32_dpp %0, %1 " CTRL " row_mask:0xf bank_mask:0xf")  \
  X(ID##_zero, "s_nop 1\n v_mov_b32_dpp %0, %1 " CTRL                          \
               " row_mask:0xf bank_mask:0xf bound_ctrl:0")

DPP(quad_perm, "quad_perm:[3,1,0,2]")
DPP(row_shl, "row_shl:3")
DPP(row_shr, "row_shr:5")
DPP(row_ror, "row_ror:7")
DPP(wave_shl, "wave_shl:1")
DPP(wave_rol, "wave_rol:1")
DPP(wave_shr, "wave_shr:1")
DPP(wave_ror, "wave_ror:1")
DPP(row_mirror, "row_mirror")
DPP(row_half_mirror, "row_half_mirror")
DPP(row_bcast15, "row_bcast:15")
DPP(row_bcast31, "row_bcast:31")
DPP(row_newbcast, "row_newbcast:6")
X(row_masked, "s_nop 1\n v_mov_b32_dpp %0, %1 row_shr:1 row_mask:0xa bank_mask:0x6")

X(readfirstlane, "v_readfirstlane_b32 s20, %1\n v_mov_b32 %0, s20")
X(readlane, "v_readlane_b32 s20, %1, 37\n v_mov_b32 %0, s20")
X(writelane, "s_movk_i32 s20, 0x77\n v_writelane_b32 %0, s20, 11")
X(swap, "v_mov_b32 v40, %1\n v_swap_b32 %0, v40\n v_xor_b32 %0, %0, v40")
X(swizzle_quad, "ds_swizzle_b32 %0, %1 offset:0x801b\n s_waitcnt lgkmcnt(0)")
X(swizzle_reverse, "ds_swizzle_b32 %0, %1 offset:0x7c1f\n s_waitcnt lgkmcnt(0)")
X(permute, "ds_permute_b32 %0, %2, %1\n s_waitcnt lgkmcnt(0)")
X(bpermute, "ds_bpermute_b32 %0, %2, %1\n s_waitcnt lgkmcnt(0)")
X(exec_mask, "s_mov_b64 s[20:21], exec\n s_mov_b32 exec_lo, 0x0ff00ff0\n"
             "v_mov_b32 %0, %1\n s_mov_b64 exec, s[20:21]")

// Comparisons: mask to both halves of the result.
#define FLOAT_CONDITIONS(C, T)                                                 \
  C(f, T) C(lt, T) C(eq, T) C(le, T) C(gt, T) C(lg, T) C(ge, T) C(o, T)        \
  C(u, T) C(nge, T) C(nlg, T) C(ngt, T) C(nle, T) C(neq, T) C(nlt, T) C(tru, T)
#define INTEGER_CONDITIONS(C, T)                                               \
  C(f, T) C(lt, T) C(eq, T) C(le, T) C(gt, T) C(ne, T) C(ge, T) C(t, T)
template <class T>
LANE T operand(u64 v) {
  T out;
  __builtin_memcpy(&out, &v, sizeof(T));
  return out;
}
typedef u32 f16;
// v_cmpx leaves its result in EXEC too, which is restored from a copy.
#define COMPARE(COND, T)                                                       \
  KERNEL cmp_##COND##_##T(const u64 *in, u64 *out) {                           \
    T a = operand<T>(in[2 * threadX()]), b = operand<T>(in[2 * threadX() + 1]); \
    u64 m, e, saved;                                                           \
    asm volatile("v_cmp_" #COND "_" #T " vcc, %3, %4\n s_mov_b64 %0, vcc\n"    \
                 "s_mov_b64 %2, exec\n v_cmpx_" #COND "_" #T " vcc, %3, %4\n"  \
                 "s_mov_b64 %1, exec\n s_mov_b64 exec, %2"                     \
                 : "=&s"(m), "=&s"(e), "=&s"(saved)                            \
                 : "v"(a), "v"(b)                                              \
                 : "vcc");                                                     \
    if (threadX() == 0) {                                                      \
      out[0] = m;                                                              \
      out[1] = e;                                                              \
    }                                                                          \
  }
FLOAT_CONDITIONS(COMPARE, f32)
FLOAT_CONDITIONS(COMPARE, f64)
FLOAT_CONDITIONS(COMPARE, f16)
INTEGER_CONDITIONS(COMPARE, i32)
INTEGER_CONDITIONS(COMPARE, u32)
INTEGER_CONDITIONS(COMPARE, i64)
INTEGER_CONDITIONS(COMPARE, u64)
INTEGER_CONDITIONS(COMPARE, i16)
INTEGER_CONDITIONS(COMPARE, u16)

#define CLASS(T)                                                               \
  KERNEL class_##T(const u64 *in, u64 *out) {                                  \
    T a = operand<T>(in[2 * threadX()]);                                       \
    u32 b = (u32)in[2 * threadX() + 1];                                        \
    u64 m, e, saved;                                                           \
    asm volatile("v_cmp_class_" #T " %0, %3, %4\n s_mov_b64 %2, exec\n"        \
                 "v_cmpx_class_" #T " vcc, %3, %4\n s_mov_b64 %1, exec\n"      \
                 "s_mov_b64 exec, %2"                                          \
                 : "=&s"(m), "=&s"(e), "=&s"(saved)                            \
                 : "v"(a), "v"(b)                                              \
                 : "vcc");                                                     \
    if (threadX() == 0) {                                                      \
      out[0] = m;                                                              \
      out[1] = e;                                                              \
    }                                                                          \
  }
CLASS(f32)
CLASS(f64)
CLASS(f16)

// v40 .. v47 hold their number; the index register picks one of them.
KERNEL register_index(const u32 *index, u32 *out) {
  u32 i = __builtin_amdgcn_readfirstlane(index[blockX()]), r, w;
  asm volatile("v_mov_b32 v40, 40\n v_mov_b32 v41, 41\n v_mov_b32 v42, 42\n"
               "v_mov_b32 v43, 43\n v_mov_b32 v44, 44\n v_mov_b32 v45, 45\n"
               "v_mov_b32 v46, 46\n v_mov_b32 v47, 47\n"
               "s_set_gpr_idx_on %2, gpr_idx(SRC0)\n v_mov_b32 %0, v40\n"
               "s_set_gpr_idx_idx 0\n s_set_gpr_idx_idx %2\n"
               "s_set_gpr_idx_mode gpr_idx(DST)\n v_mov_b32 v40, 7\n"
               "s_set_gpr_idx_off\n v_add_u32 %1, v41, v43"
               : "=&v"(r), "=&v"(w)
               : "s"(i)
               : "v40", "v41", "v42", "v43", "v44", "v45", "v46", "v47");
  out[2 * blockX()] = r;
  out[2 * blockX() + 1] = w;
}
