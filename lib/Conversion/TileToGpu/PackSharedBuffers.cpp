//===- PackSharedBuffers.cpp - Addresses of a workgroup's shared memory ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferLifetimes.h"
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
bool isShared(memref::AllocaOp alloca) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(alloca.getType());
}

exec::LiveInterval getInterval(memref::AllocaOp alloca,
                               const BufferLifetimes &lifetimes) {
  MemRefType type = alloca.getType();
  Lifetime lifetime = lifetimes.getLifetime(llvm::to_vector(alloca->getUsers()));
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
