//===- AsyncCopies.cpp - Copy to shared memory while threads go on --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReadOnly.h"
#include "dsv4c/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace dsv4c {
#define GEN_PASS_DEF_ASYNCCOPIES
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {
constexpr unsigned kSharedSpace = 3;
/// Of cp.async; the largest one passes by the nearest cache.
constexpr int64_t kWidths[] = {4, 8, 16}, kWholeBytes = 16;

/// A store of what has been loaded, or of zeros.
struct Transfer {
  vector::StoreOp store;
  LLVM::LoadOp load;
  /// i1: zeros where it is false. Null stands for true.
  Value exists;

  /// None if `store` is of anything else, or not of `bytes`.
  static std::optional<Transfer> find(vector::StoreOp store, int64_t bytes) {
    Transfer result{store, {}, {}};
    Value value = skipCasts(store.getValueToStore());
    if (auto select = value.getDefiningOp<arith::SelectOp>()) {
      if (!select->hasOneUse() ||
          !select.getCondition().getType().isInteger(1) ||
          !matchPattern(select.getFalseValue(), m_Zero()))
        return std::nullopt;
      result.exists = select.getCondition();
      value = skipCasts(select.getTrueValue());
    }
    result.load = value.getDefiningOp<LLVM::LoadOp>();
    VectorType type = store.getVectorType();
    if (!result.load || !result.load->hasOneUse() ||
        result.load->getBlock() != store->getBlock() ||
        type.getNumElements() * type.getElementTypeBitWidth() != 8 * bytes ||
        result.load.getAlignment().value_or(1) % bytes != 0 ||
        store.getAlignment().value_or(1) % bytes != 0 ||
        !tile_to_gpu::isReadOnly(result.load.getAddr()))
      return std::nullopt;
    return result;
  }

  static Value skipCasts(Value value) {
    while (auto cast = value.getDefiningOp<LLVM::BitcastOp>()) {
      if (!cast->hasOneUse())
        break;
      value = cast.getArg();
    }
    return value;
  }

  void apply(int64_t bytes) {
    OpBuilder builder(store);
    Location loc = store.getLoc();
    auto tile = cast<TypedValue<MemRefType>>(store.getBase());
    Value base =
        memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, tile);
    Value size = arith::ConstantIndexOp::create(
        builder, loc, tile.getType().getElementTypeBitWidth() / 8);
    Value offset =
        arith::MulIOp::create(builder, loc, store.getIndices()[0], size);
    Value address = arith::AddIOp::create(builder, loc, base, offset);
    address = arith::IndexCastUIOp::create(builder, loc, builder.getI64Type(),
                                           address);
    Value pointer = LLVM::IntToPtrOp::create(
        builder, loc,
        LLVM::LLVMPointerType::get(builder.getContext(), kSharedSpace),
        address);
    // Bytes that aren't copied become zero.
    Value copied;
    if (exists)
      copied = arith::SelectOp::create(
          builder, loc, exists,
          arith::ConstantIntOp::create(builder, loc, bytes, 32),
          arith::ConstantIntOp::create(builder, loc, 0, 32));
    // Past the nearest cache, where the width allows that: a workgroup reads
    // each byte once.
    auto cache = bytes == kWholeBytes ? NVVM::LoadCacheModifierKind::CG
                                      : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(builder, loc, pointer, load.getAddr(), bytes, cache,
                            copied);
    Value value = store.getValueToStore();
    store.erase();
    while (Operation *op = value.getDefiningOp()) {
      if (!op->use_empty())
        break;
      value = isa<arith::SelectOp>(op) ? op->getOperand(1) : op->getOperand(0);
      bool isLoad = op == load;
      op->erase();
      if (isLoad)
        break;
    }
  }
};

/// A buffer in shared memory that is copied as it is.
class Copy {
public:
  /// None if `tile` is written otherwise, or if nobody would gain.
  static std::optional<Copy> find(memref::AllocaOp tile, int64_t bytes) {
    Copy copy(tile);
    if (!copy.findTransfers(bytes) || !copy.findReaders() || !copy.findWaits())
      return std::nullopt;
    return copy;
  }

  void apply(int64_t bytes) {
    Operation *end = advance();
    Location loc = tile.getLoc();
    OpBuilder builder(tile.getContext());
    builder.setInsertionPointAfter(end);
    NVVM::CpAsyncCommitGroupOp::create(builder, loc);
    auto wait = [&] { NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0); };
    for (Operation *barrier : waits) {
      builder.setInsertionPoint(barrier);
      // One that is there for another copy is for all.
      if (!isa_and_nonnull<NVVM::CpAsyncWaitGroupOp>(barrier->getPrevNode()))
        wait();
    }
    // Paths without a reader. Where the last one is in the copy's own block, it
    // has waited on every path.
    if (last->getNumRegions() != 0) {
      builder.setInsertionPointAfter(last);
      wait();
    }
    for (Transfer &transfer : transfers)
      transfer.apply(bytes);
  }

