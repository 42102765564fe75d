//===- Mfma.cpp - Matrix instructions -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// D = A x B + C for one or more blocks of M x N x K. Lane l holds, with
// g = l / M, row l % M of A (column of B) and its P packed values are k = P*g
// .. P*g + P-1; with more than one block g is the block instead. D and C of
// 32-bit types: register r of lane l is column l % N and row
// 8*(r/4) + 4*(l/32) + r%4 (M = 32), 4*(l/16) + r%4 (M = 16), r (M = 4).
//
// Products are exact in f32 for the 8- and 16-bit types; sums run over k in
// ascending order, each rounded to nearest even with subnormals kept. Hardware
// documents no order, so only results that don't round agree to the bit.
//
//===----------------------------------------------------------------------===//

#include "MatrixElements.h"

SIMD_BEGIN

/// 8-bit operands of recent instructions: a tile uses each several times, and
/// comparing is cheaper than converting.
struct Unpacked {
  const void *kind = nullptr;
  alignas(64) uint32_t regs[128];
  alignas(64) f32 rows[512];

  bool holds(const uint32_t *other, unsigned words) const {
    IntRow16 difference = 0;
    for (unsigned k = 0; k < 64 * words; k += 16) {
      IntRow16 x, y;
      std::memcpy(&x, regs + k, 64);
      std::memcpy(&y, other + k, 64);
      difference |= x ^ y;
    }
    return __builtin_reduce_or(difference) == 0;
  }
};
static thread_local Unpacked recent[2][4];

/// Operand k unpacked, in `buffer` or where it was kept.
template <class E, unsigned P, unsigned Width, class T>
inline const T *unpacked(const Inst &i, unsigned k, const uint32_t *regs,
                         T *buffer) {
  if constexpr (isSmallFloat<E>) {
    constexpr unsigned words = P / E::perWord;
    static constexpr char kind = 0; // Its address tells instances apart.
    Unpacked &kept = recent[k][i.src[k] / words % 4];
    if (kept.kind != &kind || !kept.holds(regs, words)) {
      kept.kind = &kind;
      std::memcpy(kept.regs, regs, 256 * words);
      unpack<E, P, Width>(regs, kept.rows);
    }
    return kept.rows;
  } else {
    unpack<E, P, Width>(regs, buffer);
    return buffer;
  }
}

/// blgp permutes 16-lane groups of B before use.
inline const uint32_t *permuteB(const uint32_t *regs, unsigned words,
                                unsigned blgp, uint32_t *buffer) {
  if (blgp == 0)
    return regs;
  static constexpr uint8_t groups[8][4] = {
      {0, 1, 2, 3}, {0, 1, 0, 1}, {2, 3, 2, 3}, {1, 2, 3, 0},
      {0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}};
  for (unsigned j = 0; j < words; ++j)
    for (unsigned g = 0; g < 4; ++g)
      std::memcpy(buffer + 64 * j + 16 * g,
                  regs + 64 * j + 16 * groups[blgp][g], 64);
  return buffer;
}

inline const uint32_t *mfmaOperand(Wave &w, const Inst &i, unsigned k,
                                   unsigned words, uint32_t *buffer) {
  if (i.src[k] >= kVgpr)
    return w.row(i.src[k]);
  uint32_t value =
      static_cast<uint32_t>(scalarOperand(w, i, i.src[k], Kind::F32));
  std::fill_n(buffer, 64 * words, value);
  return buffer;
}

#if defined(DSV4EMU_SIMD_ARCH)
constexpr bool kHostHasFma = true;
#else
constexpr bool kHostHasFma = false;
#endif

/// acc += a * b with one rounding. Where the product is exact anyway, two steps
/// give the same and are faster on a host without fused ones.
template <bool Fused>
inline __attribute__((always_inline)) void multiplyAdd(f32 a, const Row16 &b,
                                                       Row16 &acc) {
  if constexpr (Fused)
    acc = __builtin_elementwise_fma(Row16(a), b, acc);
  else
    acc = a * b + acc;
}
template <bool Fused>
inline __attribute__((always_inline)) void multiplyAdd(i32 a, const IntRow16 &b,
                                                       IntRow16 &acc) {
  acc = a * b + acc;
}

/// Position of D(row, column 0) of a block in the register array: lanes of one
/// row are adjacent for all three shapes.
template <unsigned M>
constexpr unsigned placeOfRow(unsigned block, unsigned row) {
  if constexpr (M == 32)
    return (16 * block + 4 * (row / 8) + row % 4) * 64 + row / 4 % 2 * 32;
  else if constexpr (M == 16)
    return (4 * block + row % 4) * 64 + row / 4 * 16;
  else
    return row * 64 + block * 4;
}

