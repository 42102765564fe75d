//===- LowerMemory.cpp - Tiles in global memory ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Addresses have a uniform part of 64 bits and, per thread, a part of 32 bits
// that is less than a tile away. Rows that must not be read are read at another
// row of the buffer and replaced by zero, so that no access depends on a
// branch, and what depends on the row alone is computed once in front of a loop
// over columns.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Elements per step of each dimension.
static SmallVector<int64_t> stridesOf(MemRefType type) {
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t dim = type.getRank() - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * type.getDimSize(dim + 1);
  return strides;
}

/// Element `i` of a vector.
static Value elementOf(OpBuilder &builder, Location loc, Value vector,
                       int64_t i) {
  return vector::ExtractOp::create(builder, loc, vector, ArrayRef<int64_t>{i});
}

/// Do all elements of the vector lie in one row?
static bool isOneRow(const Access &access) {
  return llvm::all_of(access.offsets, [&](const Coordinates &offset) {
    return ArrayRef(offset).drop_back() ==
           ArrayRef(access.offsets[0]).drop_back();
  });
}

namespace {
/// Where a vector lies in a buffer, in elements.
struct Position {
  Value uniform; // i64 or null
  Value thread;  // i32 or null
  SmallVector<int64_t> offsets;
  bool contiguous = true;
};
} // namespace

/// Is `exists`, a vector of i1, one answer for all elements?
static bool isOneAnswer(Value exists) {
  return cast<VectorType>(exists.getType()).getDimSize(0) == 1;
}

/// `vector` where `exists`, one i1, is true, else zero: by words, since there
/// are no instructions on bytes.
static Value selectWords(OpBuilder &builder, Location loc, Value exists,
                         Value vector) {
  auto type = cast<VectorType>(vector.getType());
  int64_t bits = type.getNumElements() * type.getElementTypeBitWidth();
  Type words = bits % 32 == 0
                   ? Type(VectorType::get({bits / 32}, builder.getI32Type()))
                   : builder.getIntegerType(bits);
  Value value = LLVM::BitcastOp::create(builder, loc, words, vector);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(words));
  value = arith::SelectOp::create(builder, loc, exists, value, zero);
  return LLVM::BitcastOp::create(builder, loc, type, value);
}

/// Element `i` of the vectors that stand for `access`, alone.
static Access elementAccess(const Access &access, int64_t i) {
  Access one = access;
  one.offsets = {access.offsets[i]};
  return one;
}

/// `access` is in the coordinates of `memref`; `rows` is the leading
/// coordinate, one i32 per thread, or null. With `hasScalars`, what is uniform
/// is kept apart from what is not.
static Position positionOf(MemRefType type, const Access &access, Value rows,
                           OpBuilder &builder, Location loc,
                           function_ref<Value(ArrayRef<int64_t>)> threadSum,
                           bool hasScalars = false) {
  Position result;
  SmallVector<int64_t> strides = stridesOf(type);
  SmallVector<int64_t> coefficients(access.strides.size(), 0);
  auto addSteps = [&](Value count, int64_t step) {
    Value wide =
        arith::ExtUIOp::create(builder, loc, builder.getI64Type(), count);
    if (step != 1)
      wide = arith::MulIOp::create(
          builder, loc, wide,
          arith::ConstantIntOp::create(builder, loc, step, 64));
    result.uniform =
        result.uniform
            ? arith::AddIOp::create(builder, loc, result.uniform, wide)
                  .getResult()
            : wide;
  };
  for (int64_t dim = 0; dim < access.rank(); ++dim) {
    for (auto [bit, stride] : llvm::enumerate(access.strides))
      coefficients[bit] += stride[dim] * strides[dim];
    if (!access.base[dim])
      continue;
    addSteps(access.base[dim], strides[dim]);
  }
  if (!llvm::all_of(coefficients, [](int64_t value) { return value == 0; }))
    result.thread = threadSum(coefficients);
  // Rows of a thread's own take 32 bits where these reach every element.
  constexpr int64_t kMostBytes = int64_t(1) << 31;
  bool isSmall = hasScalars && type.hasStaticShape() &&
                 type.getNumElements() * getBytes(type.getElementType()) <=
                     kMostBytes;
  if (rows && isSmall) {
    Value start = arith::MulIOp::create(
        builder, loc, rows,
        arith::ConstantIntOp::create(builder, loc, strides[0], 32));
    result.thread =
        result.thread
            ? arith::AddIOp::create(builder, loc, result.thread, start)
                  .getResult()
            : start;
  } else if (rows) {
    addSteps(rows, strides[0]);
  }
  for (const Coordinates &offset : access.offsets) {
    int64_t at = 0;
    for (auto [value, stride] : llvm::zip(offset, strides))
      at += value * stride;
    result.offsets.push_back(at);
    if (at != result.offsets[0] + static_cast<int64_t>(result.offsets.size()) - 1)
      result.contiguous = false;
  }
  return result;
}