private:
  explicit Copy(memref::AllocaOp tile) : tile(tile) {}

  /// In one block, in its order.
  bool findTransfers(int64_t bytes) {
    for (Operation *user : tile->getUsers())
      if (auto store = dyn_cast<vector::StoreOp>(user)) {
        std::optional<Transfer> transfer = Transfer::find(store, bytes);
        if (!transfer || store.getBase() != tile)
          return false;
        transfers.push_back(*transfer);
      }
    if (transfers.empty())
      return false;
    block = transfers.front().store->getBlock();
    if (llvm::any_of(transfers, [&](const Transfer &transfer) {
          return transfer.store->getBlock() != block;
        }))
      return false;
    llvm::sort(transfers, [](const Transfer &a, const Transfer &b) {
      return a.store->isBeforeInBlock(b.store);
    });
    return true;
  }

  Operation *lastStore() { return transfers.back().store; }

  /// All behind the stores.
  bool findReaders() {
    for (Operation *user : tile->getUsers()) {
      if (isa<vector::StoreOp>(user))
        continue;
      Operation *inBlock = block->findAncestorOpInBlock(*user);
      if (!isa<memref::LoadOp, vector::LoadOp, nvgpu::LdMatrixOp>(user) ||
          !inBlock || !lastStore()->isBeforeInBlock(inBlock))
        return false;
      readers.push_back(user);
      if (!last || last->isBeforeInBlock(inBlock))
        last = inBlock;
    }
    return last != nullptr;
  }

  /// For each reader the last barrier in front of it that all paths to it pass.
  bool findWaits() {
    findStart();
    bool gains = false;
    for (Operation *reader : readers) {
      Operation *barrier = findBarrier(reader);
      if (!barrier)
        return false;
      if (waits.insert(barrier))
        gains |= isWorkBefore(barrier);
    }
    return gains;
  }

  Operation *findBarrier(Operation *reader) {
    while (true) {
      for (Operation *op = reader; op; op = op->getPrevNode()) {
        if (op == lastStore())
          return nullptr;
        if (isa<gpu::BarrierOp>(op))
          return op;
      }
      reader = reader->getParentOp();
    }
  }

  /// Is anything else loaded between the copy and the wait in front of
  /// `barrier`?
  bool isWorkBefore(Operation *barrier) {
    llvm::SmallPtrSet<Operation *, 8> own;
    for (Transfer &transfer : transfers)
      own.insert(transfer.load);
    Operation *from = start ? start : transfers.front().store;
    for (Operation *op = barrier;; op = op->getParentOp()) {
      while (Operation *before = op->getPrevNode()) {
        op = before;
        if (op == from)
          return false;
        WalkResult result = op->walk([&](LLVM::LoadOp load) {
          return own.contains(load) ? WalkResult::advance()
                                    : WalkResult::interrupt();
        });
        if (result.wasInterrupted())
          return true;
      }
      if (op->getBlock() == block)
        return false;
    }
  }

  /// The barrier in front of the copy. What is behind it may be in any order
  /// where it doesn't depend on one another.
  void findStart() {
    start = transfers.front().store;
    while (start && !isa<gpu::BarrierOp>(start))
      start = start->getNumRegions() == 0 ? start->getPrevNode() : nullptr;
  }

  /// Moves what the copies need right behind the barrier, so that other loads
  /// come while they are under way. The last operation of the copies.
  Operation *advance() {
    llvm::SetVector<Operation *> needed;
    for (Transfer &transfer : transfers)
      if (!start || !collect(transfer.store, needed))
        return lastStore();
    SmallVector<Operation *> inOrder;
    for (Operation *op = start->getNextNode(); op != lastStore();
         op = op->getNextNode())
      if (needed.contains(op))
        inOrder.push_back(op);
    inOrder.push_back(lastStore());
    Operation *at = start;
    for (Operation *op : inOrder) {
      op->moveAfter(at);
      at = op;
    }
    return at;
  }

  /// Adds `op` and what it needs of what is behind `start`; false if that reads
  /// memory which may have been written in between.
  bool collect(Operation *op, llvm::SetVector<Operation *> &needed) {
    if (op->getBlock() != block || !start->isBeforeInBlock(op) ||
        !needed.insert(op))
      return true;
    if (op->getNumRegions() != 0)
      return false;
    if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      if (!tile_to_gpu::isReadOnly(load.getAddr()))
        return false;
    } else if (isa<memref::LoadOp, vector::LoadOp>(op)) {
      Value from = op->getOperand(0);
      if (llvm::any_of(from.getUsers(), [&](Operation *user) {
            Operation *inBlock = block->findAncestorOpInBlock(*user);
            return isa<memref::StoreOp, vector::StoreOp>(user) && inBlock &&
                   start->isBeforeInBlock(inBlock) &&
                   inBlock->isBeforeInBlock(op);
          }))
        return false;
    } else if (!isMemoryEffectFree(op) && !isTransfer(op)) {
      return false;
    }
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      Operation *definition = operand.getDefiningOp();
      return !definition || collect(definition, needed);
    });
  }

  bool isTransfer(Operation *op) {
    return llvm::any_of(transfers, [&](const Transfer &transfer) {
      return transfer.store == op;
    });
  }

  memref::AllocaOp tile;
  Block *block = nullptr;
  SmallVector<Transfer> transfers;
  SmallVector<Operation *> readers;
  llvm::SetVector<Operation *> waits;
  /// The barrier in front of the stores, with no branch in between; or null.
  Operation *start = nullptr;
  /// In the block of the stores, with the last reader.
  Operation *last = nullptr;
};

class AsyncCopiesPass : public dsv4c::impl::AsyncCopiesBase<AsyncCopiesPass> {
public:
  using AsyncCopiesBase::AsyncCopiesBase;

  void runOnOperation() override {
    // [async_copies_c1]
    if (!llvm::is_contained(kWidths, copyBytes)) {
      getOperation().emitOpError("[async_copies_c1] can't be given copies of ")
          << copyBytes.getValue() << " bytes; expected 4, 8 or 16";
      return signalPassFailure();
    }
    SmallVector<memref::AllocaOp> tiles;
    getOperation().walk([&](memref::AllocaOp tile) {
      if (gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(tile.getType()) &&
          tile.getType().getRank() == 1)
        tiles.push_back(tile);
    });
    for (memref::AllocaOp tile : tiles)
      if (std::optional<Copy> copy = Copy::find(tile, copyBytes)) {
        copy->apply(copyBytes);
        ++numTiles;
      }
  }
};
} // namespace
