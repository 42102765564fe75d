//===- MatrixLoad.cpp - Shared memory straight into fragments -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MatrixLoad.h"
#include "llvm/ADT/STLExtras.h"

using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

std::optional<LinearAccess>
MatrixLoad::apply(const SharedLayout &layout) const {
  std::optional<LinearAccess> positions = layout.apply(rows);
  if (!positions || positions->runLength() != kSize ||
      positions->alignment(kBytes) != kSize * kBytes)
    return std::nullopt;
  return positions;
}

std::optional<MatrixLoad>
tile_to_gpu::findMatrixLoad(const LinearAccess &numbers) {
  int64_t matrices = numbers.width() / 2;
  if (numbers.isXor || numbers.width() % 2 ||
      (matrices != 1 && matrices != 2 && matrices != 4) ||
      numbers.strides.size() < MatrixLoad::kLaneBits)
    return std::nullopt;
  llvm::ArrayRef<int64_t> offsets = numbers.offsets, strides = numbers.strides;
  // Within a register, between neighbours of one register; the same in all.
  int64_t neighbour = offsets[1] - offsets[0];
  for (int64_t matrix = 0; matrix < matrices; ++matrix)
    if (offsets[2 * matrix + 1] - offsets[2 * matrix] != neighbour)
      return std::nullopt;

  MatrixLoad load;
  load.matrices = matrices;
  LinearAccess &rows = load.rows;
  if (neighbour == 1 && strides[0] == 2 && strides[1] == 4) {
    rows.strides.append({strides[2], strides[3], strides[4]});
  } else if (strides[2] == 1 && strides[3] == 2 && strides[4] == 4) {
    load.isTransposed = true;
    rows.strides.append({neighbour, strides[0], strides[1]});
  } else {
    return std::nullopt;
  }
  // The matrix is the sum of two bits too.
  auto start = [&](int64_t matrix) {
    return matrix < matrices ? offsets[2 * matrix] - offsets[0] : 0;
  };
  if (matrices == 4 && start(1) + start(2) != start(3))
    return std::nullopt;
  rows.strides.append({start(1), start(2)});
  if (llvm::any_of(rows.strides, [](int64_t stride) { return stride < 0; }))
    return std::nullopt;
  rows.strides.append(strides.begin() + MatrixLoad::kLaneBits, strides.end());
  for (int64_t i = 0; i < MatrixLoad::kSize; ++i)
    rows.offsets.push_back(offsets[0] + i);
  rows.baseMultiple = numbers.baseMultiple;
  return load;
}
