//===- LowerControlFlow.cpp - scf operations that carry tiles -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalars stay operands and results of the loop or branch. Every tile gets one
// buffer, which the loop updates in place and the branches write.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

//===----------------------------------------------------------------------===//
// scf.for
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerFor(scf::ForOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> inits;
  SmallVector<BlockArgument> tileArgs;
  SmallVector<Place> buffers;
  for (auto [init, arg] : llvm::zip(op.getInitArgs(), op.getRegionIterArgs())) {
    if (!isTile(init.getType())) {
      inits.push_back(getScalar(init));
      continue;
    }
    Place buffer;
    if (isDeadAfter(init, op)) {
      buffer = *lookupPlace(init);
    } else {
      buffer = {createBuffer(cast<RankedTensorType>(init.getType())), {}, true};
      writeTile(init, buffer);
    }
    tileArgs.push_back(arg);
    buffers.push_back(buffer);
  }

  auto loop = scf::ForOp::create(builder, loc, getScalar(op.getLowerBound()),
                                 getScalar(op.getUpperBound()),
                                 getScalar(op.getStep()), inits);
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  unsigned nextScalar = 0, nextTile = 0;
  for (auto [arg, result] :
       llvm::zip(op.getRegionIterArgs(), op.getResults())) {
    if (isTile(arg.getType())) {
      setStored(arg, buffers[nextTile]);
      setStored(result, buffers[nextTile++]);
    } else {
      scalars.map(arg, loop.getRegionIterArg(nextScalar));
      scalars.map(result, loop.getResult(nextScalar++));
    }
  }

  OpBuilder::InsertionGuard guard(builder);
  if (inits.empty())
    builder.setInsertionPoint(loop.getBody()->getTerminator());
  else
    builder.setInsertionPointToEnd(loop.getBody());
  if (failed(lowerBlock(*op.getBody())))
    return failure();
  auto yield = cast<scf::YieldOp>(op.getBody()->getTerminator());
  writeLoopResults(yield, tileArgs);
  if (!inits.empty()) {
    SmallVector<Value> results;
    for (Value value : yield.getOperands())
      if (!isTile(value.getType()))
        results.push_back(getScalar(value));
    scf::YieldOp::create(builder, loc, results);
  }
  return success();
}

namespace {
/// A tile that the next iteration receives.
struct CarriedTile {
  Value value;
  Place target;
  bool isWritten = false;
};
} // namespace

/// The buffer below reshapes of it.
static Value getBaseBuffer(Value memref) {
  while (Operation *op = memref.getDefiningOp()) {
    if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(op))
      break;
    memref = op->getOperand(0);
  }
  return memref;
}

/// Does evaluating `tile` read `buffer`? Reads of the very element that is
/// being evaluated don't count if `isOwnTarget`.
static bool readsBuffer(Value tile, Value buffer, bool isOwnTarget,
                        llvm::function_ref<const Place *(Value)> lookup) {
  if (const Place *place = lookup(tile)) {
    if (isOwnTarget && place->memref == buffer)
      return false;
    return getBaseBuffer(place->memref) == buffer;
  }
  Operation *op = tile.getDefiningOp();
  if (!op)
    return false;
  bool isPointwise = op->hasTrait<OpTrait::Elementwise>();
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    return isTile(operand.getType()) &&
           readsBuffer(operand, buffer, isOwnTarget && isPointwise, lookup);
  });
}

