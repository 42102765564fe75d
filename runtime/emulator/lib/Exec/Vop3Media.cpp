//===- Vop3Media.cpp - Sums of differences, cube maps, 2/pi ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "VectorMath.h"

SIMD_BEGIN

/// Sum of the byte differences of a and b; with `Masked`, where b is not 0.
template <bool Masked>
static inline u32 byteDistance(u32 a, u32 b) {
  u32 sum = 0;
  for (unsigned k = 0; k < 4; ++k)
    if (!Masked || byteOf(b, k))
      sum += absDiff(byteOf(a, k), byteOf(b, k));
  return sum;
}

/// Four sums of b against the four byte positions of a.
template <bool Masked>
static inline u64 quadDistance(const Lane &x, u64 a, u32 b, u64 c) {
  u64 out = 0;
  for (unsigned k = 0; k < 4; ++k) {
    u32 sum = byteDistance<Masked>(static_cast<u32>(a >> 8 * k), b) +
              static_cast<u32>(c >> 16 * k & 0xffff);
    if (x.i.clamp)
      sum = std::min(sum, 0xffffu);
    out |= u64{sum & 0xffff} << 16 * k;
  }
  return out;
}

// The same with 32-bit sums, in four registers.
static void quadDistance32(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[2][128], out[256];
  const uint32_t *a = fetch(w, i, 0, Kind::B64, buffers[0]);
  const uint32_t *b = fetch(w, i, 1, Kind::B32, buffers[1]);
  const uint32_t *c = w.row(i.src[2]);
  for (unsigned l = 0; l < 64; ++l)
    for (unsigned k = 0; k < 4; ++k) {
      u64 sum =
          u64{byteDistance<true>(
              static_cast<u32>(Type<u64>::load(w, a, l) >> 8 * k), b[l])} +
          c[64 * k + l];
      out[64 * k + l] =
          static_cast<u32>(i.clamp ? std::min<u64>(sum, 0xffffffffu) : sum);
    }
  for (unsigned k = 0; k < 4; ++k)
    writeRow(w.row(i.dst) + 64 * k, out + 64 * k, w.exec());
}

/// Face of a cube map that a direction points to: 0..5 for +x, -x, +y, -y, +z,
/// -z; ties go to z, then y.
static inline unsigned cubeFace(f32 a, f32 b, f32 c) {
  f32 x = std::fabs(a), y = std::fabs(b), z = std::fabs(c);
  if (z >= x && z >= y)
    return c < 0.0f ? 5 : 4;
  if (y >= x)
    return b < 0.0f ? 3 : 2;
  return a < 0.0f ? 1 : 0;
}
static inline f32 cubeS(f32 a, f32 b, f32 c) {
  f32 values[6] = {-c, c, a, a, a, -a};
  return values[cubeFace(a, b, c)];
}
static inline f32 cubeT(f32 a, f32 b, f32 c) {
  f32 values[6] = {-b, -b, c, -c, -b, -b};
  return values[cubeFace(a, b, c)];
}
static inline f32 cubeMajor(f32 a, f32 b, f32 c) {
  f32 values[3] = {a, b, c};
  return 2.0f * values[cubeFace(a, b, c) / 2];
}

/// The first 1201 bits of 2/pi behind the point.
static constexpr u64 kTwoOverPi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
    0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
    0x56033046fc7b0000};

/// Bits `first` .. `first` + 52 of 2/pi, counted behind the point.
static inline u64 twoOverPiBits(u64 first) {
  constexpr u64 words = sizeof(kTwoOverPi) / 8;
  u64 k = first / 64, shift = first % 64;
  u64 high = k < words ? kTwoOverPi[k] : 0;
  u64 low = k + 1 < words ? kTwoOverPi[k + 1] : 0;
  u64 window = shift ? high << shift | low >> (64 - shift) : high;
  return window >> 11;
}

/// v_trig_preop_f64: 53 bits of 2/pi that matter for an argument of this size,
/// `segment` windows on, scaled to their place; arguments so large that the
/// product could overflow get it larger by 2^128.
static inline f64 trigPreop(f64 v, u32 segment) {
  int exponent = static_cast<int>(bitCast<u64>(v) >> 52 & 0x7ff);
  int shift = static_cast<int>(segment & 31) * 53;
  if (exponent > 1077)
    shift += exponent - 1077;
  int scale = -53 - shift + (exponent >= 1968 ? 128 : 0);
  return std::ldexp(static_cast<f64>(twoOverPiBits(static_cast<u64>(shift))),
                    scale);
}

// clang-format off
#define MEDIA_TABLE(V)                                                         \
  V(v_msad_u8, u32, (u32 a, u32 b, u32 c), byteDistance<true>(a, b) + c)       \
  V(v_qsad_pk_u16_u8, u64, (u64 a, u32 b, u64 c), quadDistance<false>(x, a, b, c)) \
  V(v_mqsad_pk_u16_u8, u64, (u64 a, u32 b, u64 c), quadDistance<true>(x, a, b, c)) \
  V(v_cubeid_f32, f32, (f32 a, f32 b, f32 c), static_cast<f32>(cubeFace(a, b, c))) \
  V(v_cubesc_f32, f32, (f32 a, f32 b, f32 c), cubeS(a, b, c))                  \
  V(v_cubetc_f32, f32, (f32 a, f32 b, f32 c), cubeT(a, b, c))                  \
  V(v_cubema_f32, f32, (f32 a, f32 b, f32 c), cubeMajor(a, b, c))              \
  V(v_trig_preop_f64, f64, (f64 a, u32 b), trigPreop(a, b))
// clang-format on

#define SECTION "12.11. VOP3A & VOP3B Instructions"
#define V(NAME, R, A, ...)                                                     \
  DSV4EMU_VECTOR_STRUCT(NAME, SECTION, Valu, 4, 0, R, A, __VA_ARGS__)
MEDIA_TABLE(V)
#undef V

#define V(NAME, R, A, ...)                                                     \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 16, 0, R, A, __VA_ARGS__)
static const OpInfo table[] = {
    MEDIA_TABLE(V){"v_mqsad_u32_u8",
                   SECTION,
                   quadDistance32,
                   Class::Valu,
                   16,
                   Kind::V4,
                   {Kind::B64, Kind::B32, Kind::V4},
                   0},
};

absl::Span<const OpInfo> vop3MediaTable() { return table; }

SIMD_END
