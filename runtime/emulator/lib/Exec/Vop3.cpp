//===- Vop3.cpp - Vector instructions with three operands -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Division.h"
#include "VectorMath.h"

// clang-format off
#define VOP3_TABLE(V, T, D)                                                    \
  V(v_mad_i32_i24, 0, i32, (i32 a, i32 b, i32 c), saturate<i32>(x, i64{signed24(a)} * signed24(b) + c)) \
  V(v_mad_u32_u24, 0, u32, (u32 a, u32 b, u32 c), saturate<u32>(x, u64{a & 0xffffff} * (b & 0xffffff) + c)) \
  V(v_bfe_u32, 0, u32, (u32 a, u32 b, u32 c), bitfield(a, b, c))               \
  V(v_bfe_i32, 0, i32, (i32 a, u32 b, u32 c), bitfieldSigned(a, b, c))         \
  V(v_bfi_b32, 0, u32, (u32 a, u32 b, u32 c), (a & b) | (~a & c))              \
  V(v_fma_f32, 0, f32, (f32 a, f32 b, f32 c), std::fma(a, b, c))               \
  D(v_fma_f64, 0, f64, (f64 a, f64 b, f64 c), std::fma(a, b, c))               \
  V(v_fma_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), f16{a.v * b.v + c.v})   \
  V(v_fma_legacy_f16, 0, f16, (f16 a, f16 b, f16 c), f16{a.v * b.v + c.v})     \
  V(v_mad_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), madHalf(x, a, b, c))    \
  V(v_mad_legacy_f16, 0, f16, (f16 a, f16 b, f16 c), madHalf(x, a, b, c))      \
  V(v_mad_u16, kKeepsHigh, u16, (u16 a, u16 b, u16 c), saturate<u16>(x, i64{a} * b + c)) \
  V(v_mad_i16, kKeepsHigh, i16, (i16 a, i16 b, i16 c), saturate<i16>(x, i64{a} * b + c)) \
  V(v_mad_legacy_u16, 0, u16, (u16 a, u16 b, u16 c), saturate<u16>(x, i64{a} * b + c)) \
  V(v_mad_legacy_i16, 0, i16, (i16 a, i16 b, i16 c), saturate<i16>(x, i64{a} * b + c)) \
  V(v_mad_u32_u16, 0, u32, (u16 a, u16 b, u32 c), saturate<u32>(x, u64{a} * b + c)) \
  V(v_mad_i32_i16, 0, i32, (i16 a, i16 b, i32 c), saturate<i32>(x, i64{a} * b + c)) \
  V(v_lerp_u8, 0, u32, (u32 a, u32 b, u32 c), lerpBytes(a, b, c))              \
  V(v_alignbit_b32, 0, u32, (u32 a, u32 b, u32 c), static_cast<u32>((u64{a} << 32 | b) >> (c & 31))) \
  V(v_alignbyte_b32, 0, u32, (u32 a, u32 b, u32 c), static_cast<u32>((u64{a} << 32 | b) >> 8 * (c & 3))) \
  V(v_min3_f32, 0, f32, (f32 a, f32 b, f32 c), minNum(minNum(a, b), c))        \
  V(v_min3_i32, 0, i32, (i32 a, i32 b, i32 c), std::min(std::min(a, b), c))    \
  V(v_min3_u32, 0, u32, (u32 a, u32 b, u32 c), std::min(std::min(a, b), c))    \
  V(v_max3_f32, 0, f32, (f32 a, f32 b, f32 c), maxNum(maxNum(a, b), c))        \
  V(v_max3_i32, 0, i32, (i32 a, i32 b, i32 c), std::max(std::max(a, b), c))    \
  V(v_max3_u32, 0, u32, (u32 a, u32 b, u32 c), std::max(std::max(a, b), c))    \
  V(v_med3_f32, 0, f32, (f32 a, f32 b, f32 c), med3Float(a, b, c))             \
  V(v_med3_i32, 0, i32, (i32 a, i32 b, i32 c), med3(a, b, c))                  \
  V(v_med3_u32, 0, u32, (u32 a, u32 b, u32 c), med3(a, b, c))                  \
  V(v_min3_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), f16{minNum(minNum(a.v, b.v), c.v)}) \
  V(v_max3_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), f16{maxNum(maxNum(a.v, b.v), c.v)}) \
  V(v_med3_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), f16{med3Float(a.v, b.v, c.v)}) \
  V(v_min3_i16, kKeepsHigh, i16, (i16 a, i16 b, i16 c), std::min(std::min(a, b), c)) \
  V(v_max3_i16, kKeepsHigh, i16, (i16 a, i16 b, i16 c), std::max(std::max(a, b), c)) \
  V(v_med3_i16, kKeepsHigh, i16, (i16 a, i16 b, i16 c), med3(a, b, c))         \
  V(v_min3_u16, kKeepsHigh, u16, (u16 a, u16 b, u16 c), std::min(std::min(a, b), c)) \
  V(v_max3_u16, kKeepsHigh, u16, (u16 a, u16 b, u16 c), std::max(std::max(a, b), c)) \
  V(v_med3_u16, kKeepsHigh, u16, (u16 a, u16 b, u16 c), med3(a, b, c))         \
  V(v_sad_u8, 0, u32, (u32 a, u32 b, u32 c), sadBytes(a, b, c))                \
  V(v_sad_hi_u8, 0, u32, (u32 a, u32 b, u32 c), (sadBytes(a, b, 0) << 16) + c) \
  V(v_sad_u16, 0, u32, (u32 a, u32 b, u32 c), absDiff(a & 0xffff, b & 0xffff) + absDiff(a >> 16, b >> 16) + c) \
  V(v_sad_u32, 0, u32, (u32 a, u32 b, u32 c), absDiff(a, b) + c)               \
  V(v_div_fixup_f32, 0, f32, (f32 a, f32 b, f32 c), divFixup(a, b, c))         \
  D(v_div_fixup_f64, 0, f64, (f64 a, f64 b, f64 c), divFixup(a, b, c))         \
  V(v_div_fixup_f16, kKeepsHigh, f16, (f16 a, f16 b, f16 c), f16{divFixup(a.v, b.v, c.v)}) \
  V(v_div_fixup_legacy_f16, 0, f16, (f16 a, f16 b, f16 c), f16{divFixup(a.v, b.v, c.v)}) \
  V(v_div_fmas_f32, kCarryIn, f32, (f32 a, f32 b, f32 c), divFmas(a, b, c, x.w.vcc() >> x.lane & 1)) \
  D(v_div_fmas_f64, kCarryIn, f64, (f64 a, f64 b, f64 c), divFmas(a, b, c, x.w.vcc() >> x.lane & 1)) \
  V(v_perm_b32, 0, u32, (u32 a, u32 b, u32 c), permute(a, b, c))               \
  V(v_lshl_add_u32, 0, u32, (u32 a, u32 b, u32 c), (a << (b & 31)) + c)        \
  V(v_add_lshl_u32, 0, u32, (u32 a, u32 b, u32 c), (a + b) << (c & 31))        \
  V(v_add3_u32, 0, u32, (u32 a, u32 b, u32 c), a + b + c)                      \
  V(v_lshl_or_b32, 0, u32, (u32 a, u32 b, u32 c), a << (b & 31) | c)           \
  V(v_and_or_b32, 0, u32, (u32 a, u32 b, u32 c), (a & b) | c)                  \
  V(v_or3_b32, 0, u32, (u32 a, u32 b, u32 c), a | b | c)                       \
  V(v_xad_u32, 0, u32, (u32 a, u32 b, u32 c), (a ^ b) + c)                     \
  V(v_add_i32, 0, i32, (i32 a, i32 b), saturate<i32>(x, i64{a} + b))           \
  V(v_sub_i32, 0, i32, (i32 a, i32 b), saturate<i32>(x, i64{a} - b))           \
  V(v_add_i16, kKeepsHigh, i16, (i16 a, i16 b), saturate<i16>(x, i32{a} + b))  \
  V(v_sub_i16, kKeepsHigh, i16, (i16 a, i16 b), saturate<i16>(x, i32{a} - b))  \
  D(v_add_f64, 0, f64, (f64 a, f64 b), a + b)                                  \
  D(v_mul_f64, 0, f64, (f64 a, f64 b), a * b)                                  \
  D(v_min_f64, 0, f64, (f64 a, f64 b), minNum(a, b))                           \
  D(v_max_f64, 0, f64, (f64 a, f64 b), maxNum(a, b))                           \
  D(v_ldexp_f64, 0, f64, (f64 a, i32 b), std::ldexp(a, b))                     \
  V(v_ldexp_f32, 0, f32, (f32 a, i32 b), std::ldexp(a, b))                     \
  T(v_mul_lo_u32, 0, u32, (u32 a, u32 b), a * b)                               \
  T(v_mul_hi_u32, 0, u32, (u32 a, u32 b), static_cast<u32>(u64{a} * b >> 32))  \
  T(v_mul_hi_i32, 0, i32, (i32 a, i32 b), static_cast<i32>(i64{a} * b >> 32))  \
  V(v_bcnt_u32_b32, 0, u32, (u32 a, u32 b), static_cast<u32>(__builtin_popcount(a)) + b) \
  V(v_mbcnt_lo_u32_b32, 0, u32, (u32 a, u32 b), static_cast<u32>(__builtin_popcount(a & lanesBelow(x.lane, 0))) + b) \
  V(v_mbcnt_hi_u32_b32, 0, u32, (u32 a, u32 b), static_cast<u32>(__builtin_popcount(a & lanesBelow(x.lane, 32))) + b) \
  D(v_lshlrev_b64, 0, u64, (u32 a, u64 b), b << (a & 63))                      \
  D(v_lshrrev_b64, 0, u64, (u32 a, u64 b), b >> (a & 63))                      \
  D(v_ashrrev_i64, 0, i64, (u32 a, i64 b), b >> (a & 63))                      \
  V(v_bfm_b32, 0, u32, (u32 a, u32 b), ((1u << (a & 31)) - 1) << (b & 31))     \
  V(v_cvt_pknorm_i16_f32, 0, u32, (f32 a, f32 b), packNorm(a, b, -1.0, 32767.0)) \
  V(v_cvt_pknorm_u16_f32, 0, u32, (f32 a, f32 b), packNorm(a, b, 0.0, 65535.0)) \
  V(v_cvt_pknorm_i16_f16, 0, u32, (f16 a, f16 b), packNorm(a.v, b.v, -1.0, 32767.0)) \
  V(v_cvt_pknorm_u16_f16, 0, u32, (f16 a, f16 b), packNorm(a.v, b.v, 0.0, 65535.0)) \
  V(v_cvt_pkrtz_f16_f32, 0, u32, (f32 a, f32 b), toHalf(a, Rounding::Zero) | u32{toHalf(b, Rounding::Zero)} << 16) \
  V(v_cvt_pk_u16_u32, 0, u32, (u32 a, u32 b), std::min(a, 0xffffu) | std::min(b, 0xffffu) << 16) \
  V(v_cvt_pk_i16_i32, 0, u32, (i32 a, i32 b), clamp16(a) | clamp16(b) << 16)   \
  V(v_cvt_pk_u8_f32, 0, u32, (f32 a, u32 b, u32 c), packByte(toInteger<i32>(roundEven(a)), b, c)) \
  V(v_pack_b32_f16, 0, u32, (f16 a, f16 b), toHalf(a.v) | u32{toHalf(b.v)} << 16) \
  V(v_cvt_pkaccum_u8_f32, kReadsDst, u32, (f32 a, u32 b, u32 d), packByte(toInteger<i32>(roundEven(a)), b, d)) \
  V(v_cvt_pk_fp8_f32, kReadsDst, u32, (f32 a, f32 b, u32 d), insertHalf(x, d, toFp8(a, fp16Overflow(x.w)) | toFp8(b, fp16Overflow(x.w)) << 8)) \
  V(v_cvt_pk_bf8_f32, kReadsDst, u32, (f32 a, f32 b, u32 d), insertHalf(x, d, toBf8(a, fp16Overflow(x.w)) | toBf8(b, fp16Overflow(x.w)) << 8)) \
  V(v_cvt_sr_fp8_f32, kReadsDst, u32, (f32 a, u32 b, u32 d), insertByte(x, d, stochastic(a, b >> 12, 3, 8, fp16Overflow(x.w)))) \
  V(v_cvt_sr_bf8_f32, kReadsDst, u32, (f32 a, u32 b, u32 d), insertByte(x, d, stochastic(a, b >> 11, 2, 16, fp16Overflow(x.w))))
