//===- Distribution.cpp - Which thread holds which element ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Distribution.h"
#include "llvm/ADT/STLExtras.h"

using namespace dsv4c::tile_to_gpu;
using llvm::ArrayRef;

Distribution Distribution::replicated(ArrayRef<int64_t> shape, int64_t bits) {
  return rowMajor(shape, bits, bits, shape.empty() ? 1 : shape.back());
}

Distribution Distribution::rowMajor(ArrayRef<int64_t> shape, int64_t bits,
                                    int64_t firstBit, int64_t width) {
  int64_t rank = shape.size();
  Distribution result;
  result.group = width;
  result.strides.assign(bits, Coordinates(rank, 0));
  result.offsets = {Coordinates(rank, 0)};
  int64_t bit = firstBit;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    int64_t left = shape[dim];
    int64_t stride = 1;
    llvm::SmallVector<Coordinates> inner;
    auto spread = [&](int64_t count) {
      llvm::SmallVector<Coordinates> spread;
      for (int64_t i = 0; i < count; ++i)
        for (Coordinates offset : result.offsets) {
          offset[dim] += i * stride;
          spread.push_back(std::move(offset));
        }
      result.offsets = std::move(spread);
      stride *= count;
      left /= count;
    };
    if (dim == rank - 1)
      spread(width);
    for (; left % 2 == 0 && bit < bits; left /= 2, stride *= 2)
      result.strides[bit++][dim] = stride;
    spread(left);
  }
  return result;
}

int64_t Distribution::replicatedBits() const {
  int64_t mask = 0;
  for (auto [bit, stride] : llvm::enumerate(strides))
    if (llvm::all_of(stride, [](int64_t value) { return value == 0; }))
      mask |= int64_t(1) << bit;
  return mask;
}
