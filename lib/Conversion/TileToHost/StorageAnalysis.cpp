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
/// Beyond this the exact cost doesn't matter.
static constexpr int64_t largeCost = 64;
/// Stands for "in a loop, so perhaps very often".
static constexpr double manyTimes = 64;

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
    if (cost < largeCost)
      cost += getCost(operand);
  return cost;
}

//===----------------------------------------------------------------------===//
// Number of evaluations
//===----------------------------------------------------------------------===//

/// Times that an element of `op`'s operand is evaluated per evaluation of the
/// whole result, with scalar evaluation counted as a vector's worth of work.
static double getRepetition(Operation *op) {
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return static_cast<double>(slice.getType().getNumElements()) /
           slice.getSourceType().getNumElements();
  auto broadcast = dyn_cast<tile::BroadcastOp>(op);
  if (!broadcast || broadcast.getDims().empty())
    return 1;
  RankedTensorType type = broadcast.getResult().getType();
  ArrayRef<int64_t> dims = broadcast.getDims();
  // Repetition behind the last input dimension is hoisted out of its loop.
  double times = dims.back() == type.getRank() - 1 ? 1 : 16;
  for (int64_t dim = 0; dim < dims.back(); ++dim)
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

using Evaluations = llvm::SmallDenseMap<Operation *, double>;

/// Collects the operations that evaluate `tile`, through the tiles that are
/// evaluated together with them, and how often each does.
static void collectEvaluations(Value tile, Operation *origin, double times,
                               Evaluations &result,
                               llvm::SmallDenseSet<Operation *> &visited) {
  for (Operation *user : tile.getUsers()) {
    bool passesOn = isLazy(user) && isTile(user->getResult(0).getType());
    if (!passesOn) {
      double &entry = result[user];
      entry = std::max(entry,
                       isInInnerLoop(user, origin) ? times * manyTimes : times);
      continue;
    }
    if (visited.insert(user).second)
      collectEvaluations(user->getResult(0), origin,
                         times * getRepetition(user), result, visited);
  }
}

static Evaluations getEvaluations(Operation *op) {
  Evaluations result;
  llvm::SmallDenseSet<Operation *> visited;
  collectEvaluations(op->getResult(0), op, 1, result, visited);
  return result;
}

bool KernelLowering::needsBuffer(Operation *op) {
  int64_t cost = getCost(op->getResult(0));
  if (cost == 0)
    return false;
  double times = 0;
  for (auto [user, count] : getEvaluations(op))
    times += count;
  return (times - 1) * cost > storeCost;
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

bool KernelLowering::canReadInPlace(tile::LoadOp load) {
  if (load.getValid())
    return false;
  // The last place where the tile may be read, loops taken whole.
  int64_t last = order[load];
  for (auto [user, count] : getEvaluations(load)) {
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
