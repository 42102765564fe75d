//===- BufferLifetimes.h - Where a buffer of a kernel is in use -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_BUFFERLIFETIMES_H
#define DSV4C_CONVERSION_BUFFERLIFETIMES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace dsv4c {

/// A part of a program, in pre-order numbers of operations, inclusive.
struct Lifetime {
  int64_t first = 0;
  int64_t last = 0;
};

/// Numbers the operations of a kernel.
class BufferLifetimes {
public:
  explicit BufferLifetimes(mlir::Operation *root) { number(root); }

  /// From the first to the last of a buffer's users in the innermost block that
  /// has them all, loops taken whole. That block may be the body of a loop: what
  /// one iteration hands to the next is initialised outside of the loop.
  Lifetime getLifetime(llvm::ArrayRef<mlir::Operation *> users) const;

  /// The innermost block that all of `users` are in, directly or not.
  static mlir::Block *findCommonBlock(llvm::ArrayRef<mlir::Operation *> users);

private:
  void number(mlir::Operation *op);

  int64_t next = 0;
  /// The number of an operation, and of the last one inside of it.
  llvm::DenseMap<mlir::Operation *, Lifetime> numbers;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_BUFFERLIFETIMES_H
