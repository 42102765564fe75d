//===- Vop3p.cpp - Packed and mixed-precision vector instructions ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// op_sel chooses the half of each operand for the low result, op_sel_hi for
// the high one; neg and neg_hi likewise.
//
//===----------------------------------------------------------------------===//

#include "Dot.h"
#include "VectorMath.h"

// clang-format off
#define PACKED16_TABLE(P)                                                      \
  P(v_pk_mad_i16, i16, (i16 a, i16 b, i16 c), saturate<i16>(x, i32{a} * b + c)) \
  P(v_pk_mul_lo_u16, u16, (u16 a, u16 b), static_cast<u16>(u32{a} * b))        \
  P(v_pk_add_i16, i16, (i16 a, i16 b), saturate<i16>(x, i32{a} + b))           \
  P(v_pk_sub_i16, i16, (i16 a, i16 b), saturate<i16>(x, i32{a} - b))           \
  P(v_pk_lshlrev_b16, u16, (u16 a, u16 b), static_cast<u16>(b << (a & 15)))    \
  P(v_pk_lshrrev_b16, u16, (u16 a, u16 b), static_cast<u16>(b >> (a & 15)))    \
  P(v_pk_ashrrev_i16, i16, (u16 a, i16 b), static_cast<i16>(b >> (a & 15)))    \
  P(v_pk_max_i16, i16, (i16 a, i16 b), std::max(a, b))                         \
  P(v_pk_min_i16, i16, (i16 a, i16 b), std::min(a, b))                         \
  P(v_pk_mad_u16, u16, (u16 a, u16 b, u16 c), saturate<u16>(x, i64{a} * b + c)) \
  P(v_pk_add_u16, u16, (u16 a, u16 b), saturate<u16>(x, i32{a} + b))           \
  P(v_pk_sub_u16, u16, (u16 a, u16 b), saturate<u16>(x, i32{a} - b))           \
  P(v_pk_max_u16, u16, (u16 a, u16 b), std::max(a, b))                         \
  P(v_pk_min_u16, u16, (u16 a, u16 b), std::min(a, b))                         \
  P(v_pk_fma_f16, f16, (f16 a, f16 b, f16 c), f16{a.v * b.v + c.v})            \
  P(v_pk_add_f16, f16, (f16 a, f16 b), f16{a.v + b.v})                         \
  P(v_pk_mul_f16, f16, (f16 a, f16 b), f16{a.v * b.v})                         \
  P(v_pk_min_f16, f16, (f16 a, f16 b), f16{minNum(a.v, b.v)})                  \
  P(v_pk_max_f16, f16, (f16 a, f16 b), f16{maxNum(a.v, b.v)})
// clang-format on

SIMD_BEGIN

#define P(NAME, R, ARGS, ...)                                                  \
  DSV4EMU_VECTOR_STRUCT(NAME, 0, Valu, 4, 0, R, ARGS, __VA_ARGS__)
PACKED16_TABLE(P)
#undef P

/// Picks half `high` of each lane of operand k and applies its sign.
template <class A>
static void selectHalf(const Inst &i, unsigned k, bool high,
                       const uint32_t *from, uint32_t *to) {
  unsigned shift = (high ? i.opSelHi : i.opSel) >> k & 1 ? 16 : 0;
  uint32_t sign = 0;
  if (std::is_same_v<A, f16> && ((high ? i.negHi : i.neg) >> k & 1))
    sign = 0x8000;
  for (unsigned l = 0; l < 64; ++l)
    to[l] = ((from[l] >> shift) & 0xffff) ^ sign;
}

template <class Op, class R, class... A, size_t... K>
static inline void packed16Run(Wave &w, const Inst &i,
                               R (*)(const Lane &, A...),
                               std::index_sequence<K...>) {
  alignas(64) uint32_t buffers[sizeof...(A)][64], halves[sizeof...(A)][64];
  alignas(64) uint32_t results[2][64], out[64];
  const uint32_t *p[] = {fetch(w, i, K, Type<A>::kind, buffers[K])...};
  for (unsigned high = 0; high < 2; ++high) {
    (selectHalf<A>(i, K, high, p[K], halves[K]), ...);
    for (unsigned l = 0; l < 64; ++l)
      Type<R>::store(
          w, results[high], l,
          Op::value(Lane{w, i, l}, Type<A>::load(w, halves[K], l)...));
    if (std::is_same_v<R, f16> && i.clamp)
      for (uint32_t &v : results[high])
        v = toHalf(clampFloat(w, halfToFloat(static_cast<u16>(v))));
  }
  for (unsigned l = 0; l < 64; ++l)
    out[l] = (results[0][l] & 0xffff) | results[1][l] << 16;
  writeRow(w.row(i.dst), out, w.exec());
}

