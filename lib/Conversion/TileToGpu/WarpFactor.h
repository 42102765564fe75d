//===- WarpFactor.h - What a lane feeds mma.sync ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fragment of a factor is 8 rows of A, or 8 columns of B, by the columns or
// rows of K of one instruction. Lane l has row or column l / 4 of it, and a
// quarter of K, in two registers. Which quarter of K is free, if it is the same
// for both factors.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_WARPFACTOR_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_WARPFACTOR_H

#include "Distribution.h"

namespace dsv4c::tile_to_gpu {

/// The elements of one factor that a thread needs, as the factor's coordinates.
class WarpFactor {
public:
  /// How the columns of K are numbered within an instruction.
  enum class Order {
    /// Neighbours: lane l has columns n (l % 4) to n (l % 4) + n - 1, which
    /// memory holds side by side.
    Neighbours,
    /// That of the instruction (PTX ISA): half of them from the first half of
    /// K, half from the second one, as matrices come from shared memory.
    Halves
  };
  static constexpr int64_t kRows = 8;

  /// `rowDim` is the dimension that is not K: 0 of A, 1 of B. `k` columns of an
  /// instruction, `size` rows in all. Bits of the thread from `firstWarpBit`
  /// on, one for each of `warpStrides`, move by so many rows.
  WarpFactor(Order order, int64_t rowDim, int64_t k, int64_t size,
             int64_t threadBits, int64_t firstWarpBit,
             llvm::ArrayRef<int64_t> warpStrides);

  /// [bit of the thread][dimension]
  const llvm::SmallVector<Coordinates> &strides() const { return laneStrides; }
  /// Of the fragment from `row` and step `step` of K on: the elements of the
  /// first register, then those of the second one.
  llvm::SmallVector<Coordinates> offsets(int64_t row, int64_t step) const;

private:
  Order order;
  int64_t rowDim, k;
  llvm::SmallVector<Coordinates> laneStrides;
};

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_WARPFACTOR_H
