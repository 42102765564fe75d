//===- NeededIntegers.cpp - What control flow and addresses need ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "NeededIntegers.h"
#include "IntegerOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;

llvm::DenseSet<Value> cost::findNeeded(tile::KernelOp kernel) {
  llvm::DenseSet<Value> needed;
  SmallVector<Value> list;
  auto need = [&](ValueRange more) { list.append(more.begin(), more.end()); };
  kernel.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](scf::ForOp loop) {
          need({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
        })
        .Case([&](scf::IfOp branch) { need(branch.getCondition()); })
        .Case([&](memref::LoadOp load) { need(load.getIndices()); })
        .Case<tile::LoadOp, tile::StoreOp>([&](auto access) {
          need(access.getIndices());
          if (access.getValid())
            need(access.getValid());
        })
        .Case<tile::GatherOp, tile::ScatterOp>([&](auto access) {
          need(access.getRows());
          need(access.getColumns());
        })
        .Case([&](tile::TopKOp op) {
          need({op.getRow(), op.getCount()});
        })
        .Case([&](tile::ArriveOp op) { need(op.getIndex()); });
  });
  while (!list.empty()) {
    Value value = list.pop_back_val();
    if (!isInteger(value.getType()) || !needed.insert(value).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      // What a loop carries into an iteration: initially, and from the last.
      auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
      if (!loop || argument == loop.getInductionVar())
        continue;
      need(loop.getTiedLoopInit(argument)->get());
      need(loop.getTiedLoopYieldedValue(argument)->get());
      continue;
    }
    Operation *op = value.getDefiningOp();
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (auto loop = dyn_cast<scf::ForOp>(op))
      need(ValueRange(loop.getRegionIterArg(number)));
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      for (Region &region : branch->getRegions())
        need(region.front().getTerminator()->getOperand(number));
    else
      need(op->getOperands());
  }
  return needed;
}
