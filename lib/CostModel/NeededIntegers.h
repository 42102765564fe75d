//===- NeededIntegers.h - What control flow and addresses need --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_COSTMODEL_NEEDEDINTEGERS_H
#define DSV4C_LIB_COSTMODEL_NEEDEDINTEGERS_H

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/DenseSet.h"

namespace dsv4c::cost {

/// The integers of a kernel on which its control flow and addresses depend.
llvm::DenseSet<mlir::Value> findNeeded(tile::KernelOp kernel);

} // namespace dsv4c::cost

#endif // DSV4C_LIB_COSTMODEL_NEEDEDINTEGERS_H
