//===- LowerReduce.cpp - tile.reduce --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The partial results of the definition are the lanes of vectors when the last
// dimension is reduced, and vectors otherwise. More than 16 pass through memory,
// where halves are combined until 16 are left.
//
//===----------------------------------------------------------------------===//

#include "ChunkEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

/// Partial results that are kept in registers.
static constexpr int64_t numPartials = 16;
/// Vectors of partial sums that a loop adds to: as many independent chains.
static constexpr int64_t numChains = 4;

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

/// Elements first, first + 1, ... of the last dimension; `identity` from
/// `length` on.
static Value emitTail(OpBuilder &builder, tile::ReduceOp op,
                      SmallVector<Value> indices, int64_t first, int64_t length,
                      Value identity,
                      llvm::function_ref<Value(int64_t)> constantIndex,
                      llvm::function_ref<ChunkEmitter()> makeEmitter) {
  Location loc = op.getLoc();
  ChunkEmitter emitter = makeEmitter();
  Value chunk = identity;
  int64_t at = 0;
  for (int64_t width = numPartials; width >= 1; width /= 2) {
    if (at + width > length - first)
      continue;
    indices.back() = constantIndex(first + at);
    Value piece = emitter.emit(op.getInput(), indices, width);
    if (width == numPartials)
      return piece;
    chunk = width == 1
                ? vector::InsertOp::create(builder, loc, piece, chunk, at)
                      .getResult()
                : vector::InsertStridedSliceOp::create(
                      builder, loc, piece, chunk, ArrayRef<int64_t>{at},
                      ArrayRef<int64_t>{1})
                      .getResult();
    at += width;
  }
  return chunk;
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
  if (full < length)
    partials = combine(builder, loc, kind, partials,
                       emitTail(builder, op, indices, full, length, identity,
                                constantIndex, makeEmitter));
  return combineLanes(builder, loc, kind, partials);
}

/// Reduces the last dimension at `outer` with `count` partial sums, more than
/// 16, which pass through the f32 [count] at `partials`.
static Value reduceLongRow(OpBuilder &builder, tile::ReduceOp op,
                           ArrayRef<Value> outer, int64_t count,
                           Value partials,
                           llvm::function_ref<Value(int64_t)> constantIndex,
                           llvm::function_ref<Value(Value, Value)> addIndex,
                           llvm::function_ref<ChunkEmitter()> makeEmitter) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  int64_t length = op.getInput().getType().getShape().back();
  int64_t full = length - length % count;
  Value identity = splatConstant(
      builder, loc,
      getIdentity(builder, kind, op.getInput().getType().getElementType()),
      numPartials);
  auto type = cast<VectorType>(identity.getType());
  SmallVector<Value> indices(outer);
  indices.push_back(Value());

  int64_t chains = std::min(numChains, count / numPartials);
  auto columns = scf::ForOp::create(builder, loc, constantIndex(0),
                                    constantIndex(count),
                                    constantIndex(chains * numPartials));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(columns.getBody());
    SmallVector<Value> at;
    for (int64_t i = 0; i < chains; ++i)
      at.push_back(
          addIndex(columns.getInductionVar(), constantIndex(i * numPartials)));
    auto rows = scf::ForOp::create(
        builder, loc, constantIndex(0), constantIndex(full),
        constantIndex(count), SmallVector<Value>(chains, identity));
    {
      OpBuilder::InsertionGuard inner(builder);
      builder.setInsertionPointToStart(rows.getBody());
      SmallVector<Value> sums;
      for (int64_t i = 0; i < chains; ++i) {
        indices.back() = addIndex(rows.getInductionVar(), at[i]);
        Value chunk = makeEmitter().emit(op.getInput(), indices, numPartials);
        sums.push_back(
            combine(builder, loc, kind, rows.getRegionIterArg(i), chunk));
      }
      scf::YieldOp::create(builder, loc, sums);
    }
    for (int64_t i = 0; i < chains; ++i)
      vector::StoreOp::create(builder, loc, rows.getResult(i), partials,
                              ValueRange{at[i]});
  }
  auto load = [&](int64_t at) -> Value {
    return vector::LoadOp::create(builder, loc, type, partials,
                                  ValueRange{constantIndex(at)});
  };
  SmallVector<Value> sums;
  for (int64_t at = 0; at < count; at += numPartials) {
    Value sum = load(at);
    if (full + at < length)
      sum = combine(builder, loc, kind, sum,
                    emitTail(builder, op, indices, full + at, length, identity,
                             constantIndex, makeEmitter));
    sums.push_back(sum);
  }
  for (size_t half = sums.size() / 2; half >= 1; half /= 2)
    for (size_t i = 0; i < half; ++i)
      sums[i] = combine(builder, loc, kind, sums[i], sums[i + half]);
  return combineLanes(builder, loc, kind, sums.front());
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

