//===- WarpFactor.cpp - What a lane feeds mma.sync ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WarpFactor.h"
#include "llvm/ADT/STLExtras.h"

using namespace dsv4c::tile_to_gpu;

/// Lanes that share a row, each with a quarter of K.
static constexpr int64_t kPartBits = 2;
static constexpr int64_t kRowBits = 3;

WarpFactor::WarpFactor(Order order, int64_t rowDim, int64_t k, int64_t size,
                       int64_t threadBits, int64_t firstWarpBit,
                       llvm::ArrayRef<int64_t> warpStrides)
    : order(order), rowDim(rowDim), k(k),
      laneStrides(threadBits, Coordinates(2, 0)) {
  int64_t perPart = (k >> kPartBits) / (order == Order::Halves ? 2 : 1);
  for (int64_t bit = 0; bit < kPartBits; ++bit)
    laneStrides[bit][1 - rowDim] = perPart << bit;
  // Lanes without a row of their own have that of others.
  for (int64_t bit = 0; bit < kRowBits; ++bit)
    if ((int64_t(1) << bit) < size)
      laneStrides[kPartBits + bit][rowDim] = int64_t(1) << bit;
  for (auto [bit, stride] : llvm::enumerate(warpStrides))
    laneStrides[firstWarpBit + bit][rowDim] = stride;
}

llvm::SmallVector<Coordinates> WarpFactor::offsets(int64_t row,
                                                   int64_t step) const {
  llvm::SmallVector<Coordinates> result;
  int64_t perLane = k >> kPartBits;
  for (int64_t i = 0; i < perLane; ++i) {
    Coordinates offset(2, 0);
    offset[rowDim] = row;
    offset[1 - rowDim] = step * k + i;
    if (order == Order::Halves && i >= perLane / 2)
      offset[1 - rowDim] += k / 2 - perLane / 2;
    result.push_back(offset);
  }
  return result;
}