/// The address of element `i`; of the buffer itself where `exists` is false.
static Value addressOf(OpBuilder &builder, Location loc, Value buffer,
                       Type storage, const Position &position, int64_t i,
                       Value exists) {
  Type i64 = builder.getI64Type();
  auto pointer = buffer.getType();
  Value thread = position.thread;
  Value uniform = position.uniform;
  int64_t offset = position.offsets[i];
  if (exists) {
    // One number, so that one select is enough.
    Value at = arith::ConstantIntOp::create(builder, loc, offset, 64);
    if (uniform)
      at = arith::AddIOp::create(builder, loc, uniform, at);
    if (thread)
      at = arith::AddIOp::create(
          builder, loc, at, arith::ExtUIOp::create(builder, loc, i64, thread));
    Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64);
    at = arith::SelectOp::create(builder, loc, exists, at, zero);
    return LLVM::GEPOp::create(builder, loc, pointer, storage, buffer,
                               ValueRange{at});
  }
  Value address = buffer;
  if (uniform)
    address = LLVM::GEPOp::create(builder, loc, pointer, storage, address,
                                  ValueRange{uniform});
  if (thread)
    address = LLVM::GEPOp::create(
        builder, loc, pointer, storage, address,
        ValueRange{arith::ExtUIOp::create(builder, loc, i64, thread)});
  if (offset != 0)
    address = LLVM::GEPOp::create(
        builder, loc, pointer, storage, address,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return address;
}

/// Largest power of two, up to 16 bytes, that the vector's address is surely a
/// multiple of. `wholeBlocks`: a dynamic column is one of blocks of fragments.
static unsigned alignmentOf(MemRefType type, const Access &access,
                            const Position &position, unsigned bytes,
                            bool wholeBlocks = false) {
  // Buffers and their rows of a multiple of 16 bytes are aligned; a dynamic
  // column is a multiple of the tile's width, which the caller can't see.
  int64_t multiple = 16;
  SmallVector<int64_t> strides = stridesOf(type);
  for (int64_t dim = 0; dim < access.rank(); ++dim) {
    int64_t step = strides[dim] * bytes;
    for (const Coordinates &stride : access.strides)
      if (stride[dim])
        multiple = std::min<int64_t>(
            multiple, (stride[dim] * step) & -(stride[dim] * step));
    if (access.base[dim]) {
      int64_t unit = step;
      if (dim == access.rank() - 1)
        unit = wholeBlocks ? step * fp8::LayoutAttr::kFragmentBlock
                           : step * access.width();
      multiple = std::min<int64_t>(multiple, unit & -unit);
    }
  }
  int64_t at = position.offsets[0] * bytes;
  if (at)
    multiple = std::min<int64_t>(multiple, at & -at);
  return std::max<int64_t>(multiple, bytes);
}

static Value loadVector(OpBuilder &builder, Location loc, Value address,
                        Type storage, int64_t width, unsigned alignment,
                        bool isReadOnce = false, bool stays = false) {
  Type type = VectorType::get({width}, storage);
  return LLVM::LoadOp::create(builder, loc, type, address, alignment,
                              /*isVolatile=*/stays,
                              /*isNonTemporal=*/isReadOnce);
}

