//===- LowerReduce.cpp - tile.reduce --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The 16 partial results of the definition are the lanes of one vector when the
// last dimension is reduced, and 16 vectors otherwise.
//
//===----------------------------------------------------------------------===//

#include "ChunkEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

static constexpr int64_t numPartials = 16;

/// a + b, or the larger or smaller of the two. Works on scalars and vectors.
static Value combine(OpBuilder &builder, Location loc, tile::ReduceKind kind,
                     Value a, Value b) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  if (kind == tile::ReduceKind::Add)
    return isFloat ? arith::AddFOp::create(builder, loc, a, b).getResult()
                   : arith::AddIOp::create(builder, loc, a, b).getResult();
  bool isMax = kind == tile::ReduceKind::Max;
  if (!isFloat)
    return isMax ? arith::MaxSIOp::create(builder, loc, a, b).getResult()
                 : arith::MinSIOp::create(builder, loc, a, b).getResult();
  // One instruction, because there are no NaNs.
  Value keepsA = arith::CmpFOp::create(
      builder, loc,
      isMax ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, a, b);
  return arith::SelectOp::create(builder, loc, keepsA, a, b);
}

static TypedAttr getIdentity(OpBuilder &builder, tile::ReduceKind kind,
                             Type elementType) {
  if (kind == tile::ReduceKind::Add)
    return builder.getZeroAttr(elementType);
  bool isMax = kind == tile::ReduceKind::Max;
  if (auto floatType = dyn_cast<FloatType>(elementType))
    return builder.getFloatAttr(
        floatType,
        APFloat::getInf(floatType.getFloatSemantics(), /*Negative=*/isMax));
  unsigned bits =
      elementType.isIndex() ? 64 : elementType.getIntOrFloatBitWidth();
  return builder.getIntegerAttr(elementType,
                                isMax ? APInt::getSignedMinValue(bits)
                                      : APInt::getSignedMaxValue(bits));
}

static Value splatConstant(OpBuilder &builder, Location loc, TypedAttr value,
                           int64_t width) {
  if (width == 1)
    return arith::ConstantOp::create(builder, loc, value);
  auto type = VectorType::get(width, value.getType());
  return arith::ConstantOp::create(
      builder, loc, type, DenseElementsAttr::get(type, Attribute(value)));
}

/// Lanes i and i + n/2 combined until one is left.
static Value combineLanes(OpBuilder &builder, Location loc,
                          tile::ReduceKind kind, Value lanes) {
  for (int64_t half = numPartials / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < half; ++i) {
      low.push_back(i);
      high.push_back(half + i);
    }
    lanes =
        combine(builder, loc, kind,
                vector::ShuffleOp::create(builder, loc, lanes, lanes, low),
                vector::ShuffleOp::create(builder, loc, lanes, lanes, high));
  }
  return vector::ExtractOp::create(builder, loc, lanes, ArrayRef<int64_t>{0});
}

/// Reduces the last dimension at `outer`.
static Value reduceRow(OpBuilder &builder, tile::ReduceOp op,
                       ArrayRef<Value> outer,
                       llvm::function_ref<Value(int64_t)> constantIndex,
                       llvm::function_ref<ChunkEmitter()> makeEmitter) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  RankedTensorType type = op.getInput().getType();
  int64_t length = type.getShape().back();
  int64_t full = length - length % numPartials;
  Value identity = splatConstant(
      builder, loc, getIdentity(builder, kind, type.getElementType()),
      numPartials);
  SmallVector<Value> indices(outer);
  indices.push_back(Value());

  Value partials = identity;
  if (full > 0) {
    auto loop =
        scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(full),
                           constantIndex(numPartials), partials);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    indices.back() = loop.getInductionVar();
    Value chunk = makeEmitter().emit(op.getInput(), indices, numPartials);
    scf::YieldOp::create(
        builder, loc,
        combine(builder, loc, kind, loop.getRegionIterArg(0), chunk));
    partials = loop.getResult(0);
  }
  if (full < length) {
    ChunkEmitter emitter = makeEmitter();
    Value chunk = identity;
    int64_t at = 0;
    for (int64_t width = numPartials / 2; width >= 1; width /= 2) {
      if (!((length - full) & width))
        continue;
      indices.back() = constantIndex(full + at);
      Value piece = emitter.emit(op.getInput(), indices, width);
      if (width == 1)
        chunk = vector::InsertOp::create(builder, loc, piece, chunk, at);
      else
        chunk = vector::InsertStridedSliceOp::create(builder, loc, piece, chunk,
                                                     ArrayRef<int64_t>{at},
                                                     ArrayRef<int64_t>{1});
      at += width;
    }
    partials = combine(builder, loc, kind, partials, chunk);
  }
  return combineLanes(builder, loc, kind, partials);
}

