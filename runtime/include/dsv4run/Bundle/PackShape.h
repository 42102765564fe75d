//===- PackShape.h - Sizes of packed weights ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many bytes each side of a pack program has. N, K are the rows and columns
// of one of E experts, W the panel width, N' = N rounded up to a multiple of W.
//
//   Tensor     [E][N'/W][K][W] elements, or [E][N][K] for W = 0
//   Scaled     codes likewise, a byte each (e4m3), or for e2m1 two a byte:
//              [E][N'/W][K/2][W], or [E][N][K/2] for W = 0;
//              scales [E][N'/W][K/C][W] for blocks of 1 x C in panels, else
//              [E][ceil(N/R)][ceil(K/C)] for blocks of R x C
//              With fragments of P bytes the codes or elements of a panel are
//              R bytes a row (e2m1 as in panels), stored
//              [W/16][R/64][4][16][16/P][P]: byte 64 b + 4 P s + P q + j of row
//              16 g + i at [g][b][q][i][s][j]
//   IdTable    [N][K] i32
//   RopeTable  [N][K] f32

#ifndef DSV4RUN_BUNDLE_PACKSHAPE_H
#define DSV4RUN_BUNDLE_PACKSHAPE_H

#include <cstdint>

#include "absl/status/statusor.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Bundle/Text.h"

namespace dsv4run {

struct PackShape {
  uint64_t experts = 1;
  uint64_t rows = 0;          ///< N
  uint64_t columns = 0;       ///< K
  uint64_t panel = 0;         ///< W
  uint64_t fragment = 0;      ///< P; 0 for none
  uint64_t padded_rows = 0;   ///< N'; N for W = 0
  uint64_t element_bytes = 0; ///< of a packed element; 1 for codes
  bool nibbles = false;       ///< e2m1
  uint64_t row_bytes = 0;     ///< of a row of one expert, as stored or packed
  uint64_t bytes = 0;         ///< of the buffer
  uint64_t block_rows = 0;    ///< R
  uint64_t block_columns = 0; ///< C
  bool panel_scales = false;
  uint64_t scale_rows = 0; ///< of a stored tensor of scales
  uint64_t scale_columns = 0;
  uint64_t scale_bytes = 0; ///< of the buffer of scales
};

/// Sizes of a pack program, or what is inconsistent in it; the message starts
/// with the field ("rows: ...").
absl::StatusOr<PackShape> ShapeOfPack(const schema::PackProgram &pack);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_PACKSHAPE_H
