//===- LowerShape.cpp - Operations that move elements ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChunkEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

//===----------------------------------------------------------------------===//
// tile.transpose
//===----------------------------------------------------------------------===//

/// Transposes n vectors of n lanes by log2(n) rounds of perfect shuffles.
static void transposeInRegisters(OpBuilder &builder, Location loc,
                                 SmallVector<Value> &rows) {
  int64_t size = rows.size();
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < size / 2; ++i) {
    low.append({i, size + i});
    high.append({size / 2 + i, size + size / 2 + i});
  }
  for (int64_t round = 1; round < size; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < size / 2; ++i) {
      Value a = rows[i], b = rows[i + size / 2];
      next.push_back(vector::ShuffleOp::create(builder, loc, a, b, low));
      next.push_back(vector::ShuffleOp::create(builder, loc, a, b, high));
    }
    rows = next;
  }
}

LogicalResult KernelLowering::lowerTranspose(tile::TransposeOp op) {
  Location loc = op.getLoc();
  RankedTensorType type = op.getInput().getType();
  Place result{createBuffer(op.getResult().getType()), {}, true};
  int64_t block = chooseWidth(op.getInput());
  while (type.getDimSize(0) % block != 0)
    block /= 2;
  if (block == 1) {
    forEachIndex(type.getShape(), [&](ArrayRef<Value> at) {
      storeChunk(ChunkEmitter(*this).emit(op.getInput(), at, 1), result,
                 {at[1], at[0]});
    });
  } else {
    Value numRows = constantIndex(type.getDimSize(0));
    Value numColumns = constantIndex(type.getDimSize(1));
    forRange(numRows, block, [&](Value row) {
      forRange(numColumns, block, [&](Value column) {
        ChunkEmitter emitter(*this);
        SmallVector<Value> rows;
        for (int64_t i = 0; i < block; ++i)
          rows.push_back(toStorage(
              builder,
              emitter.emit(op.getInput(),
                           {addIndex(row, constantIndex(i)), column}, block)));
        transposeInRegisters(builder, loc, rows);
        for (int64_t i = 0; i < block; ++i)
          storeChunk(rows[i], result,
                     {addIndex(column, constantIndex(i)), row});
      });
    });
  }
  setStored(op.getResult(), result);
  return success();
}

//===----------------------------------------------------------------------===//
// tensor.insert_slice
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerInsertSlice(tensor::InsertSliceOp op) {
  Location loc = op.getLoc();
  Place result;
  if (isDeadAfter(op.getDest(), op)) {
    result = *lookupPlace(op.getDest());
  } else {
    result = {createBuffer(op.getDestType()), {}, true};
    writeTile(op.getDest(), result);
  }
  setStored(op.getResult(), result);

  int64_t rank = op.getDestType().getRank();
  int64_t stride = op.getStaticStrides()[rank - 1];
  int64_t lastOffset = op.getStaticOffsets()[rank - 1];
  bool isTileSource = isTile(op.getSourceType());
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t width = 1;
  if (isTileSource && !dropped.test(rank - 1) &&
      (stride == 1 || (stride == 2 && !ShapedType::isDynamic(lastOffset))))
    width = chooseWidth(op.getSource());
  // Pairs start at an even element.
  int64_t lane = stride == 2 && width > 1 ? lastOffset % 2 : 0;
  // The other element of the last pair may lie behind the end.
  int64_t size = op.getDestType().getShape().back();
  if (stride == 2 && width > 1 &&
      lastOffset - lane + 2 * op.getSourceType().getShape().back() > size)
    width = 1, lane = 0;

  auto writeAt = [&](ArrayRef<Value> indices) {
    SmallVector<Value> at;
    unsigned next = 0;
    for (int64_t dim = 0; dim < rank; ++dim) {
      Value index = dropped.test(dim)
                        ? constantIndex(0)
                        : mulIndex(indices[next++], op.getStaticStrides()[dim]);
      OpFoldResult offset = op.getMixedOffsets()[dim];
      if (isa<Attribute>(offset))
        index = addIndex(index, constantIndex(*getConstantIntValue(offset) -
                                              (dim == rank - 1 ? lane : 0)));
      else
        index = addIndex(index, getScalar(cast<Value>(offset)));
      at.push_back(index);
    }
    Value chunk = ChunkEmitter(*this).emit(op.getSource(), indices, width);
    if (stride == 1 || width == 1)
      return storeChunk(chunk, result, at);
    chunk = toStorage(builder, chunk);
    Value pairs =
        loadChunk(result, at, 2 * width, getElementTypeOrSelf(chunk.getType()));
    SmallVector<int64_t> lanes, widen;
    for (int64_t i = 0; i < 2 * width; ++i) {
      lanes.push_back(i % 2 == lane ? 2 * width + i / 2 : i);
      widen.push_back(i % width);
    }
    // A shuffle takes two vectors of one length.
    Value wide = vector::ShuffleOp::create(builder, loc, chunk, chunk, widen);
    storeChunk(vector::ShuffleOp::create(builder, loc, pairs, wide, lanes),
               result, at);
  };
  if (isTileSource)
    forEachChunk(op.getSourceType().getShape(), width, writeAt);
  else
    writeAt({});
  return success();
}