/// Reduces dimension `dim` for one chunk of the last dimension.
static Value reduceColumns(OpBuilder &builder, tile::ReduceOp op,
                           ArrayRef<Value> resultIndices, int64_t width,
                           llvm::function_ref<Value(int64_t)> constantIndex,
                           llvm::function_ref<Value(Value, Value)> addIndex,
                           llvm::function_ref<ChunkEmitter()> makeEmitter) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  int64_t dim = op.getDim();
  RankedTensorType type = op.getInput().getType();
  int64_t length = type.getDimSize(dim);
  SmallVector<Value> indices(resultIndices);
  indices.insert(indices.begin() + dim, Value());
  auto emitAt = [&](Value position) {
    indices[dim] = position;
    return makeEmitter().emit(op.getInput(), indices, width);
  };

  Value identity = splatConstant(
      builder, loc, getIdentity(builder, kind, type.getElementType()), width);
  SmallVector<Value> partials(std::min(length, numPartials), identity);
  int64_t full = length - length % numPartials;
  if (full > numPartials) {
    auto loop =
        scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(full),
                           constantIndex(numPartials), partials);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next;
    for (int64_t i = 0; i < numPartials; ++i)
      next.push_back(
          combine(builder, loc, kind, loop.getRegionIterArg(i),
                  emitAt(addIndex(loop.getInductionVar(), constantIndex(i)))));
    scf::YieldOp::create(builder, loc, next);
    partials.assign(loop.result_begin(), loop.result_end());
  } else {
    full = 0;
  }
  for (int64_t i = full; i < length; ++i) {
    Value &partial = partials[i % numPartials];
    partial = combine(builder, loc, kind, partial, emitAt(constantIndex(i)));
  }
  // Adding a partial sum that is missing, zero, changes nothing, since a sum
  // that starts at +0 is never -0.
  for (size_t half = numPartials / 2; half >= 1; half /= 2)
    for (size_t i = 0; i < half && i + half < partials.size(); ++i)
      partials[i] =
          combine(builder, loc, kind, partials[i], partials[i + half]);
  return partials.front();
}

LogicalResult KernelLowering::lowerReduce(tile::ReduceOp op) {
  RankedTensorType type = op.getInput().getType();
  RankedTensorType resultType = op.getResult().getType();
  auto constant = [&](int64_t value) { return constantIndex(value); };
  auto add = [&](Value a, Value b) { return addIndex(a, b); };
  auto makeEmitter = [&] { return ChunkEmitter(*this); };

  if (resultType.getRank() == 0) {
    scalars.map(op.getResult(),
                reduceRow(builder, op, {}, constant, makeEmitter));
    return success();
  }
  Place result{createBuffer(resultType), {}, true};
  if (static_cast<int64_t>(op.getDim()) == type.getRank() - 1) {
    forEachIndex(resultType.getShape(), [&](ArrayRef<Value> outer) {
      storeChunk(reduceRow(builder, op, outer, constant, makeEmitter), result,
                 outer);
    });
  } else {
    int64_t width = chooseWidth(op.getInput());
    forEachChunk(resultType.getShape(), width, [&](ArrayRef<Value> indices) {
      storeChunk(reduceColumns(builder, op, indices, width, constant, add,
                               makeEmitter),
                 result, indices);
    });
  }
  setStored(op.getResult(), result);
  return success();
}