// clang-format on

SIMD_BEGIN

static inline u32 lerpBytes(u32 a, u32 b, u32 c) {
  u32 out = 0;
  for (unsigned k = 0; k < 4; ++k)
    out |= (byteOf(a, k) + byteOf(b, k) + (byteOf(c, k) & 1)) >> 1 << 8 * k;
  return out;
}
static inline u32 sadBytes(u32 a, u32 b, u32 c) {
  for (unsigned k = 0; k < 4; ++k)
    c += absDiff(byteOf(a, k), byteOf(b, k));
  return c;
}
static inline u32 lanesBelow(unsigned lane, unsigned base) {
  if (lane <= base)
    return 0;
  return lane - base >= 32 ? ~0u : (1u << (lane - base)) - 1;
}
static inline u32 clamp16(i32 v) {
  return static_cast<u32>(std::min(std::max(v, -32768), 32767)) & 0xffff;
}
static inline u32 packByte(i32 v, u32 index, u32 old) {
  unsigned shift = 8 * (index & 3);
  u32 byte = static_cast<u32>(std::min(std::max(v, 0), 255));
  return (old & ~(0xffu << shift)) | byte << shift;
}
static inline u32 packNorm(f64 a, f64 b, f64 low, f64 scale) {
  return (static_cast<u32>(normalised(a, low, scale)) & 0xffff) |
         static_cast<u32>(normalised(b, low, scale)) << 16;
}
// op_sel[3] chooses the half of the destination, op_sel[3:2] the byte.
static inline u32 insertHalf(const Lane &x, u32 old, u32 value) {
  return x.i.opSel & 8 ? (old & 0xffff) | value << 16
                       : (old & 0xffff0000u) | value;
}
static inline u32 insertByte(const Lane &x, u32 old, u32 value) {
  unsigned shift = 8 * (x.i.opSel >> 2 & 3);
  return (old & ~(0xffu << shift)) | value << shift;
}

