//===- PackSharedBuffers.cpp - Addresses of a workgroup's shared memory ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferLifetimes.h"
#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Exec/Transforms/IntervalPacking.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace dsv4c {
#define GEN_PASS_DEF_PACKSHAREDBUFFERS
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {
bool isShared(memref::AllocaOp alloca) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(alloca.getType());
}

/// What reads or writes the buffer; what only computes its address may be
/// anywhere in front of that.
SmallVector<Operation *> collectUsers(memref::AllocaOp alloca) {
  llvm::SetVector<Operation *> users;
  users.insert(alloca->user_begin(), alloca->user_end());
  for (size_t i = 0; i < users.size();) {
    Operation *user = users[i];
    if (user->getNumResults() == 0 || !isMemoryEffectFree(user)) {
      ++i;
      continue;
    }
    users.insert(user->user_begin(), user->user_end());
    users.remove(user);
  }
  return users.takeVector();
}

/// The next barrier behind the last of `users` in the block that has them all;
/// null if there is none. Until then threads that lag behind may read.
Operation *findEnd(ArrayRef<Operation *> users) {
  if (users.empty())
    return nullptr;
  Block *block = BufferLifetimes::findCommonBlock(users);
  Operation *last = nullptr;
  for (Operation *user : users) {
    Operation *inBlock = block->findAncestorOpInBlock(*user);
    if (!last || last->isBeforeInBlock(inBlock))
      last = inBlock;
  }
  while (last && !isa<gpu::BarrierOp>(last))
    last = last->getNextNode();
  return last;
}

exec::LiveInterval getInterval(memref::AllocaOp alloca,
                               const BufferLifetimes &lifetimes) {
  MemRefType type = alloca.getType();
  SmallVector<Operation *> users = collectUsers(alloca);
  if (Operation *end = findEnd(users))
    users.push_back(end);
  Lifetime lifetime = lifetimes.getLifetime(users);
  return {lifetime.first, lifetime.last,
          type.getNumElements() *
              static_cast<int64_t>(llvm::divideCeil(
                  type.getElementType().getIntOrFloatBitWidth(), 8))};
}

class PackSharedBuffersPass
    : public dsv4c::impl::PackSharedBuffersBase<PackSharedBuffersPass> {
public:
  using PackSharedBuffersBase::PackSharedBuffersBase;

  void runOnOperation() override {
    gpu::GPUFuncOp function = getOperation();
    BufferLifetimes lifetimes(function);
    SmallVector<memref::AllocaOp> allocas;
    SmallVector<exec::LiveInterval> intervals;
    function.walk([&](memref::AllocaOp alloca) {
      if (!isShared(alloca))
        return;
      allocas.push_back(alloca);
      intervals.push_back(getInterval(alloca, lifetimes));
    });
    if (allocas.empty())
      return;
    exec::IntervalPacking packing = exec::packIntervals(intervals, 16);
    // [pack_shared_buffers_c1]
    if (packing.bytes > static_cast<int64_t>(maxBytes)) {
      function.emitOpError("[pack_shared_buffers_c1] needs ")
          << packing.bytes << " bytes of shared memory, more than the "
          << maxBytes.getValue() << " of a workgroup; use smaller tiles";
      return signalPassFailure();
    }
    numBytes += packing.bytes;
    Location loc = function.getLoc();
    auto space =
        gpu::AddressSpaceAttr::get(&getContext(), gpu::AddressSpace::Workgroup);
    OpBuilder builder(&getContext());
    Value memory = function.addWorkgroupAttribution(
        MemRefType::get({packing.bytes}, builder.getI8Type(),
                        MemRefLayoutAttrInterface(), space),
        loc);
    for (auto [alloca, offset] : llvm::zip(allocas, packing.offsets)) {
      builder.setInsertionPoint(alloca);
      Value at = arith::ConstantIndexOp::create(builder, loc, offset);
      Value view = memref::ViewOp::create(builder, loc, alloca.getType(),
                                          memory, at, ValueRange());
      alloca.replaceAllUsesWith(view);
      alloca.erase();
    }
  }
};
} // namespace
