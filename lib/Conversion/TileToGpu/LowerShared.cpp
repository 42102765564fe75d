//===- LowerShared.cpp - Tiles in the memory that a workgroup shares ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every tile has a buffer of its own here; pack-shared-buffers lets those that
// are never in use together share memory. That is sound because a barrier
// stands between any read and the next write.
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
  auto type = MemRefType::get({elements}, storage, MemRefLayoutAttrInterface(),
                              space);
  return memref::AllocaOp::create(builder, kernel.getLoc(), type,
                                  builder.getI64IntegerAttr(16));
}

Place KernelLowering::allocateTile(RankedTensorType type,
                                   const Distribution *writers) {
  Place place;
  ArrayRef<int64_t> shape = type.getShape();
  int64_t rank = shape.size();
  Type storage = getStorageType(type.getElementType());
  int64_t bytes = storage.getIntOrFloatBitWidth() / 8;
  int64_t padding = writers ? choosePadding(shape, bytes, *writers) : 0;
  place.shape = llvm::to_vector<4>(shape);
  place.strides.assign(rank, 1);
  int64_t elements = 1;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    place.strides[dim] = elements;
    elements *= shape[dim];
    if (dim == rank - 1)
      elements += padding;
  }
  place.shared = allocateShared(elements, storage);
  return place;
}

/// AMD's orders shared memory alone: what is under way in global memory stays
/// so.
void KernelLowering::emitBarrier() {
  if (target.kind == tile::TargetKind::AmdGpu)
    amdgpu::LDSBarrierOp::create(builder, kernel.getLoc());
  else
    gpu::BarrierOp::create(builder, kernel.getLoc());
}

void KernelLowering::beginSharedWrite() {
  if (sharedRead)
    emitBarrier();
  sharedRead = false;
}

void KernelLowering::endSharedWrite() {
  emitBarrier();
  sharedRead = false;
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
    if (!last || (op->getBlock() == last->getBlock() &&
                  last->isBeforeInBlock(op)))
      last = op;
    else if (op->getBlock() != last->getBlock() &&
             last->getBlock()->findAncestorOpInBlock(*op))
      last = op;
  }
  bool savedRead = sharedRead;
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(block);
  // What is emitted here must not be found by what stands in front of it.
  emitted.emplace_back();
  Place shared = allocateTile(type, &place.distribution);
  sharedRead = true;
  beginSharedWrite();
  Value owner = ownerPredicate(place.distribution.replicatedBits());
  for (auto [access, values] :
       llvm::zip(groups(place.distribution), place.registers))
    storeShared(shared, access, values, owner);
  endSharedWrite();
  emitted.pop_back();
  sharedRead = savedRead;
  place.shared = shared.shared;
  place.shape = shared.shape;
  place.strides = shared.strides;
}

namespace {
/// Whether the elements of the vector are neighbours in memory.
bool isContiguous(const Access &access, ArrayRef<int64_t> strides) {
  auto position = [&](const Coordinates &offset) {
    int64_t result = 0;
    for (auto [value, stride] : llvm::zip(offset, strides))
      result += value * stride;
    return result;
  };
  for (int64_t i = 1; i < access.width(); ++i)
    if (position(access.offsets[i]) != position(access.offsets[0]) + i)
      return false;
  return true;
}
} // namespace

static Value toIndex(OpBuilder &builder, Value value) {
  return arith::IndexCastUIOp::create(builder, value.getLoc(),
                                      builder.getIndexType(), value);
}

/// Largest power of two, up to 16 bytes, that divides a position in shared
/// memory made of these parts, in elements.
static llvm::Align alignmentOf(ArrayRef<int64_t> coefficients, Value base,
                               ArrayRef<int64_t> offsets, int64_t bytes) {
  int64_t multiple = 16;
  auto include = [&](int64_t elements) {
    if (elements != 0)
      multiple = std::min(multiple, (elements * bytes) & -(elements * bytes));
  };
  for (int64_t coefficient : coefficients)
    include(coefficient);
  if (base)
    include(multipleOf(base));
  for (int64_t offset : offsets)
    include(offset);
  return llvm::Align(multiple);
}