/// `access` to a weight in fragments as one to its bytes in order: [panels]
/// [elements of a panel]. Rows and columns change few bits of an address each,
/// so that the result is linear in the bits of the thread again.
FailureOr<Access> KernelLowering::inFragments(MemRefType type, int64_t fragment,
                                              const Access &access) {
  int64_t bytes = getBytes(type.getElementType());
  int64_t columns = type.getDimSize(1);
  int64_t perStep = fragment / bytes;
  int64_t block = fp8::LayoutAttr::kFragmentBlock / bytes;
  int64_t inLane = 16 / bytes;
  auto position = [&](int64_t column, int64_t row) {
    int64_t r = column % block;
    return row / 16 * 16 * columns + column / block * block * 16 +
           r / perStep % 4 * 16 * inLane + row % 16 * inLane +
           r / (4 * perStep) * perStep + r % perStep;
  };
  // A uniform column moves whole blocks.
  if (access.base[2] || (access.base[1] &&
                         multipleOf(access.base[1]) % block))
    return failure();
  Access result;
  for (const Coordinates &offset : access.offsets)
    result.offsets.push_back({offset[0], position(offset[1], offset[2])});
  for (const Coordinates &stride : access.strides)
    result.strides.push_back({stride[0], position(stride[1], stride[2])});
  result.base = {access.base[0], mulI32(access.base[1], 16)};
  // The bits are independent if nothing carries: then every element is where
  // the sum of its bits says.
  for (const Coordinates &offset : access.offsets)
    for (int64_t number = 0; number < threads(); ++number) {
      int64_t column = offset[1], row = offset[2];
      int64_t sum = position(column, row);
      for (int64_t bit = 0; bit < threadBits(); ++bit)
        if (number >> bit & 1) {
          column += access.strides[bit][1];
          row += access.strides[bit][2];
          sum += result.strides[bit][1];
        }
      if (sum != position(column, row))
        return failure();
    }
  return result;
}

Value KernelLowering::loadGlobal(Value memref, const Access &elements,
                                 Value exists, std::optional<int64_t> rowDim,
                                 bool isReadOnce, bool keepsRest) {
  Location loc = kernel.getLoc();
  auto type = cast<MemRefType>(memref.getType());
  Access access = elements;
  auto argument = dyn_cast<BlockArgument>(memref);
  int64_t fragment =
      argument ? kernel.getFragment(argument.getArgNumber()) : 0;
  if (fragment) {
    FailureOr<Access> inOrder = inFragments(type, fragment, elements);
    // [tile_to_gpu_c6]
    if (failed(inOrder)) {
      status = kernel.emitOpError("[tile_to_gpu_c6] reads a weight in "
                                  "fragments of ")
               << fragment << " bytes across their order";
      return zeroVector(type.getElementType(), elements.width());
    }
    access = *inOrder;
    type = MemRefType::get({type.getDimSize(0),
                            type.getDimSize(1) * type.getDimSize(2)},
                           type.getElementType());
  }
  Value buffer = getScalar(memref);
  Type storage = getStorageType(type.getElementType());
  int64_t width = access.width();
  bool oneAnswer = exists && isOneAnswer(exists);
  auto existsAt = [&](int64_t i) {
    return exists ? elementOf(builder, loc, exists, oneAnswer ? 0 : i)
                  : Value();
  };
  auto sum = [&](ArrayRef<int64_t> c) { return threadSum(c); };
  Position position = positionOf(type, access, {}, builder, loc, sum);
  // Where only aligned loads can become one.
  bool wholeBlocks = fragment && target.kind == tile::TargetKind::NvidiaGpu;
  unsigned alignment = alignmentOf(
      type, access, position, getBytes(type.getElementType()), wholeBlocks);
  // All elements of a row exist or none does.
  bool isVector =
      position.contiguous && (!exists || oneAnswer || isOneRow(access));
  auto address = [&](int64_t i) {
    if (!exists || !rowDim)
      return addressOf(builder, loc, buffer, storage, position, i, existsAt(i));
    // Only the row depends on whether it exists: the tile's first one does.
    int64_t step = stridesOf(type)[*rowDim];
    Access columns = elementAccess(access, i);
    int64_t offset = std::exchange(columns.offsets[0][*rowDim], 0) * step;
    SmallVector<int64_t> coefficients;
    for (Coordinates &stride : columns.strides)
      coefficients.push_back(std::exchange(stride[*rowDim], 0) * step);
    Value row = arith::SelectOp::create(
        builder, loc, existsAt(i), addI32(threadSum(coefficients), i32(offset)),
        i32(0));
    Position inRow = positionOf(type, columns, {}, builder, loc, sum);
    inRow.thread = addI32(inRow.thread, row);
    return addressOf(builder, loc, buffer, storage, inRow, 0, {});
  };
  Value vector;
  if (isVector) {
    vector = loadVector(builder, loc, address(0), storage, width, alignment,
                        isReadOnce, loadsStay);
  } else {
    SmallVector<Value> elements;
    for (int64_t i = 0; i < width; ++i)
      elements.push_back(LLVM::LoadOp::create(builder, loc, storage, address(i),
                                              getBytes(type.getElementType())));
    vector = vector::FromElementsOp::create(
        builder, loc, VectorType::get({width}, storage), elements);
  }
  if (exists && keepsRest) {
    // Whatever was read instead will do.
  } else if (exists && oneAnswer) {
    vector = selectWords(builder, loc, existsAt(0), vector);
  } else if (exists) {
    Value zero = arith::ConstantOp::create(
        builder, loc, builder.getZeroAttr(vector.getType()));
    vector = arith::SelectOp::create(builder, loc, exists, vector, zero);
  }
  return fromStorage(builder, vector, type.getElementType());
}

