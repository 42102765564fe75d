//===- ReadAhead.cpp - Rows whose memory is read at once ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What works on a token's row is a chain of reductions, each with a barrier
// that no load passes: vectors read where they are used, one behind each
// reduction, would be waited for one after the other. Where copies to shared
// memory go on by themselves, all that a kernel only reads is copied there at
// its start instead, and waited for once; also what just the last workgroup of
// a sum needs, since none of them knows in time that it is the last one.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Part of the memory that a workgroup shares which copies may take.
static constexpr int64_t kMemoryShare = 3;

/// Is the kernel one of rows, without matrix instructions or rows that indices
/// choose?
static bool worksOnRows(tile::KernelOp kernel) {
  for (size_t i = 0; i < kernel.getArgumentTypes().size(); ++i)
    if (kernel.getArgAttr(i, tile::KernelOp::kFragmentAttrName))
      return false;
  return !kernel
              .walk([](Operation *op) {
                return isa<tile::GatherOp, tile::TopKOp, tile::CompactOp,
                           tile::DealOp, tile::MeetOp>(op)
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

/// Does `loop` take one step, whatever its counter is?
static bool isOneStep(scf::ForOp loop) {
  auto end = loop.getUpperBound().getDefiningOp<arith::AddIOp>();
  auto step = getConstantIntValue(loop.getStep());
  return end && step && end.getLhs() == loop.getLowerBound() &&
         getConstantIntValue(end.getRhs()) == step;
}

/// Puts its body in the place of `loop`, which takes one step.
static void inlineStep(scf::ForOp loop) {
  Block *body = loop.getBody();
  loop.getInductionVar().replaceAllUsesWith(loop.getLowerBound());
  for (auto [argument, init] :
       llvm::zip(loop.getRegionIterArgs(), loop.getInitArgs()))
    argument.replaceAllUsesWith(init);
  Operation *yield = body->getTerminator();
  loop.replaceAllUsesWith(yield->getOperands());
  yield->erase();
  loop->getBlock()->getOperations().splice(loop->getIterator(),
                                           body->getOperations());
  loop.erase();
}

/// The block around `op` that workgroups enter whether they are the last one of
/// a sum or not; null in a loop.
static Block *findCommonBlock(Operation *op) {
  Block *block = op->getBlock();
  for (Operation *parent = op->getParentOp(); !isa<tile::KernelOp>(parent);
       parent = parent->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(parent);
    if (!branch)
      return nullptr;
    if (block == branch->getBlock() || block->getParentOp() != parent)
      continue;
    if (branch.getCondition().getDefiningOp<tile::ArriveOp>())
      block = parent->getBlock();
  }
  return block;
}

/// Is `op` evaluated where it is used, or of scalars alone?
static bool isPrologue(Operation &op) {
  return op.getNumRegions() == 0 &&
         (isLazy(&op) || isa<memref::LoadOp>(op) || isMemoryEffectFree(&op)) &&
         !isa<tile::ReduceOp, tile::DotOp, tensor::ExtractOp>(op);
}

/// Does anything that waits stand in front of a reader of `tile`?
static bool isReadBehind(Value tile, ArrayRef<Operation *> waits) {
  for (Operation *user : tile.getUsers()) {
    if (llvm::any_of(user->getResultTypes(), isTile) && isLazy(user)) {
      if (isReadBehind(user->getResult(0), waits))
        return true;
      continue;
    }
    if (llvm::any_of(waits, [&](Operation *wait) {
          Operation *there = wait->getBlock()->findAncestorOpInBlock(*user);
          return there && wait->isBeforeInBlock(there);
        }))
      return true;
  }
  return false;
}

/// Adds `op` and what it needs of what is not in front of `front`; false if
/// that can't be moved there.
bool KernelLowering::collectMoved(Operation *op, Operation *front,
                                  llvm::SetVector<Operation *> &moved) {
  Operation *inBlock = front->getBlock()->findAncestorOpInBlock(*op);
  if (!inBlock || (inBlock == op && op->isBeforeInBlock(front)) ||
      moved.contains(op))
    return true;
  auto load = dyn_cast<memref::LoadOp>(op);
  bool isReadOnly = isa<tile::LoadOp>(op) || isMemoryEffectFree(op) ||
                    (load && !overwritten(load.getMemRef()));
  if (op->getNumRegions() != 0 || !isReadOnly)
    return false;
  for (Operation *parent = op->getParentOp(); parent != front->getParentOp();
       parent = parent->getParentOp())
    if (isa<scf::ForOp>(parent))
      return false;
  for (Value operand : op->getOperands())
    if (Operation *definition = operand.getDefiningOp();
        definition && !collectMoved(definition, front, moved))
      return false;
  moved.insert(op);
  return true;
}

void KernelLowering::readAhead() {
  // Others run while one waits where there are more workgroups than units, and
  // copies would leave room for fewer.
  if (!target.hasAsyncCopies || !worksOnRows(kernel) ||
      static_cast<int64_t>(kernel.getWorkgroups()) > target.computeUnits)
    return;
  // What is in a loop isn't moved out of it.
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) { loops.push_back(loop); });
  for (scf::ForOp loop : loops)
    if (isOneStep(loop))
      inlineStep(loop);
  SmallVector<Operation *> waits;
  SmallVector<tile::LoadOp> loads;
  int64_t bytes = 0;
  bool gains = false;
  kernel.walk([&](Operation *op) {
    if (isa<tile::ReduceOp, tile::ArriveOp>(op))
      waits.push_back(op);
  });
  kernel.walk([&](tile::LoadOp load) {
    RankedTensorType type = load.getResult().getType();
    if (load.getValid() || overwritten(load.getSource()) ||
        type.getRank() == 0 || !findCommonBlock(load))
      return;
    loads.push_back(load);
    bytes += type.getNumElements() * getBytes(type.getElementType());
    gains |= isReadBehind(load.getResult(), waits);
  });
  if (!gains || bytes * kMemoryShare > target.ldsBytes)
    return;
  for (tile::LoadOp load : loads) {
    Block *block = findCommonBlock(load);
    Operation *front = &*llvm::find_if_not(*block, isPrologue);
    llvm::SetVector<Operation *> moved;
    if (!collectMoved(load, front, moved))
      continue;
    for (Operation *op : moved)
      op->moveBefore(front);
    copiedAhead.insert(load);
  }
}

/// What few threads load, in branches of their own, they store when all copies
/// are under way.
void KernelLowering::copyAhead(Value tile, Place &place) {
  // What is copied while threads go on is not there for them.
  emitted.emplace_back();
  if (place.distribution.replicatedBits()) {
    llvm::SaveAndRestore stay(loadsStay, true);
    heldAhead.push_back({place.shared, evaluate(tile, place.distribution)});
  } else {
    storeShared(*place.shared, evaluate(tile, place.distribution));
  }
  emitted.pop_back();
  written.insert(place.shared);
}

void KernelLowering::storeHeldAhead() {
  for (auto &[shared, registers] : std::exchange(heldAhead, {}))
    storeShared(*shared, registers);
}

/// As many bytes as a copy takes, where rows have them.
Distribution KernelLowering::copiedDistribution(tile::LoadOp load) {
  RankedTensorType type = load.getResult().getType();
  int64_t width =
      target.loadToLdsBytes.front() / getBytes(type.getElementType());
  while (type.getShape().back() % width)
    width /= 2;
  return Distribution::rowMajor(type.getShape(), threadBits(), 0, width);
}