/// Adds random bits below the kept mantissa, then truncates.
static inline u32 stochastic(f32 v, u32 random, int mantissa, int bias,
                             bool overflow) {
  u32 bits = bitCast<u32>(v);
  if ((bits & 0x7f800000u) != 0x7f800000u)
    bits += random;
  return toFnuz(bitCast<f32>(bits), mantissa, bias, Rounding::Zero, overflow);
}

#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_STRUCT(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
VOP3_TABLE(V, V, V)
#undef V

template <class F>
static void divScaleHandler(Wave &w, const Inst &i) {
  constexpr unsigned words = wordsOf<F>;
  alignas(64) uint32_t buffers[3][128], out[128];
  const uint32_t *p[3];
  for (unsigned k = 0; k < 3; ++k)
    p[k] = fetch(w, i, k, Type<F>::kind, buffers[k]);
  uint64_t exec = w.exec(), mask = 0;
  for (unsigned l = 0; l < 64; ++l) {
    bool scaled = false;
    Type<F>::store(w, out, l,
                   divScale(Type<F>::load(w, p[0], l),
                            Type<F>::load(w, p[1], l),
                            Type<F>::load(w, p[2], l), scaled));
    mask |= uint64_t{scaled} << l;
  }
  for (unsigned k = 0; k < words; ++k)
    writeRow(w.row(i.dst) + 64 * k, out + 64 * k, exec);
  w.set64(i.sdst, mask & exec);
}

