//===- ChunkEmitter.cpp - Evaluate part of a tile where it is used --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChunkEmitter.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

static constexpr int64_t unlimited = int64_t(1) << 30;

/// Largest power of two that divides `value`.
static int64_t powerOfTwoIn(int64_t value) {
  return value == 0 ? unlimited : value & -value;
}

//===----------------------------------------------------------------------===//
// Widths
//===----------------------------------------------------------------------===//

static int64_t getSliceMaxWidth(KernelLowering &lowering,
                                tensor::ExtractSliceOp op) {
  int64_t rank = op.getSourceType().getRank();
  if (op.getDroppedDims().test(rank - 1))
    return 1;
  int64_t stride = op.getStaticStrides()[rank - 1];
  int64_t offset = op.getStaticOffsets()[rank - 1];
  int64_t limit = ChunkEmitter::getMaxWidth(lowering, op.getSource());
  if (stride == 2) {
    // An odd offset reads the pair from the even element before it.
    if (ShapedType::isDynamic(offset))
      return 1;
    offset &= ~int64_t(1);
  } else if (stride != 1) {
    return 1;
  }
  if (limit < unlimited)
    limit = ShapedType::isDynamic(offset)
                ? 1
                : std::min(limit, powerOfTwoIn(offset));
  return std::max<int64_t>(1, limit / stride);
}

int64_t ChunkEmitter::getMaxWidth(KernelLowering &lowering, Value tile) {
  if (lowering.lookupPlace(tile))
    return unlimited;
  auto type = cast<RankedTensorType>(tile.getType());
  Operation *op = tile.getDefiningOp();
  return TypeSwitch<Operation *, int64_t>(op)
      .Case([&](tile::BroadcastOp op) {
        ArrayRef<int64_t> dims = op.getDims();
        if (dims.empty() || dims.back() != type.getRank() - 1)
          return unlimited;
        return getMaxWidth(lowering, op.getInput());
      })
      .Case([&](tensor::ExtractSliceOp op) {
        return getSliceMaxWidth(lowering, op);
      })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>([&](auto op) {
        auto source = cast<RankedTensorType>(op.getSrc().getType());
        int64_t inner = source.getRank() == 0 ? 1 : source.getShape().back();
        return std::min(
            powerOfTwoIn(inner),
            source.getRank() == 0 ? 1 : getMaxWidth(lowering, op.getSrc()));
      })
      .Case<tile::IotaOp, arith::ConstantOp, tensor::SplatOp, tensor::EmptyOp>(
          [](auto) { return unlimited; })
      .Default([&](Operation *op) {
        int64_t limit = unlimited;
        for (Value operand : op->getOperands())
          if (isTile(operand.getType()))
            limit = std::min(limit, getMaxWidth(lowering, operand));
        return limit;
      });
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

Value ChunkEmitter::emit(Value tile, ArrayRef<Value> indices, int64_t width) {
  if (!isTile(tile.getType()))
    return splat(lowering.getScalar(tile), width);
  Key key(tile.getAsOpaquePointer(), {}, width);
  for (Value index : indices)
    std::get<1>(key).push_back(index.getAsOpaquePointer());
  auto it = cache.find(key);
  if (it != cache.end())
    return it->second;
  int64_t part = getMaxWidth(lowering, tile);
  Value result = part < width ? emitAssembled(tile, indices, width, part)
                              : emitUncached(tile, indices, width);
  cache[key] = result;
  return result;
}

Value ChunkEmitter::emitAssembled(Value tile, ArrayRef<Value> indices,
                                  int64_t width, int64_t part) {
  Location loc = tile.getLoc();
  Type elementType = cast<RankedTensorType>(tile.getType()).getElementType();
  Type laneType =
      elementType.isInteger(1) ? elementType : getStorageType(elementType);
  Value result =
      ub::PoisonOp::create(builder, loc, getChunkType(laneType, width));
  SmallVector<Value> at(indices);
  for (int64_t i = 0; i < width; i += part) {
    at.back() = indexOp('+', indices.back(), i);
    Value piece = toStorage(builder, emit(tile, at, part));
    if (part == 1)
      result = vector::InsertOp::create(builder, loc, piece, result, i);
    else
      result = vector::InsertStridedSliceOp::create(builder, loc, piece, result,
                                                    ArrayRef<int64_t>{i},
                                                    ArrayRef<int64_t>{1});
  }
  return fromStorage(builder, result, elementType);
}

Value ChunkEmitter::emitUncached(Value tile, ArrayRef<Value> indices,
                                 int64_t width) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (const Place *place = lowering.lookupPlace(tile))
    return lowering.loadChunk(*place, indices, width, type.getElementType());
  Operation *op = tile.getDefiningOp();
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](tile::BroadcastOp op) {
        return emitBroadcast(op, indices, width);
      })
      .Case([&](tensor::ExtractSliceOp op) {
        return emitSlice(op, indices, width);
      })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
          [&](auto op) { return emitReshape(op, indices, width); })
      .Case([&](tile::IotaOp op) { return emitIota(op, indices, width); })
      .Case([&](arith::ConstantOp op) { return emitConstant(op, width); })
      .Case([&](tensor::SplatOp op) {
        return splat(lowering.getScalar(op.getInput()), width);
      })
      .Case([&](tensor::EmptyOp op) -> Value {
        return ub::PoisonOp::create(builder, op.getLoc(),
                                    getChunkType(type.getElementType(), width));
      })
      .Default(
          [&](Operation *op) { return emitElementwise(op, indices, width); });
}