/// out = in + the products of one block; Width values of a or b share k. Both
/// are register rows, the same or apart.
template <bool Fused, unsigned M, unsigned K, unsigned Width, class T>
inline void accumulate(const T *a, const T *b, const uint32_t *in,
                       uint32_t *out, unsigned block) {
  using V = std::conditional_t<std::is_same_v<T, i32>, IntRow16, Row16>;
  if constexpr (M >= 16) {
    constexpr unsigned rows = 16;
    for (unsigned row0 = 0; row0 < M; row0 += rows)
      for (unsigned col = 0; col < M; col += 16) {
        V acc[rows];
        for (unsigned r = 0; r < rows; ++r)
          std::memcpy(&acc[r], in + placeOfRow<M>(block, row0 + r) + col, 64);
        const T *ak = a + row0, *bk = b + col;
        for (unsigned k = 0; k < K; ++k, ak += Width, bk += Width) {
          V row;
          std::memcpy(&row, bk, 64);
          for (unsigned r = 0; r < rows; ++r)
            multiplyAdd<Fused>(ak[r], row, acc[r]);
        }
        for (unsigned r = 0; r < rows; ++r)
          std::memcpy(out + placeOfRow<M>(block, row0 + r) + col, &acc[r], 64);
      }
  } else {
    for (unsigned row = 0; row < M; ++row)
      for (unsigned col = 0; col < M; ++col) {
        T s = bitCast<T>(in[placeOfRow<M>(block, row) + col]);
        for (unsigned k = 0; k < K; ++k) {
          T x = a[k * Width + row], y = b[k * Width + col];
          if constexpr (Fused && !std::is_same_v<T, i32>)
            s = std::fma(x, y, s);
          else
            s = x * y + s;
        }
        out[placeOfRow<M>(block, row) + col] = bitCast<u32>(s);
      }
  }
}

typedef uint16_t Halves32 __attribute__((ext_vector_type(32)));

/// Exponents of the smallest and the largest nonzero bfloat.
struct ExponentRange {
  ExponentRange(const uint32_t *regs, unsigned words) {
    Halves32 largest = 0, below = Halves32(uint16_t{0xffff});
    for (unsigned k = 0; k < 64 * words; k += 16) {
      Halves32 v;
      std::memcpy(&v, regs + k, 64);
      v &= Halves32(uint16_t{0x7fff});
      largest = __builtin_elementwise_max(largest, v);
      below = __builtin_elementwise_min(below, v - Halves32(uint16_t{1}));
    }
    most = unsigned{__builtin_reduce_max(largest)} >> 7;
    least = (unsigned{__builtin_reduce_min(below)} + 1) >> 7;
  }
  unsigned least, most;
};

/// Whether all products of two finite bfloats are normal numbers or zero, and
/// therefore exact in f32.
inline bool productsAreExact(const ExponentRange &a, const ExponentRange &b) {
  return a.least > 0 && b.least > 0 && a.most < 255 && b.most < 255 &&
         a.least + b.least >= 128 && a.most + b.most <= 380;
}

/// P: packed values per lane and operand.
template <class EA, class EB, unsigned M, unsigned Blocks, unsigned P>
void mfma(Wave &w, const Inst &i) {
  using T = decltype(EA::get(0, 0));
  constexpr bool isBfloat = std::is_same_v<EA, Bfloat>;
  // bfloat products may underflow, and are two steps then at every level.
  constexpr bool fused = EA::perWord == 1 || (kHostHasFma && !isBfloat);
  constexpr unsigned words = P / EA::perWord;
  constexpr unsigned K = Blocks == 1 ? 64 / M * P : P;
  // Lanes that share k, and with it the length of an unpacked row.
  constexpr unsigned width = Blocks == 1 ? M : 64;
  constexpr unsigned regs = M * M * Blocks / 64;
  HostMode mode(w, HostMode::kIeee);

  alignas(64) uint32_t buffer[32 * 64], permuted[words * 64];
  alignas(64) T bufferA[K * width], bufferB[K * width];
  const uint32_t *regsA = mfmaOperand(w, i, 0, words, buffer);
  const T *a = unpacked<EA, P, width>(i, 0, regsA, bufferA);
  const uint32_t *regsB =
      permuteB(mfmaOperand(w, i, 1, words, buffer), words, i.blgp, permuted);
  const T *b = unpacked<EB, P, width>(i, 1, regsB, bufferB);
  // MODE.FP_DENORM flushes inputs of the plain f32 forms only.
  if constexpr (std::is_same_v<EA, Single>)
    if (!(w.mode >> 4 & 1))
      for (unsigned k = 0; k < K * width; ++k) {
        bufferA[k] = flush(bufferA[k]);
        bufferB[k] = flush(bufferB[k]);
      }
  // Where the host fuses at all, exact products may be.
  constexpr bool mayFuse = isBfloat && kHostHasFma && M >= 16;
  bool exact = mayFuse && productsAreExact(ExponentRange(regsA, words),
                                           ExponentRange(regsB, words));
  const uint32_t *c = mfmaOperand(w, i, 2, regs, buffer);
  uint32_t *d = w.row(i.dst); // Matrix instructions ignore EXEC.
  // One tile is read before it is written; others may meet another's input.
  if (!(M == 16 && Blocks == 1) && c != d) {
    std::memmove(d, c, regs * 256);
    c = d;
  }
  for (unsigned block = 0; block < Blocks; ++block) {
    // cbsz makes 2^cbsz neighbouring blocks share the A of block abid.
    unsigned group = (1u << i.cbsz) - 1;
    unsigned from = Blocks == 1 ? 0 : (block & ~group) | (i.abid & group);
    const T *blockA = a + from * M, *blockB = b + block * M;
    if (exact)
      accumulate<fused || mayFuse, M, K, width>(blockA, blockB, c, d, block);
    else
      accumulate<fused, M, K, width>(blockA, blockB, c, d, block);
  }
}

