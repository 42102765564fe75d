//===- Vop1.cpp - Vector instructions with one operand --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Exponential.h"
#include "VectorMath.h"

// clang-format off
// V: full rate, T: quarter rate (transcendental unit), D: 64-bit.
#define VOP1_TABLE(V, T, D)                                                    \
  V(v_mov_b32, 0, u32, (u32 a), a)                                    \
  D(v_mov_b64, 0, u64, (u64 a), a)                                    \
  V(v_cvt_i32_f64, 0, i32, (f64 a), toInteger<i32>(std::trunc(a)))             \
  D(v_cvt_f64_i32, 0, f64, (i32 a), a)                                         \
  V(v_cvt_f32_i32, 0, f32, (i32 a), static_cast<f32>(a))                       \
  V(v_cvt_f32_u32, 0, f32, (u32 a), static_cast<f32>(a))                       \
  V(v_cvt_u32_f32, 0, u32, (f32 a), toInteger<u32>(std::trunc(a)))             \
  V(v_cvt_i32_f32, 0, i32, (f32 a), toInteger<i32>(std::trunc(a)))             \
  V(v_cvt_f16_f32, 0, f16, (f32 a), f16{a})                                    \
  V(v_cvt_f32_f16, 0, f32, (f16 a), static_cast<f32>(a.v))                     \
  V(v_cvt_rpi_i32_f32, 0, i32, (f32 a), toInteger<i32>(std::floor(f64{a} + 0.5))) \
  V(v_cvt_flr_i32_f32, 0, i32, (f32 a), toInteger<i32>(std::floor(a)))         \
  V(v_cvt_off_f32_i4, 0, f32, (u32 a), static_cast<f32>(static_cast<i32>(a << 28) >> 28) / 16.0f) \
  V(v_cvt_f32_f64, 0, f32, (f64 a), static_cast<f32>(a))                       \
  D(v_cvt_f64_f32, 0, f64, (f32 a), a)                                         \
  V(v_cvt_f32_ubyte0, 0, f32, (u32 a), static_cast<f32>(a & 0xff))             \
  V(v_cvt_f32_ubyte1, 0, f32, (u32 a), static_cast<f32>(a >> 8 & 0xff))        \
  V(v_cvt_f32_ubyte2, 0, f32, (u32 a), static_cast<f32>(a >> 16 & 0xff))       \
  V(v_cvt_f32_ubyte3, 0, f32, (u32 a), static_cast<f32>(a >> 24))              \
  V(v_cvt_u32_f64, 0, u32, (f64 a), toInteger<u32>(std::trunc(a)))             \
  D(v_cvt_f64_u32, 0, f64, (u32 a), a)                                         \
  D(v_trunc_f64, 0, f64, (f64 a), std::trunc(a))                               \
  D(v_ceil_f64, 0, f64, (f64 a), std::ceil(a))                                 \
  D(v_rndne_f64, 0, f64, (f64 a), roundEven(a))                                \
  D(v_floor_f64, 0, f64, (f64 a), std::floor(a))                               \
  V(v_fract_f32, 0, f32, (f32 a), fract(a))                                    \
  V(v_trunc_f32, 0, f32, (f32 a), std::trunc(a))                               \
  V(v_ceil_f32, 0, f32, (f32 a), std::ceil(a))                                 \
  V(v_rndne_f32, 0, f32, (f32 a), roundEven(a))                                \
  V(v_floor_f32, 0, f32, (f32 a), std::floor(a))                               \
  T(v_log_f32, 0, f32, (f32 a), static_cast<f32>(std::log2(f64{flush(a)})))    \
  T(v_rcp_f32, 0, f32, (f32 a), flush(static_cast<f32>(1.0 / f64{flush(a)})))  \
  T(v_rcp_iflag_f32, 0, f32, (f32 a), flush(static_cast<f32>(1.0 / f64{flush(a)}))) \
  T(v_rsq_f32, 0, f32, (f32 a), static_cast<f32>(1.0 / std::sqrt(f64{flush(a)}))) \
  T(v_rcp_f64, 0, f64, (f64 a), 1.0 / a)                                       \
  T(v_rsq_f64, 0, f64, (f64 a), 1.0 / std::sqrt(a))                            \
  T(v_sqrt_f32, 0, f32, (f32 a), static_cast<f32>(std::sqrt(f64{flush(a)})))   \
  T(v_sqrt_f64, 0, f64, (f64 a), std::sqrt(a))                                 \
  T(v_sin_f32, 0, f32, (f32 a), sinTurns(flush(a)))                            \
  T(v_cos_f32, 0, f32, (f32 a), cosTurns(flush(a)))                            \
  T(v_exp_legacy_f32, 0, f32, (f32 a), flush(static_cast<f32>(std::exp2(f64{flush(a)})))) \
  T(v_log_legacy_f32, 0, f32, (f32 a), static_cast<f32>(std::log2(f64{flush(a)}))) \
  T(v_sin_f16, 0, f16, (f16 a), f16{sinTurns(static_cast<f32>(a.v))})          \
  T(v_cos_f16, 0, f16, (f16 a), f16{cosTurns(static_cast<f32>(a.v))})          \
  V(v_cvt_norm_i16_f16, 0, i16, (f16 a), static_cast<i16>(normalised(a.v, -1.0, 32767.0))) \
  V(v_cvt_norm_u16_f16, 0, u16, (f16 a), static_cast<u16>(normalised(a.v, 0.0, 65535.0))) \
  V(v_not_b32, 0, u32, (u32 a), ~a)                                   \
  V(v_bfrev_b32, 0, u32, (u32 a), __builtin_bitreverse32(a))                   \
  V(v_ffbh_u32, 0, u32, (u32 a), a ? static_cast<u32>(__builtin_clz(a)) : ~0u) \
  V(v_ffbl_b32, 0, u32, (u32 a), a ? static_cast<u32>(__builtin_ctz(a)) : ~0u) \
  V(v_ffbh_i32, 0, u32, (i32 a), findSignChange(a))                            \
  V(v_frexp_exp_i32_f64, 0, i32, (f64 a), frexpExponent(a))                    \
  D(v_frexp_mant_f64, 0, f64, (f64 a), frexpMantissa(a))                       \
  D(v_fract_f64, 0, f64, (f64 a), fract(a))                                    \
  V(v_frexp_exp_i32_f32, 0, i32, (f32 a), frexpExponent(a))                    \
  V(v_frexp_mant_f32, 0, f32, (f32 a), static_cast<f32>(frexpMantissa(a)))     \
  V(v_cvt_f16_u16, 0, f16, (u16 a), f16{static_cast<f64>(a)})                  \
  V(v_cvt_f16_i16, 0, f16, (i16 a), f16{static_cast<f64>(a)})                  \
  V(v_cvt_u16_f16, 0, u16, (f16 a), toInteger<u16>(std::trunc(a.v)))           \
  V(v_cvt_i16_f16, 0, i16, (f16 a), toInteger<i16>(std::trunc(a.v)))           \
  T(v_rcp_f16, 0, f16, (f16 a), f16{1.0 / a.v})                                \
  T(v_sqrt_f16, 0, f16, (f16 a), f16{std::sqrt(a.v)})                          \
  T(v_rsq_f16, 0, f16, (f16 a), f16{1.0 / std::sqrt(a.v)})                     \
  T(v_log_f16, 0, f16, (f16 a), f16{std::log2(a.v)})                           \
  T(v_exp_f16, 0, f16, (f16 a), f16{std::exp2(a.v)})                           \
  V(v_frexp_mant_f16, 0, f16, (f16 a), f16{frexpMantissa(a.v)})                \
  V(v_frexp_exp_i16_f16, 0, i16, (f16 a), static_cast<i16>(frexpExponent(a.v))) \
  V(v_floor_f16, 0, f16, (f16 a), f16{std::floor(a.v)})                        \
  V(v_ceil_f16, 0, f16, (f16 a), f16{std::ceil(a.v)})                          \
  V(v_trunc_f16, 0, f16, (f16 a), f16{std::trunc(a.v)})                        \
  V(v_rndne_f16, 0, f16, (f16 a), f16{roundEven(a.v)})                         \
  V(v_fract_f16, 0, f16, (f16 a), f16{fractHalf(a.v)})                         \
  V(v_sat_pk_u8_i16, 0, u32, (u32 a), saturateByte(static_cast<i16>(a)) | saturateByte(static_cast<i16>(a >> 16)) << 8) \
  V(v_accvgpr_mov_b32, 0, u32, (u32 a), a)                            \
  V(v_cvt_f32_fp8, 0, f32, (u32 a), fp8ToFloat(static_cast<uint8_t>(a)))       \
  V(v_cvt_f32_bf8, 0, f32, (u32 a), bf8ToFloat(static_cast<uint8_t>(a)))       \
  D(v_cvt_pk_f32_fp8, 0, u64, (u32 a), pair(fp8ToFloat(static_cast<uint8_t>(a)), fp8ToFloat(static_cast<uint8_t>(a >> 8)))) \
  D(v_cvt_pk_f32_bf8, 0, u64, (u32 a), pair(bf8ToFloat(static_cast<uint8_t>(a)), bf8ToFloat(static_cast<uint8_t>(a >> 8))))
