//===- Vop2.cpp - Vector instructions with two operands -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Dot.h"
#include "VectorMath.h"

// clang-format off
#define VOP2_TABLE(V)                                                          \
  V(v_add_f32, 0, f32, (f32 a, f32 b), a + b)                                  \
  V(v_sub_f32, 0, f32, (f32 a, f32 b), a - b)                                  \
  V(v_subrev_f32, 0, f32, (f32 a, f32 b), b - a)                               \
  V(v_mul_legacy_f32, 0, f32, (f32 a, f32 b), mulLegacy(a, b))                 \
  V(v_mul_f32, 0, f32, (f32 a, f32 b), a * b)                                  \
  V(v_mul_i32_i24, 0, i32, (i32 a, i32 b), static_cast<i32>(i64{signed24(a)} * signed24(b))) \
  V(v_mul_hi_i32_i24, 0, i32, (i32 a, i32 b), static_cast<i32>((i64{signed24(a)} * signed24(b)) >> 32)) \
  V(v_mul_u32_u24, 0, u32, (u32 a, u32 b), (a & 0xffffff) * (b & 0xffffff))    \
  V(v_mul_hi_u32_u24, 0, u32, (u32 a, u32 b), static_cast<u32>((u64{a & 0xffffff} * (b & 0xffffff)) >> 32)) \
  V(v_min_f32, 0, f32, (f32 a, f32 b), minNum(a, b))                           \
  V(v_max_f32, 0, f32, (f32 a, f32 b), maxNum(a, b))                           \
  V(v_min_i32, 0, i32, (i32 a, i32 b), std::min(a, b))                         \
  V(v_max_i32, 0, i32, (i32 a, i32 b), std::max(a, b))                         \
  V(v_min_u32, 0, u32, (u32 a, u32 b), std::min(a, b))                         \
  V(v_max_u32, 0, u32, (u32 a, u32 b), std::max(a, b))                         \
  V(v_lshrrev_b32, 0, u32, (u32 a, u32 b), b >> (a & 31))                      \
  V(v_ashrrev_i32, 0, i32, (u32 a, i32 b), b >> (a & 31))                      \
  V(v_lshlrev_b32, 0, u32, (u32 a, u32 b), b << (a & 31))                      \
  V(v_and_b32, 0, u32, (u32 a, u32 b), a & b)                                  \
  V(v_or_b32, 0, u32, (u32 a, u32 b), a | b)                                   \
  V(v_xor_b32, 0, u32, (u32 a, u32 b), a ^ b)                                  \
  V(v_xnor_b32, 0, u32, (u32 a, u32 b), ~(a ^ b))                              \
  V(v_fmac_f32, kReadsDst, f32, (f32 a, f32 b, f32 d), std::fma(a, b, d))      \
  V(v_fmac_f64, kReadsDst, f64, (f64 a, f64 b, f64 d), std::fma(a, b, d))      \
  V(v_fmamk_f32, 0, f32, (f32 a, f32 k, f32 b), std::fma(a, k, b))             \
  V(v_fmaak_f32, 0, f32, (f32 a, f32 b, f32 k), std::fma(a, b, k))             \
  V(v_add_f16, 0, f16, (f16 a, f16 b), f16{a.v + b.v})                         \
  V(v_sub_f16, 0, f16, (f16 a, f16 b), f16{a.v - b.v})                         \
  V(v_subrev_f16, 0, f16, (f16 a, f16 b), f16{b.v - a.v})                      \
  V(v_mul_f16, 0, f16, (f16 a, f16 b), f16{a.v * b.v})                         \
  V(v_mac_f16, kReadsDst, f16, (f16 a, f16 b, f16 d), madHalf(x, a, b, d))     \
  V(v_madmk_f16, 0, f16, (f16 a, f16 k, f16 b), madHalf(x, a, k, b))           \
  V(v_madak_f16, 0, f16, (f16 a, f16 b, f16 k), madHalf(x, a, b, k))           \
  V(v_pk_fmac_f16, kReadsDst, u32, (u32 a, u32 b, u32 d), fmaHalves(x, a, b, d)) \
  V(v_add_u16, 0, u16, (u16 a, u16 b), saturate<u16>(x, i32{a} + b))           \
  V(v_sub_u16, 0, u16, (u16 a, u16 b), saturate<u16>(x, i32{a} - b))           \
  V(v_subrev_u16, 0, u16, (u16 a, u16 b), saturate<u16>(x, i32{b} - a))        \
  V(v_mul_lo_u16, 0, u16, (u16 a, u16 b), static_cast<u16>(u32{a} * b))        \
  V(v_lshlrev_b16, 0, u16, (u16 a, u16 b), static_cast<u16>(b << (a & 15)))    \
  V(v_lshrrev_b16, 0, u16, (u16 a, u16 b), static_cast<u16>(b >> (a & 15)))    \
  V(v_ashrrev_i16, 0, i16, (u16 a, i16 b), static_cast<i16>(b >> (a & 15)))    \
  V(v_max_f16, 0, f16, (f16 a, f16 b), f16{maxNum(a.v, b.v)})                  \
  V(v_min_f16, 0, f16, (f16 a, f16 b), f16{minNum(a.v, b.v)})                  \
  V(v_max_u16, 0, u16, (u16 a, u16 b), std::max(a, b))                         \
  V(v_max_i16, 0, i16, (i16 a, i16 b), std::max(a, b))                         \
  V(v_min_u16, 0, u16, (u16 a, u16 b), std::min(a, b))                         \
  V(v_min_i16, 0, i16, (i16 a, i16 b), std::min(a, b))                         \
  V(v_ldexp_f16, 0, f16, (f16 a, i16 b), f16{std::ldexp(a.v, b)})              \
  V(v_add_u32, 0, u32, (u32 a, u32 b), addClamp(x, a, b))                      \
  V(v_sub_u32, 0, u32, (u32 a, u32 b), subClamp(x, a, b))                      \
  V(v_subrev_u32, 0, u32, (u32 a, u32 b), subClamp(x, b, a))                   \
  V(v_dot2c_f32_f16, kReadsDst, f32, (u32 a, u32 b, f32 d), dot2Half(a, b, d)) \
  V(v_dot2c_i32_i16, kReadsDst, i32, (u32 a, u32 b, i32 d), dotSigned<16>(a, b, d)) \
  V(v_dot4c_i32_i8, kReadsDst, i32, (u32 a, u32 b, i32 d), dotSigned<8>(a, b, d)) \
  V(v_dot8c_i32_i4, kReadsDst, i32, (u32 a, u32 b, i32 d), dotSigned<4>(a, b, d))