// blgp negates A, B and C in the double-precision forms.
static void mfmaDouble16(Wave &w, const Inst &i) {
  uint32_t buffer[8 * 64];
  const uint32_t *a = w.row(i.src[0]), *b = w.row(i.src[1]);
  const uint32_t *c = i.src[2] >= kVgpr ? w.row(i.src[2]) : buffer;
  if (c == buffer) {
    uint64_t value = scalarOperand(w, i, i.src[2], Kind::F64);
    for (unsigned r = 0; r < 8; ++r)
      std::fill_n(buffer + 64 * r, 64,
                  static_cast<uint32_t>(value >> 32 * (r % 2)));
  }
  f64 sa = i.blgp & 1 ? -1 : 1, sb = i.blgp & 2 ? -1 : 1,
      sc = i.blgp & 4 ? -1 : 1;
  uint32_t out[8 * 64];
  for (unsigned r = 0; r < 4; ++r)
    for (unsigned l = 0; l < 64; ++l) {
      unsigned row = 4 * r + l / 16, col = l % 16;
      f64 sum = sc * Type<f64>::load(w, c + 128 * r, l);
      for (unsigned k = 0; k < 4; ++k)
        sum = std::fma(sa * Type<f64>::load(w, a, 16 * k + row),
                       sb * Type<f64>::load(w, b, 16 * k + col), sum);
      Type<f64>::store(w, out + 128 * r, l, sum);
    }
  std::memcpy(w.row(i.dst), out, sizeof(out));
}

static void mfmaDouble4(Wave &w, const Inst &i) {
  uint32_t buffer[2 * 64];
  const uint32_t *a = w.row(i.src[0]), *b = w.row(i.src[1]);
  const uint32_t *c = i.src[2] >= kVgpr ? w.row(i.src[2]) : buffer;
  if (c == buffer) {
    uint64_t value = scalarOperand(w, i, i.src[2], Kind::F64);
    for (unsigned r = 0; r < 2; ++r)
      std::fill_n(buffer + 64 * r, 64, static_cast<uint32_t>(value >> 32 * r));
  }
  f64 sa = i.blgp & 1 ? -1 : 1, sb = i.blgp & 2 ? -1 : 1,
      sc = i.blgp & 4 ? -1 : 1;
  uint32_t out[2 * 64];
  for (unsigned l = 0; l < 64; ++l) {
    unsigned col = l % 4, block = l / 4 % 4, row = l / 16;
    f64 sum = sc * Type<f64>::load(w, c, l);
    for (unsigned k = 0; k < 4; ++k)
      sum = std::fma(sa * Type<f64>::load(w, a, 16 * k + 4 * block + row),
                     sb * Type<f64>::load(w, b, 16 * k + 4 * block + col), sum);
    Type<f64>::store(w, out, l, sum);
  }
  std::memcpy(w.row(i.dst), out, sizeof(out));
}

