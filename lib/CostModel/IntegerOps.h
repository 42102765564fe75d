//===- IntegerOps.h - Integers of a kernel, and operations on them --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_COSTMODEL_INTEGEROPS_H
#define DSV4C_LIB_COSTMODEL_INTEGEROPS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include <deque>
#include <functional>
#include <vector>

namespace dsv4c::cost {

/// The value of a scalar or tile of integers, or that it isn't known.
struct Integers {
  bool known = false;
  std::vector<int64_t> elements;
};

/// Does the type hold integers or indices?
bool isInteger(mlir::Type type);

/// A place for every value of a kernel.
class IntegerValues {
public:
  Integers &of(mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, Integers *> places;
  std::deque<Integers> storage;
};

/// What recomputes the results of `op`; null if they are no integers. Results
/// of operations that it doesn't know are not known.
std::function<void()> compileIntegerOp(mlir::Operation *op,
                                       IntegerValues &values);

} // namespace dsv4c::cost

#endif // DSV4C_LIB_COSTMODEL_INTEGEROPS_H