// clang-format on

SIMD_BEGIN

static inline u32 fmaHalves(const Lane &x, u32 a, u32 b, u32 d) {
  u32 out = 0;
  for (unsigned half = 0; half < 2; ++half) {
    u32 word[3] = {a >> 16 * half, b >> 16 * half, d >> 16 * half};
    f16 r{Type<f16>::load(x.w, &word[0], 0).v *
              Type<f16>::load(x.w, &word[1], 0).v +
          Type<f16>::load(x.w, &word[2], 0).v};
    u32 bits;
    Type<f16>::store(x.w, &bits, 0, r);
    out |= bits << 16 * half;
  }
  return out;
}

#define SECTION "12.7. VOP2 Instructions"
#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_STRUCT(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
VOP2_TABLE(V)
#undef V

// Lane mask as last operand: the modifiers of abs and neg apply to the values,
// which therefore count as floats.
static void conditionalMove(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[2][64], out[64];
  const uint32_t *a = fetch(w, i, 0, Kind::F32, buffers[0]);
  uint64_t dpp = w.dppMask;
  const uint32_t *b = fetch(w, i, 1, Kind::F32, buffers[1]);
  uint64_t mask = scalarOperand(w, i, i.src[2], Kind::B64);
  for (unsigned l = 0; l < 64; ++l)
    out[l] = mask >> l & 1 ? b[l] : a[l];
  if (i.slow)
    finishSlow(w, i, Kind::B32, out);
  w.dppMask = ~uint64_t{0};
  writeRow(w.row(i.dst), out, w.exec() & dpp);
}

// Sum and carry, or difference and borrow, of three operands.
template <bool Subtract, bool Reverse, bool CarryIn>
static void carryOp(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[2][64], out[64];
  const uint32_t *a = fetch(w, i, 0, Kind::B32, buffers[0]);
  uint64_t dpp = w.dppMask;
  const uint32_t *b = fetch(w, i, 1, Kind::B32, buffers[1]);
  if (Reverse)
    std::swap(a, b);
  uint64_t in = CarryIn ? scalarOperand(w, i, i.src[2], Kind::B64) : 0;
  uint64_t carry = 0;
  for (unsigned l = 0; l < 64; ++l) {
    int64_t c = static_cast<int64_t>(in >> l & 1);
    int64_t r = Subtract ? int64_t{a[l]} - b[l] - c : int64_t{a[l]} + b[l] + c;
    out[l] = static_cast<uint32_t>(r);
    bool over = Subtract ? r < 0 : r >> 32 != 0;
    if (i.clamp && over)
      out[l] = Subtract ? 0 : ~0u;
    carry |= uint64_t{over} << l;
  }
  if (i.slow)
    finishSlow(w, i, Kind::B32, out);
  w.dppMask = ~uint64_t{0};
  writeRow(w.row(i.dst), out, w.exec() & dpp);
  w.set64(i.sdst, carry & w.exec());
}

#define CARRY(NAME, SUB, REV, IN)                                              \
  {                                                                            \
    NAME, SECTION, carryOp<SUB, REV, IN>, Class::Valu, 4, Kind::B32,           \
        {Kind::B32, Kind::B32, IN ? Kind::Mask : Kind::None},                  \
        static_cast<uint8_t>(kWritesMask | (IN ? kCarryIn : 0))                \
  }

#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
// clang-format off
static const OpInfo table[] = {
    VOP2_TABLE(V)
    {"v_cndmask_b32", SECTION, conditionalMove, Class::Valu, 4, Kind::B32,
     {Kind::F32, Kind::F32, Kind::Mask}, kCarryIn},
    CARRY("v_add_co_u32", false, false, false),
    CARRY("v_sub_co_u32", true, false, false),
    CARRY("v_subrev_co_u32", true, true, false),
    CARRY("v_addc_co_u32", false, false, true),
    CARRY("v_subb_co_u32", true, false, true),
    CARRY("v_subbrev_co_u32", true, true, true),
};
// clang-format on

absl::Span<const OpInfo> vop2Table() { return table; }

SIMD_END