//===----------------------------------------------------------------------===//
// Tables and reshapes
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerFromElements(tensor::FromElementsOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Place result{createBuffer(type), {}, true};
  for (auto [position, element] : llvm::enumerate(op.getElements())) {
    SmallVector<Value> indices(type.getRank());
    int64_t rest = position;
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      indices[dim] = constantIndex(rest % type.getDimSize(dim));
      rest /= type.getDimSize(dim);
    }
    storeChunk(getScalar(element), result, indices);
  }
  setStored(op.getResult(), result);
  return success();
}

LogicalResult KernelLowering::lowerDenseConstant(arith::ConstantOp op) {
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense)
    return op.emitOpError("[tile_to_host_c2] expects dense elements");
  auto type = cast<RankedTensorType>(op.getType());
  Place result{createBuffer(type), {}, true};
  int64_t width = chooseWidth(op.getResult());
  SmallVector<Attribute> values(dense.getValues<Attribute>());
  for (int64_t i = 0, size = values.size(); i < size; i += width) {
    Type chunkType = getChunkType(type.getElementType(), width);
    TypedAttr value = cast<TypedAttr>(values[i]);
    if (width > 1)
      value = DenseElementsAttr::get(cast<VectorType>(chunkType),
                                     ArrayRef(values).slice(i, width));
    SmallVector<Value> indices(type.getRank());
    int64_t rest = i;
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      indices[dim] = constantIndex(rest % type.getDimSize(dim));
      rest /= type.getDimSize(dim);
    }
    storeChunk(arith::ConstantOp::create(builder, op.getLoc(), value), result,
               indices);
  }
  setStored(op.getResult(), result);
  return success();
}

bool KernelLowering::lowerReshapeAsAlias(Operation &op) {
  if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op) ||
      !isTile(op.getOperand(0).getType()))
    return false;
  const Place *place = lookupPlace(op.getOperand(0));
  auto from = cast<RankedTensorType>(op.getOperand(0).getType());
  if (!place || !place->offsets.empty() ||
      cast<MemRefType>(place->memref.getType()).getShape() != from.getShape())
    return false;
  auto to = cast<RankedTensorType>(op.getResult(0).getType());
  auto type =
      MemRefType::get(to.getShape(), getStorageType(to.getElementType()));
  Value alias;
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    alias = memref::CollapseShapeOp::create(builder, op.getLoc(), type,
                                            place->memref,
                                            collapse.getReassociationIndices());
  else
    alias = memref::ExpandShapeOp::create(
        builder, op.getLoc(), type, place->memref,
        cast<tensor::ExpandShapeOp>(op).getReassociationIndices());
  setStored(op.getResult(0), {alias, {}, false});
  return true;
}

//===----------------------------------------------------------------------===//
// tile.compact
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerCompact(tile::CompactOp op) {
  Location loc = op.getLoc();
  Place mask = getStored(op.getMask());
  Place positions{createBuffer(op.getPositions().getType()), {}, true};
  Value length = constantIndex(op.getMask().getType().getDimSize(0));
  Value room = constantIndex(op.getPositions().getType().getDimSize(0));
  Value zero = constantIndex(0), none = constantIndex(-1);
  forRange(zero, room, 1, [&](Value i) { storeChunk(none, positions, {i}); });
  Value first = op.getFirst() ? getScalar(op.getFirst()) : zero;
  auto loop = scf::ForOp::create(builder, loc, zero, length, constantIndex(1),
                                 constantIndex(0));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value i = loop.getInductionVar(), count = loop.getRegionIterArg(0);
    Value isTrue = loadChunk(mask, {i}, 1, builder.getI1Type());
    // Numbers in front of the first one wrap around.
    Value at = arith::SubIOp::create(builder, loc, count, first);
    Value hasRoom = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, at, room);
    Value isListed = arith::AndIOp::create(builder, loc, isTrue, hasRoom);
    auto branch = scf::IfOp::create(builder, loc, isListed, false);
    {
      OpBuilder::InsertionGuard inner(builder);
      builder.setInsertionPointToStart(branch.thenBlock());
      storeChunk(i, positions, {at});
    }
    Value increment = arith::IndexCastUIOp::create(
        builder, loc, builder.getIndexType(), isTrue);
    scf::YieldOp::create(
        builder, loc,
        ValueRange{arith::AddIOp::create(builder, loc, count, increment)});
  }
  Value count = loop.getResult(0);
  setStored(op.getPositions(), positions);
  scalars.map(op.getCount(), count);
  return success();
}