template <class Op, class R, class... A>
static void packed16Handler(Wave &w, const Inst &i) {
  packed16Run<Op>(w, i, static_cast<R (*)(const Lane &, A...)>(nullptr),
                  std::index_sequence_for<A...>{});
}

template <class Op, class R, class... A>
constexpr OpInfo makePacked(const char *name, const char *section,
                            R (*)(const Lane &, A...)) {
  OpInfo info{name,        section, &packed16Handler<Op, R, A...>,
              Class::Valu, 4,       Kind::B32,
              {},          0};
  Kind kinds[] = {Type<A>::kind...};
  for (unsigned k = 0; k < sizeof...(A); ++k)
    info.src[k] = kinds[k];
  return info;
}

/// Two f32 operations on register pairs.
template <class F>
static void packed32(Wave &w, const Inst &i, unsigned count, F formula) {
  alignas(64) uint32_t buffers[3][128], out[128];
  const uint32_t *p[3] = {};
  for (unsigned k = 0; k < count; ++k) {
    p[k] = i.src[k] >= kVgpr ? w.row(i.src[k]) : buffers[k];
    if (i.src[k] < kVgpr) {
      // Scalar pairs have two halves; a constant has only a low one.
      uint64_t value = i.src[k] < 128
                           ? scalarOperand(w, i, i.src[k], Kind::B64)
                           : scalarOperand(w, i, i.src[k], Kind::F32);
      std::fill_n(buffers[k], 64, static_cast<uint32_t>(value));
      std::fill_n(buffers[k] + 64, 64, static_cast<uint32_t>(value >> 32));
    }
  }
  for (unsigned high = 0; high < 2; ++high) {
    const uint32_t *q[3];
    uint32_t sign[3];
    for (unsigned k = 0; k < 3; ++k) {
      q[k] = k < count ? p[k] + 64 * ((high ? i.opSelHi : i.opSel) >> k & 1)
                       : p[0];
      sign[k] = (high ? i.negHi : i.neg) >> k & 1 ? 0x80000000u : 0;
    }
    for (unsigned l = 0; l < 64; ++l) {
      f32 r = formula(bitCast<f32>(q[0][l] ^ sign[0]),
                      bitCast<f32>(q[1][l] ^ sign[1]),
                      bitCast<f32>(q[2][l] ^ sign[2]));
      if (i.clamp)
        r = clampFloat(w, r);
      out[64 * high + l] = bitCast<u32>(r);
    }
  }
  writeRow(w.row(i.dst), out, w.exec());
  writeRow(w.row(i.dst) + 64, out + 64, w.exec());
}

static void packedFma(Wave &w, const Inst &i) {
  packed32(w, i, 3, [](f32 a, f32 b, f32 c) { return std::fma(a, b, c); });
}
static void packedMul(Wave &w, const Inst &i) {
  packed32(w, i, 2, [](f32 a, f32 b, f32) { return a * b; });
}
static void packedAdd(Wave &w, const Inst &i) {
  packed32(w, i, 2, [](f32 a, f32 b, f32) { return a + b; });
}

// op_sel[0] picks the dword of the first source for the low result, op_sel[1]
// that of the second for the high one.
static void packedMove(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[2][128], out[128];
  for (unsigned k = 0; k < 2; ++k) {
    if (i.src[k] >= kVgpr) {
      std::memcpy(buffers[k], w.row(i.src[k]), 512);
    } else {
      uint64_t v = scalarOperand(w, i, i.src[k], Kind::B64);
      std::fill_n(buffers[k], 64, static_cast<uint32_t>(v));
      std::fill_n(buffers[k] + 64, 64, static_cast<uint32_t>(v >> 32));
    }
    std::memcpy(out + 64 * k, buffers[k] + 64 * (i.opSel >> k & 1), 256);
  }
  writeRow(w.row(i.dst), out, w.exec());
  writeRow(w.row(i.dst) + 64, out + 64, w.exec());
}

// Each operand is f32, or the half that op_sel picks if op_sel_hi is set.
static f32 mixOperand(const Inst &i, unsigned k, u32 bits) {
  f32 v =
      i.opSelHi >> k & 1
          ? halfToFloat(static_cast<u16>(bits >> (i.opSel >> k & 1 ? 16 : 0)))
          : bitCast<f32>(bits);
  // In the mixed instructions neg_hi is the absolute value.
  if (i.negHi >> k & 1)
    v = std::fabs(v);
  return i.neg >> k & 1 ? -v : v;
}

