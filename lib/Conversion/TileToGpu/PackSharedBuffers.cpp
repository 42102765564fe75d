//===- PackSharedBuffers.cpp - Addresses of a workgroup's shared memory ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Exec/Transforms/IntervalPacking.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace dsv4c {
#define GEN_PASS_DEF_PACKSHAREDBUFFERS
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {
/// Pre-order numbers of operations, and of the last one inside each.
class Numbering {
public:
  explicit Numbering(Operation *root) { number(root); }
  int64_t first(Operation *op) const { return range.lookup(op).first; }
  int64_t last(Operation *op) const { return range.lookup(op).second; }

private:
  void number(Operation *op) {
    int64_t first = next++;
    for (Region &region : op->getRegions())
      for (Operation &inner : region.getOps())
        number(&inner);
    range[op] = {first, next - 1};
  }
  int64_t next = 0;
  llvm::DenseMap<Operation *, std::pair<int64_t, int64_t>> range;
};

bool isShared(memref::AllocaOp alloca) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(alloca.getType());
}

/// From the first to the last use in the innermost block that has them all,
/// loops taken whole. What one iteration hands to the next has uses outside.
exec::LiveInterval getInterval(memref::AllocaOp alloca,
                               const Numbering &numbering) {
  MemRefType type = alloca.getType();
  exec::LiveInterval interval;
  interval.bytes =
      type.getNumElements() *
      llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
  SmallVector<Operation *> users(alloca->getUsers().begin(),
                                 alloca->getUsers().end());
  if (users.empty())
    return interval;
  Block *block = users.front()->getBlock();
  while (!llvm::all_of(users, [&](Operation *op) {
    return block->findAncestorOpInBlock(*op) != nullptr;
  }))
    block = block->getParentOp()->getBlock();
  interval.first = std::numeric_limits<int64_t>::max();
  for (Operation *user : users) {
    Operation *ancestor = block->findAncestorOpInBlock(*user);
    interval.first = std::min(interval.first, numbering.first(ancestor));
    interval.last = std::max(interval.last, numbering.last(ancestor));
  }
  return interval;
}

class PackSharedBuffersPass
    : public dsv4c::impl::PackSharedBuffersBase<PackSharedBuffersPass> {
public:
  using PackSharedBuffersBase::PackSharedBuffersBase;

  void runOnOperation() override {
    gpu::GPUFuncOp function = getOperation();
    Numbering numbering(function);
    SmallVector<memref::AllocaOp> allocas;
    SmallVector<exec::LiveInterval> intervals;
    function.walk([&](memref::AllocaOp alloca) {
      if (!isShared(alloca))
        return;
      allocas.push_back(alloca);
      intervals.push_back(getInterval(alloca, numbering));
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
    auto space = gpu::AddressSpaceAttr::get(&getContext(),
                                            gpu::AddressSpace::Workgroup);
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
