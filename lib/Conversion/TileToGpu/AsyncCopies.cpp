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

namespace dsv4c {
#define GEN_PASS_DEF_ASYNCCOPIES
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {
constexpr unsigned kSharedSpace = 3;

/// A buffer in shared memory that is copied as it is.
class Copy {
public:
  /// None if `tile` is written otherwise, or if nobody would gain.
  static std::optional<Copy> find(memref::AllocaOp tile, int64_t bytes) {
    Copy copy(tile);
    if (!copy.findStores(bytes) || !copy.findReaders() || !copy.findWaits())
      return std::nullopt;
    return copy;
  }

  void apply(int64_t bytes) {
    for (vector::StoreOp store : stores)
      replace(store, bytes);
    OpBuilder builder(stores.back()->getContext());
    builder.setInsertionPointAfter(stores.back());
    Location loc = tile.getLoc();
    NVVM::CpAsyncCommitGroupOp::create(builder, loc);
    for (Operation *barrier : waits) {
      builder.setInsertionPoint(barrier);
      NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0);
    }
    // Paths without a reader. Where the last one is in the copy's own block, it
    // has waited on every path.
    if (last->getNumRegions() != 0) {
      builder.setInsertionPointAfter(last);
      NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0);
    }
    for (vector::StoreOp store : stores) {
      auto load = store.getValueToStore().getDefiningOp<LLVM::LoadOp>();
      store.erase();
      load.erase();
    }
  }

private:
  explicit Copy(memref::AllocaOp tile) : tile(tile) {}

  /// In one block, in its order.
  bool findStores(int64_t bytes) {
    for (Operation *user : tile->getUsers())
      if (auto store = dyn_cast<vector::StoreOp>(user))
        stores.push_back(store);
    if (stores.empty() || !llvm::all_of(stores, [&](vector::StoreOp store) {
          return store->getBlock() == stores.front()->getBlock() &&
                 isCopied(store, bytes);
        }))
      return false;
    llvm::sort(stores, [](vector::StoreOp a, vector::StoreOp b) {
      return a->isBeforeInBlock(b);
    });
    return true;
  }

  bool isCopied(vector::StoreOp store, int64_t bytes) {
    auto load = store.getValueToStore().getDefiningOp<LLVM::LoadOp>();
    VectorType type = store.getVectorType();
    return load && load->hasOneUse() && store.getBase() == tile &&
           load->getBlock() == store->getBlock() &&
           type.getNumElements() * type.getElementTypeBitWidth() == 8 * bytes &&
           load.getAlignment().value_or(1) % bytes == 0 &&
           store.getAlignment().value_or(1) % bytes == 0 &&
           tile_to_gpu::isReadOnly(load.getAddr());
  }

  /// All behind the stores.
  bool findReaders() {
    Block *block = stores.front()->getBlock();
    for (Operation *user : tile->getUsers()) {
      if (isa<vector::StoreOp>(user))
        continue;
      Operation *inBlock = block->findAncestorOpInBlock(*user);
      if (!isa<memref::LoadOp, vector::LoadOp, nvgpu::LdMatrixOp>(user) ||
          !inBlock || !stores.back()->isBeforeInBlock(inBlock))
        return false;
      readers.push_back(user);
      if (!last || last->isBeforeInBlock(inBlock))
        last = inBlock;
    }
    return last != nullptr;
  }

  /// For each reader the last barrier in front of it that all paths to it pass.
  bool findWaits() {
    Operation *first = nullptr;
    for (Operation *op = stores.back(); op && !first; op = op->getNextNode())
      if (isa<gpu::BarrierOp>(op))
        first = op;
    for (Operation *reader : readers) {
      Operation *barrier = findBarrier(reader);
      if (!barrier || barrier == first)
        return false;
      waits.insert(barrier);
    }
    return true;
  }

  Operation *findBarrier(Operation *reader) {
    while (true) {
      for (Operation *op = reader; op; op = op->getPrevNode()) {
        if (op == stores.back())
          return nullptr;
        if (isa<gpu::BarrierOp>(op))
          return op;
      }
      reader = reader->getParentOp();
    }
  }

  void replace(vector::StoreOp store, int64_t bytes) {
    OpBuilder builder(store);
    Location loc = store.getLoc();
    auto load = store.getValueToStore().getDefiningOp<LLVM::LoadOp>();
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
    // Past the nearest cache: a workgroup reads each byte once.
    NVVM::CpAsyncOp::create(builder, loc, pointer, load.getAddr(), bytes,
                            NVVM::LoadCacheModifierKind::CG,
                            /*cpSize=*/Value());
  }

  memref::AllocaOp tile;
  SmallVector<vector::StoreOp> stores;
  SmallVector<Operation *> readers;
  llvm::SetVector<Operation *> waits;
  /// In the block of the stores, with the last reader.
  Operation *last = nullptr;
};

class AsyncCopiesPass : public dsv4c::impl::AsyncCopiesBase<AsyncCopiesPass> {
public:
  using AsyncCopiesBase::AsyncCopiesBase;

  void runOnOperation() override {
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
