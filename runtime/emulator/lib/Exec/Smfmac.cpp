//===- Smfmac.cpp - Sparse matrix instructions ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// D += A x B, where A keeps two of every four neighbours in a row (CDNA3 ISA,
// section 7.4). Lane l holds, with g = l / M, the P kept values of row l % M
// for the dense columns 2*P*g .. 2*P*g + 2*P-1, and of column l % M of B the
// same 2*P rows. Value p of A stands for dense column 2*P*g + 4*(p/2) + index,
// where index is two bits of the lane's index register. That register holds
// several sets of indices; cbsz = 0 lets abid pick one, else it is the first.
//
//===----------------------------------------------------------------------===//

#include "MatrixElements.h"

SIMD_BEGIN

/// M = N; A has P values per lane and B has 2 * P.
template <class EA, class EB, unsigned M>
static void smfmac(Wave &w, const Inst &i) {
  using T = decltype(EA::get(0, 0));
  constexpr unsigned P = 2 * EA::perWord, groups = 64 / M;
  constexpr unsigned regs = M * M / 64, indexBits = 2 * P;
  HostMode mode(w, HostMode::kIeee);

  alignas(64) T a[P][64], b[2 * P][64];
  unpack<EA, P, 64>(w.row(i.src[0]), a[0]);
  unpack<EB, 2 * P, 64>(w.row(i.src[1]), b[0]);
  const uint32_t *indices = w.row(i.src[2]);
  unsigned set = i.cbsz == 0 ? i.abid % (32 / indexBits) : 0;

  alignas(64) T sum[regs * 64];
  std::memcpy(sum, w.row(i.dst), sizeof(sum));
  for (unsigned reg = 0; reg < regs; ++reg)
    for (unsigned l = 0; l < 64; ++l) {
      unsigned row = M == 32 ? 8 * (reg / 4) + 4 * (l / 32) + reg % 4
                             : 4 * (l / 16) + reg % 4;
      unsigned column = l % M;
      T &s = sum[64 * reg + l];
      for (unsigned g = 0; g < groups; ++g) {
        uint32_t index = indices[M * g + row] >> indexBits * set;
        for (unsigned p = 0; p < P; ++p) {
          unsigned k = 4 * (p / 2) + (index >> 2 * p & 3);
          s = a[p][M * g + row] * b[k][M * g + column] + s;
        }
      }
    }
  // Matrix instructions ignore EXEC.
  std::memcpy(w.row(i.dst), sum, sizeof(sum));
}

#define SECTION "12.10. VOP3P Instructions"
#define S(NAME, EA, EB, SIZE, CYCLES)                                          \
  {NAME,                                                                       \
   SECTION,                                                                    \
   smfmac<EA, EB, SIZE>,                                                       \
   Class::Mfma,                                                                \
   CYCLES,                                                                     \
   SIZE == 16 ? Kind::V4 : Kind::V16,                                          \
   {Kind::B64, Kind::V4, Kind::B32, SIZE == 16 ? Kind::V4 : Kind::V16},        \
   kReadsDst},
// Name, types of A and B, M = N, cycles (four per pass).
// clang-format off
static const OpInfo table[] = {
    S("v_smfmac_f32_16x16x32_f16", Half, Half, 16, 16)
    S("v_smfmac_f32_32x32x16_f16", Half, Half, 32, 32)
    S("v_smfmac_f32_16x16x32_bf16", Bfloat, Bfloat, 16, 16)
    S("v_smfmac_f32_32x32x16_bf16", Bfloat, Bfloat, 32, 32)
    S("v_smfmac_i32_16x16x64_i8", Int8, Int8, 16, 16)
    S("v_smfmac_i32_32x32x32_i8", Int8, Int8, 32, 32)
    S("v_smfmac_f32_16x16x64_bf8_bf8", Bf8, Bf8, 16, 16)
    S("v_smfmac_f32_16x16x64_bf8_fp8", Bf8, Fp8, 16, 16)
    S("v_smfmac_f32_16x16x64_fp8_bf8", Fp8, Bf8, 16, 16)
    S("v_smfmac_f32_16x16x64_fp8_fp8", Fp8, Fp8, 16, 16)
    S("v_smfmac_f32_32x32x32_bf8_bf8", Bf8, Bf8, 32, 32)
    S("v_smfmac_f32_32x32x32_bf8_fp8", Bf8, Fp8, 32, 32)
    S("v_smfmac_f32_32x32x32_fp8_bf8", Fp8, Bf8, 32, 32)
    S("v_smfmac_f32_32x32x32_fp8_fp8", Fp8, Fp8, 32, 32)
};
// clang-format on

absl::Span<const OpInfo> smfmacTable() { return table; }

SIMD_END