void KernelLowering::writeLoopResults(scf::YieldOp yield,
                                      ArrayRef<BlockArgument> iterArgs) {
  auto lookup = [&](Value tile) { return lookupPlace(tile); };
  SmallVector<CarriedTile> tiles;
  unsigned next = 0;
  for (Value value : yield.getOperands())
    if (isTile(value.getType()))
      tiles.push_back({value, *lookupPlace(iterArgs[next++])});

  // A tile can be written when no tile that is still to be written reads its
  // previous contents.
  auto canWrite = [&](CarriedTile &tile) {
    return llvm::none_of(tiles, [&](CarriedTile &other) {
      return !other.isWritten && readsBuffer(other.value, tile.target.memref,
                                             &other == &tile, lookup);
    });
  };
  for (bool progress = true; progress;) {
    progress = false;
    for (CarriedTile &tile : tiles) {
      if (tile.isWritten)
        continue;
      const Place *place = lookupPlace(tile.value);
      bool isInPlace = place && place->memref == tile.target.memref;
      if (!isInPlace && !canWrite(tile))
        continue;
      if (!isInPlace)
        writeTile(tile.value, tile.target);
      tile.isWritten = progress = true;
    }
  }

  // What is left depends on each other.
  SmallVector<std::pair<Place, CarriedTile *>> copies;
  for (CarriedTile &tile : tiles) {
    if (tile.isWritten)
      continue;
    auto type = cast<RankedTensorType>(tile.value.getType());
    Place copy{createBuffer(type), {}, true};
    writeTile(tile.value, copy);
    copies.push_back({copy, &tile});
  }
  for (auto &[copy, tile] : copies) {
    auto type = cast<RankedTensorType>(tile->value.getType());
    copyRows(copy, tile->target, type.getShape(),
             getStorageType(type.getElementType()));
  }
}

//===----------------------------------------------------------------------===//
// scf.if and scf.index_switch
//===----------------------------------------------------------------------===//

static SmallVector<Type> getScalarTypes(TypeRange types) {
  SmallVector<Type> result;
  for (Type type : types)
    if (!isTile(type))
      result.push_back(isa<RankedTensorType>(type)
                           ? cast<RankedTensorType>(type).getElementType()
                           : type);
  return result;
}

LogicalResult KernelLowering::lowerBranch(Region &from, Region &to,
                                          ValueRange results) {
  OpBuilder::InsertionGuard guard(builder);
  if (to.empty())
    to.emplaceBlock();
  Block *block = &to.front();
  if (block->mightHaveTerminator())
    block->getTerminator()->erase();
  builder.setInsertionPointToEnd(block);
  Location loc = from.getLoc();
  SmallVector<Value> values;
  if (!from.empty()) {
    if (failed(lowerBlock(from.front())))
      return failure();
    for (auto [value, result] :
         llvm::zip(from.front().getTerminator()->getOperands(), results)) {
      if (isTile(value.getType()))
        writeTile(value, *lookupPlace(result));
      else
        values.push_back(getScalar(value));
    }
  }
  scf::YieldOp::create(builder, loc, values);
  return success();
}

/// Maps the scalar results of `from` to those of `to`.
static void mapScalarResults(Operation *from, Operation *to,
                             IRMapping &scalars) {
  unsigned next = 0;
  for (Value result : from->getResults())
    if (!isTile(result.getType()))
      scalars.map(result, to->getResult(next++));
}

LogicalResult KernelLowering::lowerIf(scf::IfOp op) {
  for (Value result : op.getResults())
    if (isTile(result.getType()))
      setStored(
          result,
          {createBuffer(cast<RankedTensorType>(result.getType())), {}, true});
  bool hasElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(builder, op.getLoc(),
                                  getScalarTypes(op.getResultTypes()),
                                  getScalar(op.getCondition()), hasElse);
  mapScalarResults(op, branch, scalars);
  if (failed(lowerBranch(op.getThenRegion(), branch.getThenRegion(),
                         op.getResults())))
    return failure();
  if (!hasElse)
    return success();
  return lowerBranch(op.getElseRegion(), branch.getElseRegion(),
                     op.getResults());
}

LogicalResult KernelLowering::lowerIndexSwitch(scf::IndexSwitchOp op) {
  for (Value result : op.getResults())
    if (isTile(result.getType()))
      setStored(
          result,
          {createBuffer(cast<RankedTensorType>(result.getType())), {}, true});
  auto branch = scf::IndexSwitchOp::create(
      builder, op.getLoc(), getScalarTypes(op.getResultTypes()),
      getScalar(op.getArg()), op.getCases(), op.getCases().size());
  mapScalarResults(op, branch, scalars);
  for (auto [from, to] :
       llvm::zip(op.getCaseRegions(), branch.getCaseRegions()))
    if (failed(lowerBranch(from, to, op.getResults())))
      return failure();
  return lowerBranch(op.getDefaultRegion(), branch.getDefaultRegion(),
                     op.getResults());
}