// The usual address computation, on halves because those are what rows hold.
static void shiftAdd64(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[3][128], out[128];
  const uint32_t *a = fetch(w, i, 0, Kind::B64, buffers[0]);
  const uint32_t *b = fetch(w, i, 1, Kind::B32, buffers[1]);
  const uint32_t *c = fetch(w, i, 2, Kind::B64, buffers[2]);
  for (unsigned l = 0; l < 64; ++l) {
    u32 shift = std::min(b[l] & 7, 4u);
    u32 low = a[l] << shift;
    u32 high = a[64 + l] << shift | (a[l] >> 1) >> (31 - shift);
    u32 sum = low + c[l];
    out[l] = sum;
    out[64 + l] = high + c[64 + l] + (sum < low);
  }
  writeRow(w.row(i.dst), out, w.exec());
  writeRow(w.row(i.dst) + 64, out + 64, w.exec());
}

// 32 x 32 + 64 with the carry of the addition as a lane mask.
template <bool Signed>
static void mad64(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[3][128], out[128];
  const uint32_t *a = fetch(w, i, 0, Kind::B32, buffers[0]);
  const uint32_t *b = fetch(w, i, 1, Kind::B32, buffers[1]);
  const uint32_t *c = fetch(w, i, 2, Kind::B64, buffers[2]);
  uint64_t exec = w.exec(), mask = 0;
  for (unsigned l = 0; l < 64; ++l) {
    u64 add = Type<u64>::load(w, c, l);
    bool carry;
    u64 sum;
    if (Signed) {
      i64 r, product = i64{static_cast<i32>(a[l])} * static_cast<i32>(b[l]);
      carry = __builtin_add_overflow(product, static_cast<i64>(add), &r);
      sum = static_cast<u64>(product) + add;
    } else {
      carry = __builtin_add_overflow(u64{a[l]} * b[l], add, &sum);
    }
    Type<u64>::store(w, out, l, sum);
    mask |= uint64_t{carry} << l;
  }
  writeRow(w.row(i.dst), out, exec);
  writeRow(w.row(i.dst) + 64, out + 64, exec);
  w.set64(i.sdst, mask & exec);
}

