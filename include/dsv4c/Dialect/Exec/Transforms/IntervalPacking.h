//===- IntervalPacking.h - Offsets for values that live in turns ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_EXEC_TRANSFORMS_INTERVALPACKING_H
#define DSV4C_DIALECT_EXEC_TRANSFORMS_INTERVALPACKING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace dsv4c::exec {

/// A value that needs `bytes` > 0 from step `first` to step `last`, inclusive.
struct LiveInterval {
  int64_t first = 0;
  int64_t last = 0;
  int64_t bytes = 0;
};

struct IntervalPacking {
  llvm::SmallVector<int64_t> offsets; ///< in the order of the intervals
  int64_t bytes = 0;                  ///< of all, a multiple of the alignment
};

/// Offsets, multiples of `alignment`, such that intervals with a step in common
/// are disjoint in memory. Best fit by decreasing size; deterministic.
IntervalPacking packIntervals(llvm::ArrayRef<LiveInterval> intervals,
                              int64_t alignment);

} // namespace dsv4c::exec

#endif // DSV4C_DIALECT_EXEC_TRANSFORMS_INTERVALPACKING_H