void KernelLowering::storeGlobal(Value memref, const Access &access,
                                 Value exists, Value values) {
  Location loc = kernel.getLoc();
  auto type = cast<MemRefType>(memref.getType());
  Value buffer = getScalar(memref);
  Type storage = getStorageType(type.getElementType());
  Value bits = toStorage(builder, values);
  Position position =
      positionOf(type, access, {}, builder, loc,
                 [&](ArrayRef<int64_t> c) { return threadSum(c); });
  unsigned bytes = getBytes(type.getElementType());
  OpBuilder::InsertionGuard guard(builder);
  auto enter = [&](Value condition) {
    if (!condition)
      return;
    auto branch = scf::IfOp::create(builder, loc, condition, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
  };
  auto existsAt = [&](int64_t i) {
    return exists ? elementOf(builder, loc, exists, i) : Value();
  };
  bool sameRow = isOneRow(access);
  if (position.contiguous && (!exists || sameRow)) {
    enter(existsAt(0));
    Value address =
        addressOf(builder, loc, buffer, storage, position, 0, {});
    LLVM::StoreOp::create(builder, loc, bits, address,
                          alignmentOf(type, access, position, bytes));
    return;
  }
  for (int64_t i = 0; i < access.width(); ++i) {
    OpBuilder::InsertionGuard inner(builder);
    enter(existsAt(i));
    Value value = vector::ExtractOp::create(builder, loc, bits,
                                            ArrayRef<int64_t>{i});
    Value address =
        addressOf(builder, loc, buffer, storage, position, i, {});
    LLVM::StoreOp::create(builder, loc, value, address, bytes);
  }
}

//===----------------------------------------------------------------------===//
// tile.load and tile.store
//===----------------------------------------------------------------------===//

/// A uniform index as what is not constant of it, or null, and the rest: the
/// fewer different bases, the fewer registers.
static std::pair<Value, int64_t> splitConstant(OpBuilder &builder,
                                               Value index) {
  if (!index)
    return {Value(), 0};
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return {Value(), *constant};
  auto add = index.getDefiningOp<arith::AddIOp>();
  if (!add)
    return {index, 0};
  auto [left, inLeft] = splitConstant(builder, add.getLhs());
  auto [right, inRight] = splitConstant(builder, add.getRhs());
  if (inLeft + inRight == 0)
    return {index, 0};
  if (!left || !right)
    return {left ? left : right, inLeft + inRight};
  Value rest = arith::AddIOp::create(builder, add.getLoc(), left, right);
  return {rest, inLeft + inRight};
}

namespace {
/// `access` of a tile in the coordinates of the buffer that it is part of.
Access inBuffer(OpBuilder &builder, const Access &access, int64_t rank,
                ArrayRef<Value> start) {
  int64_t leading = rank - access.rank();
  Access result;
  auto widen = [&](const Coordinates &from) {
    Coordinates to(leading, 0);
    to.append(from.begin(), from.end());
    return to;
  };
  for (const Coordinates &offset : access.offsets)
    result.offsets.push_back(widen(offset));
  for (const Coordinates &stride : access.strides)
    result.strides.push_back(widen(stride));
  for (auto [dim, value] : llvm::enumerate(start)) {
    auto [base, constant] = splitConstant(builder, value);
    for (Coordinates &offset : result.offsets)
      offset[dim] += constant;
    result.base.push_back(base);
  }
  return result;
}

Value conjunction(OpBuilder &builder, Location loc, Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AndIOp::create(builder, loc, a, b);
}
} // namespace

Value KernelLowering::emitLoad(tile::LoadOp op, const Access &access) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  int64_t rank = op.getSource().getType().getRank();
  int64_t leading = rank - access.rank();
  // Whether an element exists depends on its row alone, unless the threads
  // reach beyond the tile's other dimensions.
  bool rowsOnly = access.rank() > 0;
  for (int64_t dim = 1; dim < access.rank(); ++dim)
    rowsOnly &=
        access.base[dim] || (access.smallest(dim) >= 0 &&
                             access.largest(dim) < type.getDimSize(dim));
  bool oneAnswer = rowsOnly && access.rank() > 1 && isOneRow(access);
  Access tested = oneAnswer ? elementAccess(access, 0) : access;
  Value exists = emitInBounds(tested, type.getShape());
  Value first;
  if (op.getValid()) {
    Value valid = getScalar(op.getValid());
    exists = conjunction(builder, loc, exists,
                         arith::CmpIOp::create(builder, loc,
                                               arith::CmpIPredicate::slt,
                                               emitCoordinates(tested, 0),
                                               splat(valid, tested.width())));
    first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt,
                                  valid, i32(0));
  }
  SmallVector<Value> start;
  for (auto [dim, index] : llvm::enumerate(op.getIndices())) {
    int64_t tileDim = static_cast<int64_t>(dim) - leading;
    Value base = getScalar(index);
    if (tileDim >= 0)
      base = addI32(base, access.base[tileDim]);
    // Without any rows there need not be a first one.
    if (tileDim == 0 && first && rowsOnly && getConstantIntValue(base) != 0)
      base = arith::SelectOp::create(builder, loc, first, base, i32(0));
    start.push_back(base);
  }
  return loadGlobal(op.getSource(), inBuffer(builder, access, rank, start),
                    exists, rowsOnly ? std::optional(leading) : std::nullopt,
                    isReadOnce(op),
                    /*keepsRest=*/!op.getValid() || op.getRestUnspecified());
}

