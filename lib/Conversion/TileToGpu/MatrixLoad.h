//===- MatrixLoad.h - Shared memory straight into fragments -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lanes of a warp read matrices of 8 x 8 elements of 16 bits together. For
// each matrix eight of them name a row, 16 bytes; every lane gets a register
// with two neighbours of a row or, transposed, of a column (PTX ISA, ldmatrix):
//
//   lane l reads    row l % 8 of matrix l / 8
//   register r      elements (l / 4, 2 (l % 4)) and (l / 4, 2 (l % 4) + 1) of
//   of lane l       matrix r, row first; transposed, column first
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_MATRIXLOAD_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_MATRIXLOAD_H

#include "SharedLayout.h"

namespace dsv4c::tile_to_gpu {

struct MatrixLoad {
  static constexpr int64_t kSize = 8;
  static constexpr int64_t kLaneBits = 5;
  static constexpr int64_t kBytes = 2;

  /// The row that a lane reads, by numbers of elements. Lanes beyond those of
  /// the last matrix name rows too, which nobody reads.
  LinearAccess rows;
  /// 1, 2 or 4.
  int64_t matrices = 0;
  bool isTransposed = false;

  /// The lanes whose rows are read.
  uint64_t lanes() const { return (uint64_t{1} << (matrices * kSize)) - 1; }
  /// The rows' positions in `layout`; none if it breaks them up.
  std::optional<LinearAccess> apply(const SharedLayout &layout) const;
};

/// The load that brings each thread the elements `numbers`, two in a register;
/// none if no matrices are what the lanes ask for.
std::optional<MatrixLoad> findMatrixLoad(const LinearAccess &numbers);

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_MATRIXLOAD_H