#define SECTION "12.10. VOP3P Instructions"
constexpr Kind kAccumulator(unsigned m, unsigned blocks) {
  return m * m * blocks / 64 == 4    ? Kind::V4
         : m * m * blocks / 64 == 16 ? Kind::V16
                                     : Kind::V32;
}
#define M(NAME, EA, EB, SIZE, BLOCKS, PACKED, CYCLES)                          \
  {                                                                            \
    NAME, SECTION, mfma<EA, EB, SIZE, BLOCKS, PACKED>, Class::Mfma, CYCLES,    \
        kAccumulator(SIZE, BLOCKS),                                            \
        {PACKED / EA::perWord == 2   ? Kind::B64                               \
         : PACKED / EA::perWord == 4 ? Kind::V4                                \
                                     : Kind::B32,                              \
         PACKED / EB::perWord == 2   ? Kind::B64                               \
         : PACKED / EB::perWord == 4 ? Kind::V4                                \
                                     : Kind::B32,                              \
         kAccumulator(SIZE, BLOCKS)},                                          \
        0                                                                      \
  }
// Name, types of A and B, M = N, blocks, values per lane, cycles (four per
// pass).
// clang-format off
static const OpInfo table[] = {
    M("v_mfma_f32_16x16x32_fp8_fp8", Fp8, Fp8, 16, 1, 8, 16),
    M("v_mfma_f32_16x16x32_fp8_bf8", Fp8, Bf8, 16, 1, 8, 16),
    M("v_mfma_f32_16x16x32_bf8_fp8", Bf8, Fp8, 16, 1, 8, 16),
    M("v_mfma_f32_16x16x32_bf8_bf8", Bf8, Bf8, 16, 1, 8, 16),
    M("v_mfma_f32_32x32x16_fp8_fp8", Fp8, Fp8, 32, 1, 8, 32),
    M("v_mfma_f32_32x32x16_fp8_bf8", Fp8, Bf8, 32, 1, 8, 32),
    M("v_mfma_f32_32x32x16_bf8_fp8", Bf8, Fp8, 32, 1, 8, 32),
    M("v_mfma_f32_32x32x16_bf8_bf8", Bf8, Bf8, 32, 1, 8, 32),
    M("v_mfma_f32_32x32x8_f16", Half, Half, 32, 1, 4, 32),
    M("v_mfma_f32_16x16x16_f16", Half, Half, 16, 1, 4, 16),
    M("v_mfma_f32_32x32x4_2b_f16", Half, Half, 32, 2, 4, 64),
    M("v_mfma_f32_16x16x4_4b_f16", Half, Half, 16, 4, 4, 32),
    M("v_mfma_f32_4x4x4_16b_f16", Half, Half, 4, 16, 4, 8),
    M("v_mfma_f32_32x32x8_bf16", Bfloat, Bfloat, 32, 1, 4, 32),
    M("v_mfma_f32_16x16x16_bf16", Bfloat, Bfloat, 16, 1, 4, 16),
    M("v_mfma_f32_32x32x4_2b_bf16", Bfloat, Bfloat, 32, 2, 4, 64),
    M("v_mfma_f32_16x16x4_4b_bf16", Bfloat, Bfloat, 16, 4, 4, 32),
    M("v_mfma_f32_4x4x4_16b_bf16", Bfloat, Bfloat, 4, 16, 4, 8),
    M("v_mfma_f32_32x32x2_f32", Single, Single, 32, 1, 1, 64),
    M("v_mfma_f32_16x16x4_f32", Single, Single, 16, 1, 1, 32),
    M("v_mfma_f32_32x32x1_2b_f32", Single, Single, 32, 2, 1, 64),
    M("v_mfma_f32_16x16x1_4b_f32", Single, Single, 16, 4, 1, 32),
    M("v_mfma_f32_4x4x1_16b_f32", Single, Single, 4, 16, 1, 8),
    M("v_mfma_f32_16x16x8_xf32", XFloat, XFloat, 16, 1, 2, 16),
    M("v_mfma_f32_32x32x4_xf32", XFloat, XFloat, 32, 1, 2, 32),
    M("v_mfma_i32_32x32x16_i8", Int8, Int8, 32, 1, 8, 32),
    M("v_mfma_i32_16x16x32_i8", Int8, Int8, 16, 1, 8, 16),
    M("v_mfma_i32_32x32x4_2b_i8", Int8, Int8, 32, 2, 4, 64),
    M("v_mfma_i32_16x16x4_4b_i8", Int8, Int8, 16, 4, 4, 32),
    M("v_mfma_i32_4x4x4_16b_i8", Int8, Int8, 4, 16, 4, 8),
    {"v_mfma_f64_16x16x4_f64", SECTION, mfmaDouble16, Class::Mfma, 32,
     Kind::V8, {Kind::B64, Kind::B64, Kind::V8}, 0},
    {"v_mfma_f64_4x4x4_4b_f64", SECTION, mfmaDouble4, Class::Mfma, 16,
     Kind::F64, {Kind::B64, Kind::B64, Kind::F64}, 0},
};
// clang-format on

absl::Span<const OpInfo> mfmaTable() { return table; }

SIMD_END