LogicalResult KernelLowering::lowerStore(tile::StoreOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getValue().getType());
  Distribution distribution = chooseDistribution(op.getValue());
  Value owner = ownerPredicate(distribution.replicatedBits());
  int64_t rank = op.getDestination().getType().getRank();
  SmallVector<Value> start;
  for (Value index : op.getIndices())
    start.push_back(getScalar(index));
  // All values first: what they need of shared memory needs all threads.
  SmallVector<Access> accesses = groups(distribution);
  SmallVector<Value> values;
  for (const Access &access : accesses)
    values.push_back(emit(op.getValue(), access));
  OpBuilder::InsertionGuard guard(builder);
  if (owner) {
    auto branch = scf::IfOp::create(builder, loc, owner, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
  }
  for (auto [access, value] : llvm::zip(accesses, values)) {
    Value exists = emitInBounds(access, type.getShape());
    if (op.getValid())
      exists = conjunction(
          builder, loc, exists,
          arith::CmpIOp::create(
              builder, loc, arith::CmpIPredicate::slt,
              emitCoordinates(access, 0),
              splat(getScalar(op.getValid()), access.width())));
    storeGlobal(op.getDestination(), inBuffer(builder, access, rank, start), exists,
                value);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// tile.gather and tile.scatter
//===----------------------------------------------------------------------===//

/// The row numbers at the leading coordinate of `access`, vector<width x i32>.
static Access rowsOf(const Access &access) {
  Access result;
  for (const Coordinates &offset : access.offsets)
    result.offsets.push_back({offset[0]});
  for (const Coordinates &stride : access.strides)
    result.strides.push_back({stride[0]});
  result.base.push_back(access.base[0]);
  return result;
}

/// The remaining coordinates, with a leading one of zero.
static Access columnsOf(OpBuilder &builder, const Access &access,
                        ArrayRef<Value> start) {
  Access result = access;
  for (Coordinates &offset : result.offsets)
    offset[0] = 0;
  for (Coordinates &stride : result.strides)
    stride[0] = 0;
  result.base[0] = Value();
  for (auto [dim, value] : llvm::enumerate(start)) {
    auto [base, constant] = splitConstant(builder, value);
    for (Coordinates &offset : result.offsets)
      offset[dim + 1] += constant;
    result.base[dim + 1] = base;
  }
  return result;
}

/// Whether no element of `rows` is negative, by the ops that it comes from.
static bool areNonNegative(Value rows) {
  if (auto quotient = rows.getDefiningOp<arith::DivUIOp>())
    return areNonNegative(quotient.getLhs());
  auto maximum = rows.getDefiningOp<arith::MaxSIOp>();
  DenseIntElementsAttr least;
  return maximum && matchPattern(maximum.getRhs(), m_Constant(&least)) &&
         least.isSplat() && !least.getSplatValue<APInt>().isNegative();
}

Value KernelLowering::emitGather(tile::GatherOp op, const Access &access) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  auto source = cast<MemRefType>(op.getSource().getType());
  int64_t width = access.width();
  bool oneRow = isOneRow(access) && access.rank() > 1;
  Access tested = oneRow ? elementAccess(access, 0) : access;
  Value rows = emit(op.getRows(), rowsOf(tested));
  bool allExist = areNonNegative(op.getRows());
  Value exists;
  if (!allExist)
    exists = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, rows,
                                   splat(i32(0), tested.width()));
  // Rows that are not there are read at the first one; only what lies beyond
  // the tile's columns at the start of the buffer.
  Value inBounds = emitInBounds(tested, type.getShape());
  if (!inBounds && !allExist)
    rows = arith::MaxSIOp::create(builder, loc, rows,
                                  splat(i32(0), tested.width()));
  exists = conjunction(builder, loc, exists, inBounds);
  SmallVector<Value> start;
  for (auto [dim, column] : llvm::enumerate(op.getColumns()))
    start.push_back(addI32(getScalar(column), access.base[dim + 1]));
  Access columns = columnsOf(builder, access, start);
  Value buffer = getScalar(op.getSource());
  Type storage = getStorageType(source.getElementType());
  unsigned bytes = getBytes(source.getElementType());
  auto scalarAt = [&](Value vector, int64_t i) {
    return elementOf(builder, loc, vector, oneRow ? 0 : i);
  };
  auto sum = [&](ArrayRef<int64_t> c) { return threadSum(c); };
  bool hasScalars = target.kind == tile::TargetKind::AmdGpu;
  Value vector;
  Position position = positionOf(source, columns, scalarAt(rows, 0), builder,
                                 loc, sum, hasScalars);
  // With all rows safe to read no address needs to ask.
  auto askedAt = [&](int64_t i) {
    return inBounds ? scalarAt(exists, i) : Value();
  };
  if (isOneRow(access) && position.contiguous) {
    Access aligned = columns;
    // The row is dynamic too.
    aligned.base[0] = rows;
    unsigned alignment = alignmentOf(source, aligned, position, bytes);
    Value address =
        addressOf(builder, loc, buffer, storage, position, 0, askedAt(0));
    vector = loadVector(builder, loc, address, storage, width, alignment);
  } else {
    SmallVector<Value> elements;
    for (int64_t i = 0; i < width; ++i) {
      Position at = positionOf(source, columns, scalarAt(rows, i), builder, loc,
                               sum, hasScalars);
      Value address =
          addressOf(builder, loc, buffer, storage, at, i, askedAt(i));
      elements.push_back(
          LLVM::LoadOp::create(builder, loc, storage, address, bytes));
    }
    vector = vector::FromElementsOp::create(
        builder, loc, VectorType::get({width}, storage), elements);
  }
  if (exists && oneRow) {
    vector = selectWords(builder, loc, scalarAt(exists, 0), vector);
  } else if (exists) {
    Value zero = arith::ConstantOp::create(
        builder, loc, builder.getZeroAttr(vector.getType()));
    vector = arith::SelectOp::create(builder, loc, exists, vector, zero);
  }
  return fromStorage(builder, vector, source.getElementType());
}