Value ChunkEmitter::emitElementwise(Operation *op, ArrayRef<Value> indices,
                                    int64_t width) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isTile(operand.getType()) ? emit(operand, indices, width)
                                                 : lowering.getScalar(operand));
  Type elementType =
      cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  OperationState state(op->getLoc(), op->getName(), operands,
                       getChunkType(elementType, width), op->getAttrs());
  Operation *copy = builder.create(state);
  // Not every property is an attribute.
  copy->copyProperties(op->getPropertiesStorage());
  return copy->getResult(0);
}

Value ChunkEmitter::emitBroadcast(tile::BroadcastOp op, ArrayRef<Value> indices,
                                  int64_t width) {
  SmallVector<Value> inputIndices;
  for (int64_t dim : op.getDims())
    inputIndices.push_back(indices[dim]);
  int64_t rank = indices.size();
  if (!op.getDims().empty() && op.getDims().back() == rank - 1)
    return emit(op.getInput(), inputIndices, width);
  return splat(emit(op.getInput(), inputIndices, 1), width);
}

Value ChunkEmitter::emitSlice(tensor::ExtractSliceOp op,
                              ArrayRef<Value> indices, int64_t width) {
  int64_t rank = op.getSourceType().getRank();
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
  SmallVector<Value> source;
  int64_t stride = op.getStaticStrides()[rank - 1];
  int64_t lane = 0;
  unsigned next = 0;
  for (int64_t dim = 0; dim < rank; ++dim) {
    Value index = dropped.test(dim) ? lowering.constantIndex(0)
                                    : indexOp('*', indices[next++],
                                              op.getStaticStrides()[dim]);
    if (auto attr = dyn_cast<Attribute>(offsets[dim])) {
      int64_t offset = cast<IntegerAttr>(attr).getInt();
      if (dim == rank - 1 && stride == 2 && width > 1)
        lane = offset % 2;
      index = indexOp('+', index, offset - (dim == rank - 1 ? lane : 0));
    } else {
      index = indexAdd(index, lowering.getScalar(cast<Value>(offsets[dim])));
    }
    source.push_back(index);
  }
  if (width == 1 || stride == 1)
    return emit(op.getSource(), source, width);
  // Read both elements of each pair, keep one of them.
  Value pairs = toStorage(builder, emit(op.getSource(), source, 2 * width));
  SmallVector<int64_t> lanes;
  for (int64_t i = 0; i < width; ++i)
    lanes.push_back(2 * i + lane);
  Value kept =
      vector::ShuffleOp::create(builder, op.getLoc(), pairs, pairs, lanes);
  return fromStorage(builder, kept, op.getType().getElementType());
}

