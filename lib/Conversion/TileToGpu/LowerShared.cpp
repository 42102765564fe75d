//===- LowerShared.cpp - Tiles in the memory that a workgroup shares ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every tile has a buffer of its own here; pack-shared-buffers lets those that
// are never in use together share memory. That is sound because a barrier
// stands between any read and the next write, or follows both.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

Value KernelLowering::allocateShared(int64_t elements, Type storage) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  auto space = gpu::AddressSpaceAttr::get(builder.getContext(),
                                          gpu::AddressSpace::Workgroup);
  auto type =
      MemRefType::get({elements}, storage, MemRefLayoutAttrInterface(), space);
  return memref::AllocaOp::create(builder, kernel.getLoc(), type,
                                  builder.getI64IntegerAttr(16));
}

SharedTile &KernelLowering::makeSharedTile(RankedTensorType type) {
  SharedTile &tile = sharedTiles.emplace_back();
  tile.storage = getStorageType(type.getElementType());
  tile.shape = llvm::to_vector<4>(type.getShape());
  tile.view = tile.shape;
  return tile;
}

SharedTile &KernelLowering::makeSharedTileInOrder(RankedTensorType type) {
  SharedTile &tile = makeSharedTile(type);
  tile.memory = allocateShared(type.getNumElements(), tile.storage);
  return tile;
}

/// AMD's orders shared memory alone: what is under way in global memory stays
/// so.
void KernelLowering::emitBarrier() {
  storeHeldAhead();
  if (target.kind == tile::TargetKind::AmdGpu)
    amdgpu::LDSBarrierOp::create(builder, kernel.getLoc());
  else
    gpu::BarrierOp::create(builder, kernel.getLoc());
}

void KernelLowering::beginSharedWrite() {
  if (sharedRead) {
    emitBarrier();
    written.clear();
  }
  sharedRead = false;
}

void KernelLowering::endSharedWrite() {
  emitBarrier();
  written.clear();
  sharedRead = false;
}

void KernelLowering::separateWrites() {
  if (!written.empty())
    endSharedWrite();
}

/// Moves a tile from registers to shared memory, where it was defined.
void KernelLowering::toShared(Value tile, Place &place) {
  auto type = cast<RankedTensorType>(tile.getType());
  OpBuilder::InsertionGuard guard(builder);
  // Behind the last of the registers.
  Operation *last = nullptr;
  Block *block = nullptr;
  for (Value value : place.registers) {
    Operation *op = value.getDefiningOp();
    if (!op) {
      block = cast<BlockArgument>(value).getOwner();
      continue;
    }
    if (!last ||
        (op->getBlock() == last->getBlock() && last->isBeforeInBlock(op)))
      last = op;
    else if (op->getBlock() != last->getBlock() &&
             last->getBlock()->findAncestorOpInBlock(*op))
      last = op;
  }
  bool savedRead = sharedRead;
  auto savedWritten = std::exchange(written, {});
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(block);
  // What is emitted here must not be found by what stands in front of it.
  emitted.emplace_back();
  SharedTile &shared = makeSharedTile(type);
  sharedRead = true;
  beginSharedWrite();
  storeShared(shared, place);
  endSharedWrite();
  emitted.pop_back();
  sharedRead = savedRead;
  written = std::move(savedWritten);
  place.shared = &shared;
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

Value KernelLowering::loadShared(SharedTile &tile, const Access &access,
                                 Type element) {
  if (written.contains(&tile))
    separateWrites();
  sharedRead = true;
  auto type = VectorType::get({access.width()}, tile.storage);
  auto placeholder = UnrealizedConversionCastOp::create(
      builder, kernel.getLoc(), type, ValueRange());
  tile.loads.push_back({placeholder, access, tile.view, 0, warpsAreWhole});
  return fromStorage(builder, placeholder.getResult(0), element);
}

void KernelLowering::storeShared(SharedTile &tile, const Place &registers) {
  int64_t replicated = registers.distribution.replicatedBits();
  Value owner = ownerPredicate(replicated);
  for (auto [access, values] :
       llvm::zip(groups(registers.distribution), registers.registers))
    storeShared(tile, access, values, replicated, owner);
}

void KernelLowering::storeShared(SharedTile &tile, const Access &access,
                                 Value values, int64_t replicatedBits,
                                 Value owner) {
  Location loc = kernel.getLoc();
  Value bits = toStorage(builder, values);
  OpBuilder::InsertionGuard guard(builder);
  if (owner) {
    auto branch = scf::IfOp::create(builder, loc, owner, /*withElse=*/false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
  }
  auto placeholder = UnrealizedConversionCastOp::create(
      builder, loc, TypeRange(), ValueRange(bits));
  tile.stores.push_back({placeholder, access, tile.view, replicatedBits});
}

/// Vector by vector, so that no thread holds all of its elements.
Place KernelLowering::evaluateIntoShared(Value tile) {
  Place place;
  place.distribution = chooseDistribution(tile);
  place.shared = &makeSharedTile(cast<RankedTensorType>(tile.getType()));
  int64_t replicated = place.distribution.replicatedBits();
  Value owner = ownerPredicate(replicated);
  beginSharedWrite();
  if (copiedAhead.contains(tile.getDefiningOp())) {
    copyAhead(tile, place);
    return place;
  }
  for (const Access &access : groups(place.distribution))
    storeShared(*place.shared, access, emit(tile, access), replicated, owner);
  // Where copies go on beside other work, the next tile is such work.
  if (target.hasAsyncCopies)
    written.insert(place.shared);
  else
    endSharedWrite();
  return place;
}