static unsigned laneIndex(Wave &w, const Inst &i) {
  return static_cast<unsigned>(scalarOperand(w, i, i.src[1], Kind::B32)) & 63;
}
static void readLane(Wave &w, const Inst &i) {
  w.sgpr[i.dst & 127] = w.row(i.src[0])[laneIndex(w, i)];
}
static void writeLane(Wave &w, const Inst &i) {
  w.row(i.dst)[laneIndex(w, i)] =
      static_cast<uint32_t>(scalarOperand(w, i, i.src[0], Kind::B32));
}

#define SECTION "12.11. VOP3A & VOP3B Instructions"
#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
#define T(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 16, F, R, A, __VA_ARGS__)
#define D(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 8, F, R, A, __VA_ARGS__)
// clang-format off
static const OpInfo table[] = {
    VOP3_TABLE(V, T, D)
    {"v_div_scale_f32", SECTION, divScaleHandler<f32>, Class::Valu, 4,
     Kind::F32, {Kind::F32, Kind::F32, Kind::F32}, kWritesMask},
    {"v_div_scale_f64", SECTION, divScaleHandler<f64>, Class::Valu, 8,
     Kind::F64, {Kind::F64, Kind::F64, Kind::F64}, kWritesMask},
    {"v_lshl_add_u64", SECTION, shiftAdd64, Class::Valu, 4, Kind::B64,
     {Kind::B64, Kind::B32, Kind::B64}, 0},
    {"v_mad_u64_u32", SECTION, mad64<false>, Class::Valu, 16, Kind::B64,
     {Kind::B32, Kind::B32, Kind::B64}, kWritesMask},
    {"v_mad_i64_i32", SECTION, mad64<true>, Class::Valu, 16, Kind::B64,
     {Kind::B32, Kind::B32, Kind::B64}, kWritesMask},
    {"v_readlane_b32", SECTION, readLane, Class::Valu, 4, Kind::B32,
     {Kind::B32, Kind::B32}, kScalarDst},
    {"v_writelane_b32", SECTION, writeLane, Class::Valu, 4, Kind::B32,
     {Kind::B32, Kind::B32}, kReadsDst | kOneLane},
};
// clang-format on

absl::Span<const OpInfo> vop3Table() { return table; }

SIMD_END
