//===- TileStorage.cpp - Memory of tiles ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChunkEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

Type tile_to_host::getStorageType(Type elementType) {
  MLIRContext *context = elementType.getContext();
  // A vector of i1 would be packed to bits, an element would not.
  if (elementType.isInteger(1))
    return IntegerType::get(context, 8);
  // Narrow floats are only moved and converted. As integers they never look to
  // LLVM like something to compute with, which takes library calls.
  if (isa<FloatType>(elementType) && elementType.getIntOrFloatBitWidth() < 32)
    return IntegerType::get(context, elementType.getIntOrFloatBitWidth());
  return elementType;
}

Type tile_to_host::getChunkType(Type elementType, int64_t width) {
  return width == 1 ? elementType : VectorType::get(width, elementType);
}

/// The type of `chunk` with another element type.
static Type withElement(Type chunkType, Type elementType) {
  if (auto vector = dyn_cast<VectorType>(chunkType))
    return vector.clone(elementType);
  return elementType;
}

Value tile_to_host::toStorage(OpBuilder &builder, Value chunk) {
  Type elementType = getElementTypeOrSelf(chunk.getType());
  Type storageType = getStorageType(elementType);
  if (!isa<FloatType>(elementType) || storageType == elementType)
    return chunk;
  return arith::BitcastOp::create(builder, chunk.getLoc(),
                                  withElement(chunk.getType(), storageType),
                                  chunk);
}

Value tile_to_host::fromStorage(OpBuilder &builder, Value chunk,
                                Type elementType) {
  if (getElementTypeOrSelf(chunk.getType()) == elementType)
    return chunk;
  return arith::BitcastOp::create(builder, chunk.getLoc(),
                                  withElement(chunk.getType(), elementType),
                                  chunk);
}

Value KernelLowering::createBuffer(RankedTensorType type) {
  return createBuffer(type.getShape(), getStorageType(type.getElementType()));
}

Value KernelLowering::createBuffer(ArrayRef<int64_t> shape, Type elementType) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  auto type = MemRefType::get(shape, elementType);
  ++numBuffers;
  unsigned bits =
      elementType.isIndex() ? 64 : elementType.getIntOrFloatBitWidth();
  bufferBytes += type.getNumElements() * llvm::divideCeil(bits, 8);
  return memref::AllocaOp::create(builder, kernel.getLoc(), type,
                                  builder.getI64IntegerAttr(64));
}

/// Indices into the memref of `place` for the element `indices` of its tile.
static SmallVector<Value>
getMemoryIndices(const Place &place, ArrayRef<Value> indices,
                 llvm::function_ref<Value(Value, Value)> add) {
  if (place.offsets.empty())
    return SmallVector<Value>(indices);
  SmallVector<Value> result(place.offsets);
  size_t leading = result.size() - indices.size();
  for (auto [i, index] : llvm::enumerate(indices))
    result[leading + i] = add(result[leading + i], index);
  return result;
}

Value KernelLowering::loadChunk(const Place &place, ArrayRef<Value> indices,
                                int64_t width, Type elementType) {
  Location loc = place.memref.getLoc();
  SmallVector<Value> at = getMemoryIndices(
      place, indices, [&](Value a, Value b) { return addIndex(a, b); });
  Type storageType = cast<MemRefType>(place.memref.getType()).getElementType();
  Value chunk;
  if (width == 1)
    chunk = memref::LoadOp::create(builder, loc, place.memref, at);
  else
    chunk = vector::LoadOp::create(
        builder, loc, VectorType::get(width, storageType), place.memref, at);
  if (storageType == elementType)
    return chunk;
  Type type = getChunkType(elementType, width);
  if (elementType.isInteger(1))
    return arith::TruncIOp::create(builder, loc, type, chunk);
  return arith::BitcastOp::create(builder, loc, type, chunk);
}

void KernelLowering::storeChunk(Value chunk, const Place &place,
                                ArrayRef<Value> indices) {
  Location loc = chunk.getLoc();
  SmallVector<Value> at = getMemoryIndices(
      place, indices, [&](Value a, Value b) { return addIndex(a, b); });
  auto vectorType = dyn_cast<VectorType>(chunk.getType());
  int64_t width = vectorType ? vectorType.getNumElements() : 1;
  Type storageType = cast<MemRefType>(place.memref.getType()).getElementType();
  Type elementType = getElementTypeOrSelf(chunk.getType());
  Type type = getChunkType(storageType, width);
  if (elementType.isInteger(1))
    chunk = arith::ExtUIOp::create(builder, loc, type, chunk);
  else if (elementType != storageType)
    chunk = arith::BitcastOp::create(builder, loc, type, chunk);
  if (vectorType)
    vector::StoreOp::create(builder, loc, chunk, place.memref, at);
  else
    memref::StoreOp::create(builder, loc, chunk, place.memref, at);
}

int64_t KernelLowering::chooseWidth(Value tile) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tile.getType()).getShape();
  int64_t inner = shape.back();
  int64_t width =
      std::min(target.vectorWidth, ChunkEmitter::getMaxWidth(*this, tile));
  while (inner % width != 0)
    width /= 2;
  return width;
}

void KernelLowering::writeTile(Value tile, const Place &place) {
  auto type = cast<RankedTensorType>(tile.getType());
  // A tile whose elements nobody has defined.
  if (tile.getDefiningOp<tensor::EmptyOp>())
    return;
  forEachChunk(
      type.getShape(), chooseWidth(tile), [&](ArrayRef<Value> indices) {
        auto vectorWidth = chooseWidth(tile);
        storeChunk(ChunkEmitter(*this).emit(tile, indices, vectorWidth), place,
                   indices);
      });
}

std::optional<Place> KernelLowering::getSlicePlace(tensor::ExtractSliceOp op) {
  const Place *source = lookupPlace(op.getSource());
  llvm::SmallBitVector dropped = op.getDroppedDims();
  // Tile dimensions are the trailing ones of a place.
  bool dropsPrefix =
      dropped.find_first_unset() == static_cast<int>(dropped.count());
  if (!source || !op.hasUnitStride() || !dropsPrefix)
    return std::nullopt;
  Place place = *source;
  place.isOwned = false;
  int64_t rank = cast<MemRefType>(place.memref.getType()).getRank();
  if (place.offsets.empty())
    place.offsets.assign(rank, constantIndex(0));
  int64_t leading = rank - op.getSourceType().getRank();
  for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
    Value value = isa<Attribute>(offset)
                      ? constantIndex(*getConstantIntValue(offset))
                      : getScalar(cast<Value>(offset));
    place.offsets[leading + dim] =
        addIndex(place.offsets[leading + dim], value);
  }
  return place;
}

Place KernelLowering::getStored(Value tile) {
  if (const Place *place = lookupPlace(tile))
    return *place;
  if (auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>())
    if (std::optional<Place> place = getSlicePlace(slice))
      return *place;
  Place place{createBuffer(cast<RankedTensorType>(tile.getType())), {}, true};
  writeTile(tile, place);
  // A buffer filled in a nested region has its contents only there.
  Operation *op = tile.getDefiningOp();
  if (op && emittedBlocks.lookup(op->getBlock()) == builder.getBlock())
    setStored(tile, place);
  return place;
}