Value KernelLowering::loadShared(const Place &place, const Access &access,
                                 Type element) {
  Location loc = kernel.getLoc();
  sharedRead = true;
  SmallVector<int64_t> coefficients(access.strides.size(), 0);
  Value base;
  for (auto [dim, stride] : llvm::enumerate(place.strides)) {
    for (auto [bit, bits] : llvm::enumerate(access.strides))
      coefficients[bit] += bits[dim] * stride;
    base = addI32(base, mulI32(access.base[dim], stride));
  }
  Value common = addI32(threadSum(coefficients), base);
  auto type = cast<MemRefType>(place.shared.getType());
  int64_t size = type.getDimSize(0);
  int64_t span = 0;
  for (int64_t value : coefficients)
    span += std::max<int64_t>(0, value);
  auto position = [&](int64_t i) {
    int64_t offset = 0;
    for (auto [value, stride] : llvm::zip(access.offsets[i], place.strides))
      offset += value * stride;
    // Elements beyond the tile are unspecified, but must not be read. A
    // uniform base promises to be inside.
    Value at = addI32(common, i32(offset));
    if (!base && (offset + span >= size || offset < 0)) {
      Value last = i32(size - access.width());
      at = arith::MinUIOp::create(builder, loc, at, last);
    }
    return toIndex(builder, at);
  };
  Value vector;
  if (isContiguous(access, place.strides)) {
    int64_t first = 0;
    for (auto [value, stride] : llvm::zip(access.offsets[0], place.strides))
      first += value * stride;
    // Where position() limits it, the position may be the limit.
    int64_t limit = base ? 0 : size - access.width();
    vector = vector::LoadOp::create(
        builder, loc,
        VectorType::get({access.width()}, type.getElementType()), place.shared,
        ValueRange{position(0)}, /*nontemporal=*/false,
        alignmentOf(coefficients, base, {first, limit},
                    getBytes(type.getElementType())));
  } else {
    SmallVector<Value> elements;
    for (int64_t i = 0; i < access.width(); ++i)
      elements.push_back(memref::LoadOp::create(builder, loc, place.shared,
                                                ValueRange{position(i)}));
    vector = vector::FromElementsOp::create(
        builder, loc,
        VectorType::get({access.width()}, type.getElementType()), elements);
  }
  return fromStorage(builder, vector, element);
}

void KernelLowering::storeShared(const Place &place, const Access &access,
                                 Value values, Value owner) {
  Location loc = kernel.getLoc();
  SmallVector<int64_t> coefficients(access.strides.size(), 0);
  for (auto [dim, stride] : llvm::enumerate(place.strides))
    for (auto [bit, bits] : llvm::enumerate(access.strides))
      coefficients[bit] += bits[dim] * stride;
  Value common = threadSum(coefficients);
  Value bits = toStorage(builder, values);
  OpBuilder::InsertionGuard guard(builder);
  if (owner) {
    auto branch = scf::IfOp::create(builder, loc, owner, /*withElse=*/false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
  }
  auto position = [&](int64_t i) {
    int64_t offset = 0;
    for (auto [value, stride] : llvm::zip(access.offsets[i], place.strides))
      offset += value * stride;
    return toIndex(builder, addI32(common, i32(offset)));
  };
  Value inBounds = emitInBounds(access, place.shape);
  if (isContiguous(access, place.strides) && !inBounds) {
    int64_t first = 0;
    for (auto [value, stride] : llvm::zip(access.offsets[0], place.strides))
      first += value * stride;
    Type element = cast<MemRefType>(place.shared.getType()).getElementType();
    vector::StoreOp::create(
        builder, loc, bits, place.shared, ValueRange{position(0)},
        /*nontemporal=*/false,
        alignmentOf(coefficients, {}, {first}, getBytes(element)));
    return;
  }
  for (int64_t i = 0; i < access.width(); ++i) {
    Value value = vector::ExtractOp::create(builder, loc, bits,
                                            ArrayRef<int64_t>{i});
    OpBuilder::InsertionGuard inner(builder);
    if (inBounds) {
      Value inside = vector::ExtractOp::create(builder, loc, inBounds,
                                               ArrayRef<int64_t>{i});
      auto branch = scf::IfOp::create(builder, loc, inside, false);
      builder.setInsertionPointToStart(&branch.getThenRegion().front());
    }
    memref::StoreOp::create(builder, loc, value, place.shared,
                            ValueRange{position(i)});
  }
}
