//===- StorageAnalysis.cpp - Which tiles need memory ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

/// Evaluations of one element that cost as much as storing and loading it.
static constexpr int64_t storeCost = 3;
/// Stands for "in a loop, so perhaps very often".
static constexpr int64_t manyTimes = 64;

//===----------------------------------------------------------------------===//
// Cost of evaluation
//===----------------------------------------------------------------------===//

/// Instructions per chunk, roughly.
static int64_t getOpCost(Operation *op) {
  return TypeSwitch<Operation *, int64_t>(op)
      .Case<math::ExpOp>([](auto) { return 14; })
      .Case<math::Log1pOp>([](auto) { return 24; })
      .Case<arith::DivFOp, math::SqrtOp, math::RsqrtOp>([](auto) { return 6; })
      .Case<arith::TruncFOp>([](auto) { return 6; })
      .Case<tile::BroadcastOp, tensor::ExtractSliceOp, tensor::SplatOp,
            tensor::EmptyOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
            tile::IotaOp, arith::ConstantOp>([](auto) { return 0; })
      .Default([](Operation *op) {
        StringRef dialect = op->getName().getDialectNamespace();
        return dialect == "arith" ? 1 : 8;
      });
}

int64_t KernelLowering::getCost(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || !isTile(tile.getType()) || lookupPlace(tile) || !isLazy(op))
    return 0;
  int64_t cost = getOpCost(op);
  for (Value operand : op->getOperands())
    if (cost < manyTimes)
      cost += getCost(operand);
  return cost;
}

//===----------------------------------------------------------------------===//
// Number of evaluations
//===----------------------------------------------------------------------===//

/// Times that each element of the input is evaluated by a broadcast, with
/// scalar evaluation counted as a vector's worth of work.
static int64_t getRepetition(tile::BroadcastOp op) {
  RankedTensorType type = op.getResult().getType();
  ArrayRef<int64_t> dims = op.getDims();
  if (dims.empty())
    return 1;
  int64_t inner = type.getRank() - 1;
  if (dims.back() != inner)
    inner = dims.back();
  int64_t times = dims.back() == type.getRank() - 1 ? 1 : 16;
  for (int64_t dim = 0; dim < inner; ++dim)
    if (!llvm::is_contained(dims, dim))
      times *= type.getDimSize(dim);
  return times;
}

/// Is there a loop around `inner` that is not around `outer`?
static bool isInInnerLoop(Operation *inner, Operation *outer) {
  for (Operation *parent = inner->getParentOp();
       parent && !parent->isAncestor(outer); parent = parent->getParentOp())
    if (isa<scf::ForOp>(parent))
      return true;
  return false;
}

/// Collects the operations that evaluate `tile`, through the tiles that are
/// evaluated together with them, and how often each does.
static void
collectEvaluations(Value tile, Operation *origin, int64_t times,
                   llvm::SmallDenseMap<Operation *, int64_t> &result,
                   llvm::SmallDenseSet<Operation *> &visited) {
  for (Operation *user : tile.getUsers()) {
    bool passesOn = isLazy(user) && isTile(user->getResult(0).getType());
    if (!passesOn) {
      int64_t count = isInInnerLoop(user, origin) ? times * manyTimes : times;
      int64_t &entry = result[user];
      entry = std::max(entry, count);
      continue;
    }
    if (!visited.insert(user).second)
      continue;
    int64_t next = times;
    if (auto broadcast = dyn_cast<tile::BroadcastOp>(user))
      next *= getRepetition(broadcast);
    collectEvaluations(user->getResult(0), origin, next, result, visited);
  }
}

bool KernelLowering::needsBuffer(Operation *op) {
  int64_t cost = getCost(op->getResult(0));
  if (cost == 0)
    return false;
  llvm::SmallDenseMap<Operation *, int64_t> evaluations;
  llvm::SmallDenseSet<Operation *> visited;
  collectEvaluations(op->getResult(0), op, 1, evaluations, visited);
  int64_t times = 0;
  for (auto [user, count] : evaluations)
    times += count;
  return (times - 1) * cost > storeCost;
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

bool KernelLowering::canReadInPlace(tile::LoadOp load) {
  if (load.getValid())
    return false;
  llvm::SmallDenseMap<Operation *, int64_t> evaluations;
  llvm::SmallDenseSet<Operation *> visited;
  collectEvaluations(load.getResult(), load, 1, evaluations, visited);
  // The last place where the tile may be read, loops taken whole.
  int64_t last = order[load];
  for (auto [user, count] : evaluations) {
    Operation *outermost = user;
    for (Operation *parent = user->getParentOp();
         parent && !parent->isAncestor(load); parent = parent->getParentOp())
      outermost = parent;
    outermost->walk([&](Operation *op) { last = std::max(last, order[op]); });
  }
  for (Operation *user : load.getSource().getUsers())
    if (isa<tile::StoreOp, tile::ScatterOp>(user) &&
        order[user] > order[load] && order[user] <= last)
      return false;
  return true;
}

bool KernelLowering::isDeadAfter(Value tile, Operation *user) {
  const Place *place = lookupPlace(tile);
  if (!place || !place->isOwned || !tile.hasOneUse())
    return false;
  // A use in an inner region may run many times.
  return tile.getParentBlock() == user->getBlock();
}
