//===- BufferLifetimes.cpp - Where a buffer of a kernel is in use ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferLifetimes.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;
using namespace dsv4c;

void BufferLifetimes::number(Operation *op) {
  int64_t first = next++;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      number(&inner);
  numbers[op] = {first, next - 1};
}

Block *BufferLifetimes::findCommonBlock(ArrayRef<Operation *> users) {
  Block *block = users.front()->getBlock();
  while (!llvm::all_of(users, [&](Operation *op) {
    return block->findAncestorOpInBlock(*op) != nullptr;
  }))
    block = block->getParentOp()->getBlock();
  return block;
}

Lifetime BufferLifetimes::getLifetime(ArrayRef<Operation *> users) const {
  if (users.empty())
    return {};
  Block *block = findCommonBlock(users);
  Lifetime result{std::numeric_limits<int64_t>::max(), 0};
  for (Operation *user : users) {
    Lifetime use = numbers.lookup(block->findAncestorOpInBlock(*user));
    result.first = std::min(result.first, use.first);
    result.last = std::max(result.last, use.last);
  }
  return result;
}
