//===- LowerControlFlow.cpp - scf operations that carry tiles -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conditions and bounds are uniform: all threads of a workgroup take the same
// way. Carried tiles are registers, which become operands of the loop.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

LogicalResult KernelLowering::lowerFor(scf::ForOp op) {
  Location loc = op.getLoc();
  auto yield = cast<scf::YieldOp>(op.getBody()->getTerminator());
  SmallVector<Value> inits;
  SmallVector<Distribution> distributions;
  for (auto [init, value] : llvm::zip(op.getInitArgs(), yield.getOperands())) {
    if (!isTile(init.getType())) {
      inits.push_back(getScalar(init));
      distributions.emplace_back();
      continue;
    }
    std::optional<Distribution> distribution = natural(value);
    if (!distribution)
      distribution = natural(init);
    distributions.push_back(distribution ? *distribution
                                         : chooseDistribution(init));
    llvm::append_range(inits, evaluate(init, distributions.back()).registers);
  }

  auto loop = scf::ForOp::create(builder, loc, getScalar(op.getLowerBound()),
                                 getScalar(op.getUpperBound()),
                                 getScalar(op.getStep()), inits);
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  size_t next = 0;
  auto bind = [&](ValueRange from, ValueRange to) {
    next = 0;
    for (auto [value, distribution] : llvm::zip(from, distributions)) {
      if (!isTile(value.getType())) {
        scalars.map(value, to[next++]);
        continue;
      }
      size_t count = distribution.numRegisters() / distribution.group;
      setRegisters(value, distribution,
                   SmallVector<Value>(to.slice(next, count)));
      next += count;
    }
  };
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(builder);
    if (inits.empty())
      builder.setInsertionPoint(loop.getBody()->getTerminator());
    else
      builder.setInsertionPointToEnd(loop.getBody());
    sharedRead = true;
    if (failed(lowerBlock(*op.getBody())))
      return failure();
    if (!inits.empty()) {
      SmallVector<Value> results;
      for (auto [value, distribution] :
           llvm::zip(yield.getOperands(), distributions)) {
        if (isTile(value.getType()))
          llvm::append_range(results, evaluate(value, distribution).registers);
        else
          results.push_back(getScalar(value));
      }
      scf::YieldOp::create(builder, loc, results);
    }
    emitted.pop_back();
  }
  sharedRead = true;
  bind(op.getResults(), loop.getResults());
  return success();
}

LogicalResult KernelLowering::lowerBranch(Region &from, Region &to,
                                          ValueRange results,
                                          ArrayRef<Distribution> distributions) {
  OpBuilder::InsertionGuard guard(builder);
  if (to.empty())
    to.emplaceBlock();
  Block *block = &to.front();
  if (!block->empty())
    block->getTerminator()->erase();
  builder.setInsertionPointToEnd(block);
  sharedRead = true;
  SmallVector<Value> values;
  if (!from.empty()) {
    if (failed(lowerBlock(from.front())))
      return failure();
    for (auto [value, distribution] :
         llvm::zip(from.front().getTerminator()->getOperands(),
                   distributions)) {
      if (isTile(value.getType()))
        llvm::append_range(values, evaluate(value, distribution).registers);
      else
        values.push_back(getScalar(value));
    }
    emitted.pop_back();
  }
  scf::YieldOp::create(builder, kernel.getLoc(), values);
  return success();
}

LogicalResult KernelLowering::lowerIf(scf::IfOp op) {
  SmallVector<Distribution> distributions;
  SmallVector<Type> types;
  for (Value result : op.getResults()) {
    auto tile = dyn_cast<RankedTensorType>(result.getType());
    if (!tile) {
      distributions.emplace_back();
      types.push_back(getRegisterType(result.getType()));
      continue;
    }
    Distribution distribution = chooseDistribution(result);
    types.append(distribution.numRegisters() / distribution.group,
                 vectorOf(tile.getElementType(), distribution.group));
    distributions.push_back(std::move(distribution));
  }
  bool hasElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(builder, op.getLoc(), types,
                                  getScalar(op.getCondition()), hasElse);
  if (failed(lowerBranch(op.getThenRegion(), branch.getThenRegion(),
                         branch.getResults(), distributions)) ||
      (hasElse && failed(lowerBranch(op.getElseRegion(), branch.getElseRegion(),
                                     branch.getResults(), distributions))))
    return failure();
  sharedRead = true;
  size_t next = 0;
  for (auto [result, distribution] :
       llvm::zip(op.getResults(), distributions)) {
    if (!isTile(result.getType())) {
      scalars.map(result, branch.getResult(next++));
      continue;
    }
    size_t count = distribution.numRegisters() / distribution.group;
    setRegisters(result, distribution,
                 SmallVector<Value>(branch.getResults().slice(next, count)));
    next += count;
  }
  return success();
}
