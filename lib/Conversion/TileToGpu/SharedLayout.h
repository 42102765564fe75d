//===- SharedLayout.h - Where elements lie in shared memory -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements of a shared tile are numbered in row-major order. A layout maps the
// numbers to positions, in elements. It is chosen for all accesses to the tile,
// by counting the cycles that the memory's banks need for them.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_SHAREDLAYOUT_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_SHAREDLAYOUT_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace dsv4c::tile_to_gpu {

/// Elements that a vector of each thread stands for, by numbers or positions:
///
///   element(thread, i) = base + offsets[i] + sum over bits b: strides[b]
///
/// where base is a uniform value of which only a divisor is known.
struct LinearAccess {
  llvm::SmallVector<int64_t> offsets; // [element of the vector]
  llvm::SmallVector<int64_t> strides; // [bit of the thread]
  /// A divisor of the base; 0 if there is none.
  int64_t baseMultiple = 0;
  /// The sum is one without carries, an exclusive or.
  bool isXor = false;

  int64_t width() const { return offsets.size(); }
  /// Of a thread, without the base.
  int64_t at(int64_t thread, int64_t i) const;
  /// The bits that differ between threads or depend on the base.
  int64_t variableBits() const;
  /// Elements of a vector that follow one another for every thread: all, or
  /// the largest power of two such that parts of so many do.
  int64_t runLength() const;
  /// Largest power of two, up to 16, that divides the addresses of all runs.
  int64_t alignment(int64_t bytes) const;
};

/// Either elements in order, with `gap` positions left free behind every
/// `period` of them. Then sums of numbers that don't carry from one period into
/// another are sums of positions. Or a permutation: bit i of a number flips the
/// bits swizzle[i] of the position. Then sums without any carry are exclusive
/// ors of positions.
struct SharedLayout {
  int64_t period = 0; // 0: no gaps
  int64_t gap = 0;
  llvm::SmallVector<int64_t> swizzle;

  int64_t position(int64_t number) const;
  /// Positions that a tile takes.
  int64_t size(int64_t elements) const;

  /// `numbers` as positions, relative to that of the base; none if the threads'
  /// parts can't be told apart.
  std::optional<LinearAccess> apply(const LinearAccess &numbers) const;
};

struct MatrixLoad;

/// An access as the choice of a layout sees it.
struct SharedUse {
  LinearAccess numbers;
  /// The lanes that take part.
  uint64_t lanes = ~uint64_t{0};
  /// How often it is executed, roughly.
  int64_t weight = 1;
  /// The instruction that can take its place if the layout keeps rows together;
  /// null if there is none.
  const MatrixLoad *matrices = nullptr;
};

/// Cycles that the banks of `target` need for an access of `bytes` by each of
/// the `lanes` of a wave: lane l at the byte addresses[l].
int64_t countBankCycles(llvm::ArrayRef<int64_t> addresses, uint64_t lanes,
                        int64_t bytes, const tile::TargetFacts &target);

/// The layout with the fewest cycles for all uses of a tile with rows of
/// `columns`, `elements` of `bytes` in all; of equal ones the smallest. Beside
/// the banks' cycles, what an access costs more in instructions counts.
SharedLayout chooseSharedLayout(int64_t elements, int64_t columns,
                                int64_t bytes, llvm::ArrayRef<SharedUse> uses,
                                const tile::TargetFacts &target);

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_SHAREDLAYOUT_H