LogicalResult KernelLowering::lowerScatter(tile::ScatterOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getValue().getType());
  auto destination = cast<MemRefType>(op.getDestination().getType());
  Distribution distribution = chooseDistribution(op.getValue());
  SmallVector<Access> accesses = groups(distribution);
  SmallVector<Value> values, rows;
  for (const Access &access : accesses) {
    values.push_back(emit(op.getValue(), access));
    rows.push_back(emit(op.getRows(), rowsOf(access)));
  }
  Value buffer = getScalar(op.getDestination());
  Type storage = getStorageType(destination.getElementType());
  Value owner = ownerPredicate(distribution.replicatedBits());
  OpBuilder::InsertionGuard guard(builder);
  if (owner) {
    auto branch = scf::IfOp::create(builder, loc, owner, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
  }
  SmallVector<Value> start;
  for (Value column : op.getColumns())
    start.push_back(getScalar(column));
  auto scalarAt = [&](Value vector, int64_t i) {
    return elementOf(builder, loc, vector, i);
  };
  auto sum = [&](ArrayRef<int64_t> c) { return threadSum(c); };
  for (size_t group = 0; group < accesses.size(); ++group) {
    const Access &access = accesses[group];
    Value value = values[group], row = rows[group];
    Value exists = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge, row,
        splat(i32(0), access.width()));
    exists = conjunction(builder, loc, exists,
                         emitInBounds(access, type.getShape()));
    Value bits = toStorage(builder, value);
    Access columns = columnsOf(builder, access, start);
    unsigned bytes = getBytes(destination.getElementType());
    bool sameRow = isOneRow(access);
    Position position =
        positionOf(destination, columns, scalarAt(row, 0), builder, loc, sum);
    bool whole = sameRow && position.contiguous;
    int64_t pieces = whole ? 1 : access.width();
    for (int64_t i = 0; i < pieces; ++i) {
      OpBuilder::InsertionGuard inner(builder);
      auto branch =
          scf::IfOp::create(builder, loc, scalarAt(exists, i), false);
      builder.setInsertionPointToStart(&branch.getThenRegion().front());
      Position at = positionOf(destination, columns, scalarAt(row, i), builder,
                               loc, sum);
      Value address = addressOf(builder, loc, buffer, storage, at, i, {});
      if (whole) {
        Access aligned = columns;
        aligned.base[0] = row;
        LLVM::StoreOp::create(
            builder, loc, bits, address,
            alignmentOf(destination, aligned, position, bytes));
      } else {
        LLVM::StoreOp::create(builder, loc, scalarAt(bits, i), address, bytes);
      }
    }
  }
  return success();
}
