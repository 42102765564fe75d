//===- LowerMemory.cpp - tile.load, store, gather, scatter, arrive --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChunkEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

/// min(max(valid, 0), rows).
static Value clampRows(OpBuilder &builder, Value valid, Value zero,
                       Value rows) {
  Location loc = valid.getLoc();
  return arith::MinSIOp::create(
      builder, loc, arith::MaxSIOp::create(builder, loc, valid, zero), rows);
}

/// Zero bits as an element of `storageType` or a vector of it.
static Value createZeros(OpBuilder &builder, Location loc, Type storageType,
                         int64_t width) {
  Type type = getChunkType(storageType, width);
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

/// Largest power of two that divides `inner`, at most a vector.
static int64_t getCopyWidth(int64_t inner, int64_t vectorWidth) {
  return std::min(inner & -inner, vectorWidth);
}

/// The place of the sub-tile `place[row]`.
static Place getRow(const Place &place, Value row,
                    llvm::function_ref<Value(Value, Value)> add, int64_t rank,
                    Value zero) {
  Place result = place;
  if (result.offsets.empty())
    result.offsets.assign(rank, zero);
  Value &leading = result.offsets[result.offsets.size() - rank];
  leading = add(leading, row);
  return result;
}

void KernelLowering::copyRows(const Place &from, const Place &to,
                              ArrayRef<int64_t> shape, Type elementType) {
  if (shape.empty())
    return storeChunk(loadChunk(from, {}, 1, elementType), to, {});
  int64_t width = getCopyWidth(shape.back(), target.vectorWidth);
  forEachChunk(shape, width, [&](ArrayRef<Value> indices) {
    storeChunk(loadChunk(from, indices, width, elementType), to, indices);
  });
}

LogicalResult KernelLowering::lowerLoad(tile::LoadOp op) {
  RankedTensorType type = op.getResult().getType();
  Place source{getScalar(op.getSource()), {}, false};
  for (Value index : op.getIndices())
    source.offsets.push_back(getScalar(index));
  if (type.getRank() == 0) {
    scalars.map(op.getResult(),
                loadChunk(source, {}, 1, type.getElementType()));
    return success();
  }
  if (canReadInPlace(op)) {
    setStored(op.getResult(), source);
    return success();
  }

  Place copy{createBuffer(type), {}, true};
  auto add = [&](Value a, Value b) { return addIndex(a, b); };
  Value zero = constantIndex(0), rows = constantIndex(type.getDimSize(0));
  Value valid = op.getValid()
                    ? clampRows(builder, getScalar(op.getValid()), zero, rows)
                    : rows;
  int64_t rank = type.getRank();
  ArrayRef<int64_t> rowShape = type.getShape().drop_front();
  if (rank == 1 && !op.getValid()) {
    copyRows(source, copy, type.getShape(), type.getElementType());
  } else {
    forRange(valid, 1, [&](Value row) {
      copyRows(getRow(source, row, add, rank, zero),
               getRow(copy, row, add, rank, zero), rowShape,
               type.getElementType());
    });
  }
  if (op.getValid()) {
    Type elementType = getStorageType(type.getElementType());
    int64_t width =
        rank == 1 ? 1 : getCopyWidth(rowShape.back(), target.vectorWidth);
    forRange(valid, rows, 1, [&](Value row) {
      Value zeros = createZeros(builder, op.getLoc(), elementType, width);
      Place to = getRow(copy, row, add, rank, zero);
      if (rank == 1)
        return storeChunk(zeros, to, {});
      forEachChunk(rowShape, width, [&](ArrayRef<Value> indices) {
        storeChunk(zeros, to, indices);
      });
    });
  }
  setStored(op.getResult(), copy);
  return success();
}

LogicalResult KernelLowering::lowerStore(tile::StoreOp op) {
  RankedTensorType type = op.getValue().getType();
  Place destination{getScalar(op.getDestination()), {}, false};
  for (Value index : op.getIndices())
    destination.offsets.push_back(getScalar(index));
  if (type.getRank() == 0) {
    if (!op.getValid())
      storeChunk(getScalar(op.getValue()), destination, {});
    return success();
  }
  if (!op.getValid()) {
    writeTile(op.getValue(), destination);
    return success();
  }
  Value valid = clampRows(builder, getScalar(op.getValid()), constantIndex(0),
                          constantIndex(type.getDimSize(0)));
  int64_t width = type.getRank() == 1 ? 1 : chooseWidth(op.getValue());
  forRange(valid, 1, [&](Value row) {
    auto write = [&](ArrayRef<Value> rest) {
      SmallVector<Value> indices{row};
      indices.append(rest.begin(), rest.end());
      storeChunk(ChunkEmitter(*this).emit(op.getValue(), indices, width),
                 destination, indices);
    };
    if (type.getRank() == 1)
      return write({});
    forEachChunk(type.getShape().drop_front(), width, write);
  });
  return success();
}

LogicalResult KernelLowering::lowerGather(tile::GatherOp op) {
  Location loc = op.getLoc();
  RankedTensorType type = op.getResult().getType();
  int64_t rank = type.getRank();
  Value memref = getScalar(op.getSource());
  auto add = [&](Value a, Value b) { return addIndex(a, b); };
  Place copy{createBuffer(type), {}, true};
  Place rows = getStored(op.getRows());
  Value zero = constantIndex(0);
  ArrayRef<int64_t> rowShape = type.getShape().drop_front();

  forRange(constantIndex(type.getDimSize(0)), 1, [&](Value i) {
    Value row = loadChunk(rows, {i}, 1, builder.getIndexType());
    Value present = arith::CmpIOp::create(builder, loc,
                                          arith::CmpIPredicate::sge, row, zero);
    auto branch = scf::IfOp::create(builder, loc, present, /*else=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    Place from{memref, {row}, false};
    for (Value column : op.getColumns())
      from.offsets.push_back(getScalar(column));
    Place to = getRow(copy, i, add, rank, zero);
    copyRows(from, to, rowShape, type.getElementType());

    builder.setInsertionPointToStart(branch.elseBlock());
    int64_t width = rowShape.empty()
                        ? 1
                        : getCopyWidth(rowShape.back(), target.vectorWidth);
    Value zeros =
        createZeros(builder, loc, getStorageType(type.getElementType()), width);
    if (rowShape.empty())
      return storeChunk(zeros, to, {});
    forEachChunk(rowShape, width, [&](ArrayRef<Value> indices) {
      storeChunk(zeros, to, indices);
    });
  });
  setStored(op.getResult(), copy);
  return success();
}

LogicalResult KernelLowering::lowerScatter(tile::ScatterOp op) {
  Location loc = op.getLoc();
  RankedTensorType type = op.getValue().getType();
  Value memref = getScalar(op.getDestination());
  Place rows = getStored(op.getRows());
  int64_t width = type.getRank() == 1 ? 1 : chooseWidth(op.getValue());

  forRange(constantIndex(type.getDimSize(0)), 1, [&](Value i) {
    Value row = loadChunk(rows, {i}, 1, builder.getIndexType());
    Value present = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge, row, constantIndex(0));
    auto branch = scf::IfOp::create(builder, loc, present, /*else=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    Place to{memref, {row}, false};
    for (Value column : op.getColumns())
      to.offsets.push_back(getScalar(column));
    auto write = [&](ArrayRef<Value> rest) {
      SmallVector<Value> indices{i};
      indices.append(rest.begin(), rest.end());
      storeChunk(ChunkEmitter(*this).emit(op.getValue(), indices, width), to,
                 rest);
    };
    if (type.getRank() == 1)
      return write({});
    forEachChunk(type.getShape().drop_front(), width, write);
  });
  return success();
}

LogicalResult KernelLowering::lowerArrive(tile::ArriveOp op) {
  Location loc = op.getLoc();
  Value counters = getScalar(op.getCounters());
  Value index = getScalar(op.getIndex());
  auto constant = [&](int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, value, 32);
  };
  // Becomes an atomic operation that acquires and releases.
  Value before = memref::AtomicRMWOp::create(
      builder, loc, arith::AtomicRMWKind::addi, constant(1), counters,
      ValueRange{index});
  Value last = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                     before, constant(op.getOf() - 1));
  auto branch = scf::IfOp::create(builder, loc, last, /*withElse=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&branch.getThenRegion().front());
  // Nobody else comes here in this launch.
  memref::StoreOp::create(builder, loc, constant(0), counters,
                          ValueRange{index});
  scalars.map(op.getLast(), last);
  return success();
}