// clang-format on

SIMD_BEGIN

#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_STRUCT(NAME, 0, Valu, 4, F, R, A, __VA_ARGS__)
VOP1_TABLE(V, V, V)
#undef V

static void readFirstLane(Wave &w, const Inst &i) {
  uint64_t exec = w.exec();
  unsigned lane = exec ? static_cast<unsigned>(__builtin_ctzll(exec)) : 0;
  w.sgpr[i.dst & 127] =
      i.src[0] >= kVgpr
          ? w.row(i.src[0])[lane]
          : static_cast<uint32_t>(scalarOperand(w, i, i.src[0], Kind::B32));
}

// v_clrexcp clears exception flags, which nothing here sets.
static void vectorNop(Wave &, const Inst &) {}

// v_swap_b32 exchanges two registers in the active lanes.
static void swapRegisters(Wave &w, const Inst &i) {
  uint32_t *a = w.row(i.dst), *b = w.row(i.src[0]);
  uint64_t exec = w.exec();
  for (unsigned l = 0; l < 64; ++l)
    if (exec >> l & 1)
      std::swap(a[l], b[l]);
}

#define SECTION "12.8. VOP1 Instructions"
#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
#define T(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Trans, 16, F, R, A, __VA_ARGS__)
#define D(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 8, F, R, A, __VA_ARGS__)
// clang-format off
static const OpInfo table[] = {
    VOP1_TABLE(V, T, D)
    {"v_exp_f32", SECTION, exponential, Class::Trans, 16, Kind::F32,
     {Kind::F32}, 0},
    {"v_readfirstlane_b32", SECTION, readFirstLane, Class::Valu, 4, Kind::B32,
     {Kind::B32}, kScalarDst},
    {"v_swap_b32", SECTION, swapRegisters, Class::Valu, 4, Kind::B32,
     {Kind::B32}, kReadsDst},
    {"v_nop", SECTION, vectorNop, Class::Valu, 4, Kind::None, {}, 0},
    {"v_clrexcp", SECTION, vectorNop, Class::Valu, 4, Kind::None, {}, 0},
};
// clang-format on

absl::Span<const OpInfo> vop1Table() { return table; }

SIMD_END
