//===- PackStackBuffers.cpp - Share memory between stack buffers ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferLifetimes.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace dsv4c::tile {
#define GEN_PASS_DEF_PACKSTACKBUFFERS
#include "Tile/TilePasses.h.inc"
} // namespace dsv4c::tile

using namespace mlir;
using namespace dsv4c;

namespace {
/// A buffer and where it is in use.
struct Buffer {
  memref::AllocaOp alloca;
  int64_t bytes;
  Lifetime lifetime;
};

/// Memory that buffers take one after the other.
struct Slot {
  int64_t bytes;
  int64_t busyUntil;
  SmallVector<Buffer *> buffers;
};
} // namespace

/// All operations that use `value` or a reshape of it.
static void collectUsers(Value value, SmallVectorImpl<Operation *> &users) {
  for (Operation *user : value.getUsers()) {
    users.push_back(user);
    if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(user))
      collectUsers(user->getResult(0), users);
  }
}

static int64_t getBytes(MemRefType type) {
  Type element = type.getElementType();
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

/// The free slot that wastes or grows least.
static Slot *chooseSlot(MutableArrayRef<Slot> slots, const Buffer &buffer) {
  Slot *best = nullptr;
  auto distance = [&](const Slot &slot) {
    return std::abs(slot.bytes - buffer.bytes);
  };
  for (Slot &slot : slots)
    if (slot.busyUntil < buffer.lifetime.first &&
        (!best || distance(slot) < distance(*best)))
      best = &slot;
  return best;
}

namespace {
class PackStackBuffersPass
    : public tile::impl::PackStackBuffersBase<PackStackBuffersPass> {
public:
  using PackStackBuffersBase::PackStackBuffersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    Block &entry = function.getBody().front();
    BufferLifetimes lifetimes(function);
    SmallVector<Buffer> buffers;
    for (auto alloca : entry.getOps<memref::AllocaOp>()) {
      MemRefType type = alloca.getType();
      if (!type.hasStaticShape() || !type.getLayout().isIdentity())
        continue;
      SmallVector<Operation *> users;
      collectUsers(alloca.getResult(), users);
      buffers.push_back(
          {alloca, getBytes(type), lifetimes.getLifetime(users)});
    }
    llvm::stable_sort(buffers, [](const Buffer &a, const Buffer &b) {
      return a.lifetime.first < b.lifetime.first;
    });

    SmallVector<Slot> slots;
    for (Buffer &buffer : buffers) {
      numBytesBefore += buffer.bytes;
      Slot *slot = chooseSlot(slots, buffer);
      if (!slot)
        slot = &slots.emplace_back(Slot{0, 0, {}});
      slot->bytes = std::max(slot->bytes, buffer.bytes);
      slot->busyUntil = buffer.lifetime.last;
      slot->buffers.push_back(&buffer);
    }
    int64_t frame = 0;
    for (const Slot &slot : slots)
      frame += slot.bytes;
    // [pack_stack_buffers_c1]
    if (frame > static_cast<int64_t>(maxBytes)) {
      function.emitOpError("[pack_stack_buffers_c1] needs ")
          << frame << " bytes of stack, more than the " << maxBytes.getValue()
          << " that a worker thread has for it; use smaller tiles";
      return signalPassFailure();
    }
    for (Slot &slot : slots) {
      numBytesAfter += slot.bytes;
      if (slot.buffers.size() > 1)
        replace(slot, entry);
    }
  }

private:
  /// One allocation of bytes instead of the slot's buffers.
  void replace(Slot &slot, Block &entry) {
    OpBuilder builder = OpBuilder::atBlockBegin(&entry);
    Location loc = slot.buffers.front()->alloca.getLoc();
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value memory = memref::AllocaOp::create(
        builder, loc, MemRefType::get({slot.bytes}, builder.getI8Type()),
        builder.getI64IntegerAttr(64));
    for (Buffer *buffer : slot.buffers) {
      Value view = memref::ViewOp::create(
          builder, loc, buffer->alloca.getType(), memory, zero, ValueRange());
      buffer->alloca.replaceAllUsesWith(view);
    }
    for (Buffer *buffer : slot.buffers)
      buffer->alloca.erase();
  }
};
} // namespace
