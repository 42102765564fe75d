//===- IntervalPacking.cpp - Offsets for values that live in turns --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/Transforms/IntervalPacking.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <utility>

using namespace dsv4c::exec;

IntervalPacking
dsv4c::exec::packIntervals(llvm::ArrayRef<LiveInterval> intervals,
                           int64_t alignment) {
  auto order = llvm::to_vector(llvm::seq<size_t>(0, intervals.size()));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::make_pair(-intervals[a].bytes, a) <
           std::make_pair(-intervals[b].bytes, b);
  });

  IntervalPacking packing;
  packing.offsets.resize(intervals.size());
  llvm::SmallVector<size_t> placed; // by increasing offset
  for (size_t index : order) {
    const LiveInterval &interval = intervals[index];
    const int64_t size = llvm::alignTo(interval.bytes, alignment);
    int64_t end = 0, best = -1, bestGap = INT64_MAX;
    for (size_t other : placed) {
      const LiveInterval &neighbour = intervals[other];
      if (neighbour.last < interval.first || interval.last < neighbour.first)
        continue;
      int64_t gap = packing.offsets[other] - end;
      if (gap >= size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end =
          std::max<int64_t>(end, packing.offsets[other] +
                                     llvm::alignTo(neighbour.bytes, alignment));
    }
    int64_t offset = best >= 0 ? best : end;
    packing.offsets[index] = offset;
    packing.bytes = std::max(packing.bytes, offset + size);
    placed.insert(llvm::upper_bound(placed, offset,
                                    [&](int64_t value, size_t other) {
                                      return value < packing.offsets[other];
                                    }),
                  index);
  }
  return packing;
}
