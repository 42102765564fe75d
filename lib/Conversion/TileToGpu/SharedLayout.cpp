//===- SharedLayout.cpp - Rows of shared tiles without bank conflicts -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row of a tile in shared memory is followed by padding such that the threads
// that write the tile meet in no bank. What is read back is read in much the
// same pattern, or along rows, where there are no conflicts. Padding keeps
// positions linear, unlike permuted columns.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
constexpr int64_t kWave = 64;
constexpr int64_t kBankBytes = 4;

/// The lanes that access memory at the same time: 32 of up to four bytes each,
/// 16 of eight, 8 of sixteen (B.1 of the chip's facts: not neighbours).
SmallVector<SmallVector<int64_t>> laneGroups(int64_t bytes) {
  SmallVector<SmallVector<int64_t>> groups;
  if (bytes >= 16) {
    for (int64_t half : {0, 32})
      for (auto [first, second] :
           {std::pair<int64_t, int64_t>{0, 20}, {4, 16}, {8, 28}, {12, 24}}) {
        SmallVector<int64_t> group;
        for (int64_t start : {first, second})
          for (int64_t i = 0; i < 4; ++i)
            group.push_back(half + start + i);
        groups.push_back(group);
      }
    return groups;
  }
  int64_t size = bytes > kBankBytes ? 16 : 32;
  for (int64_t first = 0; first < kWave; first += size)
    groups.push_back(llvm::to_vector(llvm::seq(first, first + size)));
  return groups;
}

/// Cycles beyond the first that a wave's access takes: `positions` are where
/// its lanes' `bytes` begin.
int64_t countConflicts(ArrayRef<int64_t> positions, int64_t bytes,
                       int64_t banks) {
  int64_t conflicts = 0;
  for (const auto &group : laneGroups(bytes)) {
    SmallVector<llvm::SmallDenseSet<int64_t>> words(banks);
    for (int64_t lane : group)
      for (int64_t at = positions[lane] / kBankBytes;
           at * kBankBytes < positions[lane] + bytes; ++at)
        words[at % banks].insert(at);
    size_t most = 1;
    for (const auto &bank : words)
      most = std::max<size_t>(most, bank.size());
    conflicts += most - 1;
  }
  return conflicts;
}
} // namespace

int64_t KernelLowering::choosePadding(ArrayRef<int64_t> shape, int64_t bytes,
                                      const Distribution &writers) {
  int64_t rank = shape.size();
  // Blocks of 16 reach beyond narrower rows, where nothing writes padding.
  if (rank < 2 || shape.back() % 16)
    return 0;
  int64_t best = 0, fewest = std::numeric_limits<int64_t>::max();
  // Sixteen bytes first, which keep rows aligned, then less memory.
  SmallVector<int64_t> candidates = {0, 16, 8, 32};
  // Columns of such rows would be in one bank.
  if (shape.back() * bytes % (target.ldsBanks * kBankBytes) == 0)
    candidates.erase(candidates.begin());
  for (int64_t padding : candidates) {
    if (padding % bytes)
      continue;
    SmallVector<int64_t> strides(rank, 1);
    for (int64_t dim = rank - 2, size = 1; dim >= 0; --dim) {
      size *= shape[dim + 1];
      strides[dim] = size += dim == rank - 2 ? padding / bytes : 0;
    }
    auto position = [&](const Coordinates &coordinates) {
      int64_t at = 0;
      for (auto [value, stride] : llvm::zip(coordinates, strides))
        at += value * stride;
      return at;
    };
    int64_t conflicts = 0;
    for (const Access &access : groups(writers)) {
      bool isVector = true;
      for (int64_t i = 1; i < access.width(); ++i)
        isVector &=
            position(access.offsets[i]) == position(access.offsets[0]) + i;
      for (int64_t i = 0; i < (isVector ? 1 : access.width()); ++i) {
        SmallVector<int64_t> positions;
        for (int64_t lane = 0; lane < kWave; ++lane) {
          int64_t at = position(access.offsets[i]);
          for (int64_t bit = 0; bit < 6; ++bit)
            if (lane >> bit & 1)
              at += position(access.strides[bit]);
          positions.push_back(at * bytes);
        }
        conflicts +=
            countConflicts(positions, bytes * (isVector ? access.width() : 1),
                           target.ldsBanks);
      }
    }
    if (conflicts < fewest) {
      best = padding;
      fewest = conflicts;
    }
  }
  return best / bytes;
}