/// The same with `count` partial sums, more than 16, in memory.
static Value
reduceLongColumns(OpBuilder &builder, tile::ReduceOp op,
                  ArrayRef<Value> resultIndices, int64_t width, int64_t count,
                  llvm::function_ref<Value(int64_t)> constantIndex,
                  llvm::function_ref<Value(Value, Value)> addIndex,
                  llvm::function_ref<ChunkEmitter()> makeEmitter,
                  llvm::function_ref<Value(Value)> loadPartial,
                  llvm::function_ref<void(Value, Value)> storePartial) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  RankedTensorType type = op.getInput().getType();
  SmallVector<Value> indices(resultIndices);
  indices.insert(indices.begin() + op.getDim(), Value());
  Value identity = splatConstant(
      builder, loc, getIdentity(builder, kind, type.getElementType()), width);
  auto forPartials = [&](int64_t end, llvm::function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(builder, loc, constantIndex(0),
                                   constantIndex(end), constantIndex(1));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  };
  forPartials(count, [&](Value partial) {
    auto loop = scf::ForOp::create(
        builder, loc, partial, constantIndex(type.getDimSize(op.getDim())),
        constantIndex(count), identity);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      indices[op.getDim()] = loop.getInductionVar();
      Value chunk = makeEmitter().emit(op.getInput(), indices, width);
      scf::YieldOp::create(
          builder, loc,
          combine(builder, loc, kind, loop.getRegionIterArg(0), chunk));
    }
    storePartial(partial, loop.getResult(0));
  });
  for (int64_t half = count / 2; half >= 1; half /= 2)
    forPartials(half, [&](Value i) {
      Value other = loadPartial(addIndex(i, constantIndex(half)));
      storePartial(i, combine(builder, loc, kind, loadPartial(i), other));
    });
  return loadPartial(constantIndex(0));
}

LogicalResult KernelLowering::lowerReduce(tile::ReduceOp op) {
  RankedTensorType type = op.getInput().getType();
  RankedTensorType resultType = op.getResult().getType();
  auto constant = [&](int64_t value) { return constantIndex(value); };
  auto add = [&](Value a, Value b) { return addIndex(a, b); };
  auto makeEmitter = [&] { return ChunkEmitter(*this); };

  // Only the order of a sum of floats depends on the number of partial results.
  Type element = type.getElementType();
  bool isOrdered =
      isa<FloatType>(element) && op.getKind() == tile::ReduceKind::Add;
  int64_t count =
      isOrdered
          ? tile::ReduceOp::getNumPartials(type.getDimSize(op.getDim()))
          : numPartials;
  bool isRow = static_cast<int64_t>(op.getDim()) == type.getRank() - 1;
  int64_t width = isRow ? 1 : chooseWidth(op.getInput());
  Value partials;
  if (count > numPartials)
    partials = isRow ? createBuffer({count}, element)
                     : createBuffer({count, width}, element);
  auto reduceRowAt = [&](ArrayRef<Value> outer) {
    return partials ? reduceLongRow(builder, op, outer, count, partials,
                                    constant, add, makeEmitter)
                    : reduceRow(builder, op, outer, constant, makeEmitter);
  };
  if (resultType.getRank() == 0) {
    scalars.map(op.getResult(), reduceRowAt({}));
    return success();
  }
  Place result{createBuffer(resultType), {}, true};
  if (isRow) {
    forEachIndex(resultType.getShape(), [&](ArrayRef<Value> outer) {
      storeChunk(reduceRowAt(outer), result, outer);
    });
  } else {
    Place partialPlace{partials, {}, true};
    auto load = [&](Value i) {
      return loadChunk(partialPlace, {i, constantIndex(0)}, width, element);
    };
    auto store = [&](Value i, Value chunk) {
      storeChunk(chunk, partialPlace, {i, constantIndex(0)});
    };
    forEachChunk(resultType.getShape(), width, [&](ArrayRef<Value> indices) {
      storeChunk(partials ? reduceLongColumns(builder, op, indices, width,
                                              count, constant, add,
                                              makeEmitter, load, store)
                          : reduceColumns(builder, op, indices, width, constant,
                                          add, makeEmitter),
                 result, indices);
    });
  }
  setStored(op.getResult(), result);
  return success();
}
