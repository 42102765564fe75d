//===- Fragments.h - Pieces that kernels are composed of --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each fragment turns tiles into tiles and knows nothing of memory, tokens or
// the launch it ends up in: the same norm serves as a kernel of its own, in
// front of a quantisation and behind a product. Tiles have M rows; a value that
// the specification marks "-> bf16" is returned as a bf16 tile, everything else
// as f32. The order of every sum is that of `tile.reduce` and `tile.dot`, so no
// result depends on M.

#ifndef DSV4C_KERNELS_FRAGMENTS_H
#define DSV4C_KERNELS_FRAGMENTS_H

#include "dsv4c/Kernels/TileBuilder.h"

namespace dsv4c::kernels {

//===--- Norms (spec 4.4) -------------------------------------------------===//

/// x [M, D], weight [D] f32 -> bf16 [M, D].
mlir::Value rmsNorm(TileBuilder &b, mlir::Value x, mlir::Value weight,
                    double eps);
/// x [M, d] bf16 -> bf16 [M, d], every intermediate rounded to bf16.
mlir::Value headNorm(TileBuilder &b, mlir::Value x, double eps);
/// 1 / sqrt(mean of the squares of each row + eps): x [M, D] f32 -> [M].
mlir::Value rowRsqrt(TileBuilder &b, mlir::Value x, double eps);

//===--- Rotary embedding and Hadamard (spec 4.5, 4.8) --------------------===//

/// Rotates the last 2P channels: x [M, d] bf16, rows [M, 2P] of the table (P
/// cosines, P sines) -> bf16 [M, d].
mlir::Value rope(TileBuilder &b, mlir::Value x, mlir::Value rows, bool inverse);
/// x [M, c] bf16, c a power of two -> bf16 [M, c].
mlir::Value hadamard(TileBuilder &b, mlir::Value x);

//===--- Quantisation (spec 3.3 to 3.5) -----------------------------------===//

/// Codes [M, K] (e2m1: bytes [M, K / 2], even column in the low nibble) and
/// scales [M, K / block].
struct Quantized {
  mlir::Value codes;
  mlir::Value scales;
};
/// x [M, K] bf16 by the official rule, in the format and blocks of `type`.
Quantized quantize(TileBuilder &b, mlir::Value x, fp8::ScaledType type);
/// The values [M, K] f32 of E4M3 codes.
mlir::Value dequantize(TileBuilder &b, Quantized tiles, fp8::ScaledType type);
/// The values of e2m1 codes: those of even and those of odd columns, [M, K / 2]
/// each.
std::pair<mlir::Value, mlir::Value>
dequantizeHalves(TileBuilder &b, Quantized tiles, fp8::ScaledType type);

//===--- Hyper-connections (spec 4.3) -------------------------------------===//

/// pre [n], post [n], comb [n, n] from the mixes [(2 + n) n] of one token.
struct HcWeights {
  mlir::Value pre;
  mlir::Value post;
  mlir::Value comb;
};
/// mixes [(2 + n) n] = rho (fn streams), base of the same length, scale [3],
/// all f32.
HcWeights hcWeights(TileBuilder &b, mlir::Value mixes, mlir::Value base,
                    mlir::Value scale, int64_t streams, int64_t iterations,
                    double hcEps);
/// sigmoid(mixes scale + base) + hcEps: mixes [n], scale [1].
mlir::Value hcPre(TileBuilder &b, mlir::Value mixes, mlir::Value base,
                  mlir::Value scale, double hcEps);
/// bf16(sum_j pre_j streams_j): pre [n], streams [n, D] bf16 -> [D].
mlir::Value hcCombine(TileBuilder &b, mlir::Value pre, mlir::Value streams);
/// Stream k after the sub-layer: output [M, N], streams n times [M, N], post
/// [M, n], comb [M, n n] -> bf16 [M, N].
mlir::Value hcMergeStream(TileBuilder &b, mlir::Value output,
                          llvm::ArrayRef<mlir::Value> streams, mlir::Value post,
                          mlir::Value comb, int64_t k);

//===--- Experts (spec 4.9) -----------------------------------------------===//

/// sqrt(softplus(z)), stable for every z (pitfall P46).
mlir::Value sqrtSoftplus(TileBuilder &b, mlir::Value z);
/// Indices of the k largest elements of scores [E], the lower first among
/// equals, as k index scalars in order of selection.
llvm::SmallVector<mlir::Value> largest(TileBuilder &b, mlir::Value scores,
                                       int64_t k);
/// The k ids in increasing order, as i32 [k].
mlir::Value sortIds(TileBuilder &b, mlir::Value ids);
/// bf16(weight (silu(min(gate, limit)) clamp(up))): gate, up [M, N] bf16,
/// weight [M] f32 or null.
mlir::Value swiglu(TileBuilder &b, mlir::Value gate, mlir::Value up,
                   mlir::Value weight, double limit);

} // namespace dsv4c::kernels

#endif // DSV4C_KERNELS_FRAGMENTS_H