template <unsigned Destination>
static void mixFma(Wave &w, const Inst &i) {
  alignas(64) uint32_t buffers[3][64], out[64];
  const uint32_t *p[3];
  for (unsigned k = 0; k < 3; ++k)
    p[k] =
        fetch(w, i, k, i.opSelHi >> k & 1 ? Kind::F16 : Kind::F32, buffers[k]);
  const uint32_t *old = w.row(i.dst);
  for (unsigned l = 0; l < 64; ++l) {
    f32 a = mixOperand(i, 0, p[0][l]), b = mixOperand(i, 1, p[1][l]),
        c = mixOperand(i, 2, p[2][l]);
    f32 r = std::fma(a, b, c);
    if (i.clamp)
      r = clampFloat(w, r);
    if (Destination == 0) {
      out[l] = bitCast<u32>(r);
      continue;
    }
    u32 h = toHalf(r, rounding16_64(w), fp16Overflow(w));
    out[l] = Destination == 1 ? (old[l] & 0xffff0000u) | h
                              : (old[l] & 0xffff) | h << 16;
  }
  writeRow(w.row(i.dst), out, w.exec());
}

#define DOT_TABLE(V)                                                           \
  V(v_dot2_f32_f16, 0, f32, (u32 a, u32 b, f32 c), dot2Half(a, b, c))          \
  V(v_dot2_i32_i16, 0, i32, (u32 a, u32 b, i32 c),                             \
    saturate<i32>(x, dotSignedWide<16>(a, b, c)))                              \
  V(v_dot2_u32_u16, 0, u32, (u32 a, u32 b, u32 c),                             \
    saturate<u32>(x, dotUnsignedWide<16>(a, b, c)))                            \
  V(v_dot4_i32_i8, 0, i32, (u32 a, u32 b, i32 c),                              \
    saturate<i32>(x, dotSignedWide<8>(a, b, c)))                               \
  V(v_dot4_u32_u8, 0, u32, (u32 a, u32 b, u32 c),                              \
    saturate<u32>(x, dotUnsignedWide<8>(a, b, c)))                             \
  V(v_dot8_i32_i4, 0, i32, (u32 a, u32 b, i32 c),                              \
    saturate<i32>(x, dotSignedWide<4>(a, b, c)))                               \
  V(v_dot8_u32_u4, 0, u32, (u32 a, u32 b, u32 c),                              \
    saturate<u32>(x, dotUnsignedWide<4>(a, b, c)))

#define SECTION "12.10. VOP3P Instructions"
#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_STRUCT(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
DOT_TABLE(V)
#undef V

// v_accvgpr_read and v_accvgpr_write move between the register files.
struct op_accvgpr {
  static inline u32 value(const Lane &, u32 a) { return a; }
};

#define P(NAME, R, ARGS, ...)                                                  \
  makePacked<op_##NAME>(#NAME, SECTION, &op_##NAME::value),
#define V(NAME, F, R, A, ...)                                                  \
  DSV4EMU_VECTOR_ROW(NAME, SECTION, Valu, 4, F, R, A, __VA_ARGS__)
#define ROW(NAME, HANDLER, DST, A, B, C, FLAGS)                                \
  {NAME, SECTION, HANDLER, Class::Valu, 4, DST, {A, B, C}, FLAGS},
// clang-format off
static const OpInfo table[] = {
    PACKED16_TABLE(P)
    DOT_TABLE(V)
    ROW("v_pk_fma_f32", packedFma, Kind::B64, Kind::B64, Kind::B64, Kind::B64, 0)
    ROW("v_pk_mul_f32", packedMul, Kind::B64, Kind::B64, Kind::B64, Kind::None, 0)
    ROW("v_pk_add_f32", packedAdd, Kind::B64, Kind::B64, Kind::B64, Kind::None, 0)
    ROW("v_pk_mov_b32", packedMove, Kind::B64, Kind::B64, Kind::B64, Kind::None, 0)
    ROW("v_fma_mix_f32", mixFma<0>, Kind::B32, Kind::B32, Kind::B32, Kind::B32, 0)
    ROW("v_fma_mixlo_f16", mixFma<1>, Kind::B32, Kind::B32, Kind::B32, Kind::B32, 0)
    ROW("v_fma_mixhi_f16", mixFma<2>, Kind::B32, Kind::B32, Kind::B32, Kind::B32, 0)
    makeVector<op_accvgpr>("v_accvgpr_read_b32", SECTION, Class::Valu, 4, 0, &op_accvgpr::value),
    makeVector<op_accvgpr>("v_accvgpr_write_b32", SECTION, Class::Valu, 4, 0, &op_accvgpr::value),
};
// clang-format on

absl::Span<const OpInfo> vop3pTable() { return table; }

SIMD_END