Value ChunkEmitter::emitReshape(Operation *op, ArrayRef<Value> indices,
                                int64_t width) {
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<ReassociationIndices> groups =
      isa<tensor::ExpandShapeOp>(op)
          ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
          : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  bool expands = isa<tensor::ExpandShapeOp>(op);
  SmallVector<Value> source;
  for (auto [position, group] : llvm::enumerate(groups)) {
    if (expands) {
      Value linear = indices[group.front()];
      for (int64_t dim : ArrayRef(group).drop_front())
        linear =
            indexAdd(indexOp('*', linear, to.getDimSize(dim)), indices[dim]);
      source.push_back(linear);
      continue;
    }
    int64_t inner = 1;
    for (int64_t dim : ArrayRef(group).drop_front())
      inner *= from.getDimSize(dim);
    Value rest = indices[position];
    for (auto [i, dim] : llvm::enumerate(group)) {
      source.push_back(indexOp('/', rest, inner));
      rest = indexOp('%', rest, inner);
      if (i + 1 < group.size())
        inner /= from.getDimSize(group[i + 1]);
    }
  }
  return emit(op->getOperand(0), source, width);
}

Value ChunkEmitter::emitIota(tile::IotaOp op, ArrayRef<Value> indices,
                             int64_t width) {
  Location loc = op.getLoc();
  Type elementType = op.getResult().getType().getElementType();
  Value start = indices.back();
  if (!elementType.isIndex())
    start = arith::IndexCastOp::create(builder, loc, elementType, start);
  if (width == 1)
    return start;
  auto type = VectorType::get(width, elementType);
  SmallVector<Attribute> lanes;
  for (int64_t i = 0; i < width; ++i)
    lanes.push_back(builder.getIntegerAttr(elementType, i));
  Value steps = arith::ConstantOp::create(builder, loc, type,
                                          DenseElementsAttr::get(type, lanes));
  return arith::AddIOp::create(builder, loc, splat(start, width), steps);
}

Value ChunkEmitter::emitConstant(arith::ConstantOp op, int64_t width) {
  auto dense = cast<DenseElementsAttr>(op.getValue());
  auto element = cast<TypedAttr>(dense.getSplatValue<Attribute>());
  Type type = getChunkType(dense.getElementType(), width);
  TypedAttr value = element;
  if (width > 1)
    value = DenseElementsAttr::get(cast<VectorType>(type), Attribute(element));
  return arith::ConstantOp::create(builder, op.getLoc(), type, value);
}

Value ChunkEmitter::splat(Value scalar, int64_t width) {
  if (width == 1)
    return scalar;
  Value lane = toStorage(builder, scalar);
  Value lanes = vector::BroadcastOp::create(
      builder, scalar.getLoc(), VectorType::get(width, lane.getType()), lane);
  return fromStorage(builder, lanes, scalar.getType());
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value ChunkEmitter::indexOp(char kind, Value a, int64_t b) {
  if ((kind == '+' && b == 0) || (kind != '+' && kind != '%' && b == 1))
    return a;
  auto key = std::make_tuple(kind, a.getAsOpaquePointer(), b);
  auto it = indexCache.find(key);
  if (it != indexCache.end())
    return it->second;
  Location loc = a.getLoc();
  Value result;
  Value constant = lowering.constantIndex(b);
  switch (kind) {
  case '+':
    result = builder.createOrFold<arith::AddIOp>(loc, a, constant);
    break;
  case '*':
    result = builder.createOrFold<arith::MulIOp>(loc, a, constant);
    break;
  case '/':
    result = builder.createOrFold<arith::DivUIOp>(loc, a, constant);
    break;
  default:
    result = builder.createOrFold<arith::RemUIOp>(loc, a, constant);
    break;
  }
  return indexCache[key] = result;
}

Value ChunkEmitter::indexAdd(Value a, Value b) {
  if (auto constant = getConstantIntValue(b))
    return indexOp('+', a, *constant);
  if (auto constant = getConstantIntValue(a))
    return indexOp('+', b, *constant);
  auto key = std::make_tuple('+', a.getAsOpaquePointer(),
                             reinterpret_cast<int64_t>(b.getAsOpaquePointer()));
  auto it = indexCache.find(key);
  if (it != indexCache.end())
    return it->second;
  return indexCache[key] = arith::AddIOp::create(builder, a.getLoc(), a, b);
}
