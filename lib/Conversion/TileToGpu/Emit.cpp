//===- Emit.cpp - Evaluate elements of a tile where they are used ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DotOperands.h"
#include "KernelLowering.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

int64_t Access::largest(int64_t dim) const {
  int64_t result = offsets[0][dim];
  for (const Coordinates &offset : offsets)
    result = std::max(result, offset[dim]);
  for (const Coordinates &stride : strides)
    result += std::max<int64_t>(0, stride[dim]);
  return result;
}

int64_t Access::smallest(int64_t dim) const {
  int64_t result = offsets[0][dim];
  for (const Coordinates &offset : offsets)
    result = std::min(result, offset[dim]);
  for (const Coordinates &stride : strides)
    result += std::min<int64_t>(0, stride[dim]);
  return result;
}

SmallVector<Access> KernelLowering::groups(const Distribution &distribution) {
  SmallVector<Access> result;
  int64_t rank = distribution.offsets[0].size();
  for (int64_t first = 0; first < distribution.numRegisters();
       first += distribution.group) {
    Access access;
    access.offsets.assign(distribution.offsets.begin() + first,
                          distribution.offsets.begin() + first +
                              distribution.group);
    access.strides = distribution.strides;
    access.base.assign(rank, Value());
    result.push_back(std::move(access));
  }
  return result;
}

/// The same elements, with each coordinate of the result taken from `dims` of
/// `access`.
static Access project(const Access &access, ArrayRef<int64_t> dims) {
  Access result;
  auto take = [&](const Coordinates &from) {
    Coordinates to;
    for (int64_t dim : dims)
      to.push_back(from[dim]);
    return to;
  };
  for (const Coordinates &offset : access.offsets)
    result.offsets.push_back(take(offset));
  for (const Coordinates &stride : access.strides)
    result.strides.push_back(take(stride));
  for (int64_t dim : dims)
    result.base.push_back(access.base[dim]);
  return result;
}

/// The elements `indices` of the vector alone.
static Access subset(const Access &access, ArrayRef<int64_t> indices) {
  Access result = access;
  result.offsets.clear();
  for (int64_t index : indices)
    result.offsets.push_back(access.offsets[index]);
  return result;
}

static std::vector<int64_t> keyOf(Value tile, const Access &access) {
  std::vector<int64_t> key = {
      static_cast<int64_t>(reinterpret_cast<intptr_t>(tile.getAsOpaquePointer())),
      access.width()};
  for (const Coordinates &offset : access.offsets)
    key.insert(key.end(), offset.begin(), offset.end());
  for (const Coordinates &stride : access.strides)
    key.insert(key.end(), stride.begin(), stride.end());
  for (Value base : access.base)
    key.push_back(base ? static_cast<int64_t>(reinterpret_cast<intptr_t>(
                             base.getAsOpaquePointer()))
                       : 0);
  return key;
}

Value KernelLowering::emitCoordinates(const Access &access, int64_t dim) {
  Location loc = kernel.getLoc();
  SmallVector<int64_t> coefficients;
  for (const Coordinates &stride : access.strides)
    coefficients.push_back(stride[dim]);
  Value scalar = addI32(threadSum(coefficients), access.base[dim]);
  SmallVector<int32_t> offsets;
  for (const Coordinates &offset : access.offsets)
    offsets.push_back(offset[dim]);
  auto type = VectorType::get({access.width()}, builder.getI32Type());
  Value constant = arith::ConstantOp::create(
      builder, loc, type,
      DenseElementsAttr::get(type, ArrayRef<int32_t>(offsets)));
  if (auto value = getConstantIntValue(scalar); value && *value == 0)
    return constant;
  Value vector = splat(scalar, access.width());
  if (llvm::all_of(offsets, [](int32_t offset) { return offset == 0; }))
    return vector;
  return arith::AddIOp::create(builder, loc, vector, constant);
}

Value KernelLowering::emitInBounds(const Access &access,
                                   ArrayRef<int64_t> shape) {
  Location loc = kernel.getLoc();
  Value result;
  auto require = [&](arith::CmpIPredicate predicate, Value coordinates,
                     int64_t bound) {
    Value condition = arith::CmpIOp::create(builder, loc, predicate, coordinates,
                                            splat(i32(bound), access.width()));
    result = result
                 ? arith::AndIOp::create(builder, loc, result, condition)
                       .getResult()
                 : condition;
  };
  for (auto [dim, size] : llvm::enumerate(shape)) {
    // A dynamic base promises that everything is in bounds.
    if (access.base[dim])
      continue;
    if (access.smallest(dim) < 0)
      require(arith::CmpIPredicate::sge, emitCoordinates(access, dim), 0);
    if (access.largest(dim) >= size)
      require(arith::CmpIPredicate::slt, emitCoordinates(access, dim), size);
  }
  return result;
}

Place KernelLowering::evaluate(Value tile, const Distribution &distribution) {
  Place place;
  place.distribution = distribution;
  for (const Access &access : groups(distribution))
    place.registers.push_back(emit(tile, access));
  return place;
}

/// A number that `value`, an i32, is a multiple of.
int64_t tile_to_gpu::multipleOf(Value value) {
  if (auto constant = getConstantIntValue(value))
    return *constant;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (loop && argument == loop.getInductionVar())
      return std::gcd(multipleOf(loop.getLowerBound()),
                      multipleOf(loop.getStep()));
    return 1;
  }
  Operation *op = value.getDefiningOp();
  if (isa<arith::AddIOp, arith::SubIOp, arith::RemUIOp>(op))
    return std::gcd(multipleOf(op->getOperand(0)),
                    multipleOf(op->getOperand(1)));
  if (isa<arith::MulIOp>(op))
    return multipleOf(op->getOperand(0)) * multipleOf(op->getOperand(1));
  if (isa<arith::DivUIOp>(op)) {
    auto divisor = getConstantIntValue(op->getOperand(1));
    int64_t multiple = multipleOf(op->getOperand(0));
    if (divisor && *divisor > 0 && multiple % *divisor == 0)
      return std::max<int64_t>(1, multiple / *divisor);
  }
  return 1;
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

Value KernelLowering::emit(Value tile, const Access &access) {
  // One element for the whole vector.
  if (access.width() > 1 &&
      llvm::all_of(access.offsets, [&](const Coordinates &offset) {
        return offset == access.offsets[0];
      })) {
    Value one = emit(tile, subset(access, {0}));
    SmallVector<int64_t> zeros(access.width(), 0);
    return pick(builder, one, zeros);
  }
  std::vector<int64_t> key = keyOf(tile, access);
  for (Emitted &scope : llvm::reverse(emitted))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  Value result = emitUncached(tile, access);
  emitted.back()[key] = result;
  return result;
}

Value KernelLowering::emitUncached(Value tile, const Access &access) {
  auto stored = places.find(tile.getAsOpaquePointer());
  if (stored != places.end())
    return emitStored(tile, stored->second, access);
  auto type = cast<RankedTensorType>(tile.getType());
  Location loc = kernel.getLoc();
  Operation *op = tile.getDefiningOp();
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](tile::LoadOp op) { return emitLoad(op, access); })
      .Case([&](tile::GatherOp op) { return emitGather(op, access); })
      .Case([&](tile::BroadcastOp op) {
        if (!isTile(op.getInput().getType()))
          return splat(getScalar(op.getInput()), access.width());
        return emit(op.getInput(), project(access, op.getDims()));
      })
      .Case([&](tile::TransposeOp op) {
        return emit(op.getInput(), project(access, {1, 0}));
      })
      .Case([&](tile::IotaOp) { return emitCoordinates(access, 0); })
      .Case([&](tensor::SplatOp op) {
        Value scalar = getScalar(op.getInput());
        Value vector = splat(scalar, access.width());
        return vector;
      })
      .Case([&](tensor::EmptyOp) {
        return zeroVector(type.getElementType(), access.width());
      })
      .Case([&](tensor::FromElementsOp op) {
        SmallVector<Value> elements;
        for (Value element : op.getElements())
          elements.push_back(getScalar(element));
        return emitFromElements(elements, access, type);
      })
      .Case([&](arith::ConstantOp op) { return emitConstant(op, access); })
      .Case([&](tensor::ExtractSliceOp op) {
        Access source;
        int64_t rank = op.getSourceType().getRank();
        llvm::SmallBitVector dropped = op.getDroppedDims();
        ArrayRef<int64_t> steps = op.getStaticStrides();
        SmallVector<int64_t> from(rank, -1);
        for (int64_t dim = 0, next = 0; dim < rank; ++dim)
          if (!dropped.test(dim))
            from[dim] = next++;
        SmallVector<OpFoldResult> starts = op.getMixedOffsets();
        auto convert = [&](const Coordinates &coordinates, bool isOffset) {
          Coordinates result;
          for (int64_t dim = 0; dim < rank; ++dim) {
            int64_t value =
                from[dim] < 0 ? 0 : coordinates[from[dim]] * steps[dim];
            if (isOffset)
              if (auto start = getConstantIntValue(starts[dim]))
                value += *start;
            result.push_back(value);
          }
          return result;
        };
        for (const Coordinates &offset : access.offsets)
          source.offsets.push_back(convert(offset, true));
        for (const Coordinates &stride : access.strides)
          source.strides.push_back(convert(stride, false));
        for (int64_t dim = 0; dim < rank; ++dim) {
          Value base;
          if (from[dim] >= 0)
            base = mulI32(access.base[from[dim]], steps[dim]);
          if (!getConstantIntValue(starts[dim]))
            base = addI32(base, getScalar(cast<Value>(starts[dim])));
          source.base.push_back(base);
        }
        return emit(op.getSource(), source);
      })
      .Case([&](tensor::InsertSliceOp op) {
        return emitInsertSlice(op, access);
      })
      .Case([&](tensor::ExpandShapeOp op) {
        // Coordinates of a group of result dimensions make one of the source.
        Access source;
        auto reassociation = op.getReassociationIndices();
        auto convert = [&](const Coordinates &coordinates) {
          Coordinates result;
          for (const auto &group : reassociation) {
            int64_t flat = 0;
            for (int64_t dim : group)
              flat = flat * type.getDimSize(dim) + coordinates[dim];
            result.push_back(flat);
          }
          return result;
        };
        for (const Coordinates &offset : access.offsets)
          source.offsets.push_back(convert(offset));
        for (const Coordinates &stride : access.strides)
          source.strides.push_back(convert(stride));
        for (const auto &group : reassociation) {
          Value base;
          for (int64_t dim : group)
            base = addI32(mulI32(base, type.getDimSize(dim)),
                          access.base[dim]);
          source.base.push_back(base);
        }
        return emit(op.getSrc(), source);
      })
      .Case([&](tensor::CollapseShapeOp op) {
        if (std::optional<Access> source = splitCollapsed(op, access))
          return emit(op.getSrc(), *source);
        // Its elements in order in shared memory have any shape.
        auto sourceType = cast<RankedTensorType>(op.getSrc().getType());
        SharedTile &shared = makeSharedTile(sourceType);
        Place source = evaluate(op.getSrc(), chooseDistribution(op.getSrc()));
        beginSharedWrite();
        storeShared(shared, source);
        endSharedWrite();
        shared.view = llvm::to_vector<4>(type.getShape());
        return loadShared(shared, access, type.getElementType());
      })
      .Default([&](Operation *op) {
        if (op && op->hasTrait<OpTrait::Elementwise>())
          return emitElementwise(op, access);
        // [tile_to_gpu_c1]
        status = op ? op->emitOpError("[tile_to_gpu_c1] can't be evaluated")
                    : mlir::emitError(loc, "[tile_to_gpu_c1] tile argument");
        return zeroVector(type.getElementType(), access.width());
      });
}

Value KernelLowering::emitElementwise(Operation *op, const Access &access) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isTile(operand.getType())
                           ? emit(operand, access)
                           : splat(getScalar(operand), access.width()));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Type result = vectorOf(type.getElementType(), access.width());
  Location loc = op->getLoc();
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    unsigned from = cast<VectorType>(operands[0].getType())
                        .getElementType()
                        .getIntOrFloatBitWidth();
    unsigned to = cast<VectorType>(result).getElementTypeBitWidth();
    if (from == to)
      return operands[0];
    if (from > to)
      return arith::TruncIOp::create(builder, loc, result, operands[0]);
    if (isa<arith::IndexCastUIOp>(op))
      return arith::ExtUIOp::create(builder, loc, result, operands[0]);
    return arith::ExtSIOp::create(builder, loc, result, operands[0]);
  }
  if (isa<arith::SelectOp>(op))
    return select(operands[0], operands[1], operands[2]);
  // Unchanged, as only a copy of it needs to know.
  if (auto extend =
          dyn_cast_if_present<arith::ExtFOp>(op->getOperand(0).getDefiningOp());
      extend && target.hasAsyncCopies && isa<arith::TruncFOp>(op) &&
      extend.getIn().getType() == type)
    return emit(extend.getIn(), access);
  // Nothing is to be rounded: the upper half of the f32.
  if (isa<arith::TruncFOp>(op) && type.getElementType().isBF16() &&
      isBf16(op->getOperand(0))) {
    auto i32s = VectorType::get({access.width()}, builder.getI32Type());
    auto i16s = VectorType::get({access.width()}, builder.getI16Type());
    Value bits = arith::BitcastOp::create(builder, loc, i32s, operands[0]);
    Value high = arith::ShRUIOp::create(builder, loc, bits,
                                        splat(i32(16), access.width()));
    return fromStorage(builder,
                       arith::TruncIOp::create(builder, loc, i16s, high),
                       type.getElementType());
  }
  OperationState state(loc, op->getName(), operands, result, op->getAttrs());
  Operation *copy = builder.create(state);
  copy->copyProperties(op->getPropertiesStorage());
  return copy->getResult(0);
}

Value KernelLowering::emitConstant(arith::ConstantOp op, const Access &access) {
  auto values = cast<DenseElementsAttr>(op.getValue());
  Type element = getRegisterType(values.getElementType());
  auto convert = [&](Attribute attribute) -> Attribute {
    if (auto integer = dyn_cast<IntegerAttr>(attribute);
        integer && integer.getType().isIndex())
      return builder.getI32IntegerAttr(integer.getInt());
    return attribute;
  };
  auto type = VectorType::get({access.width()}, element);
  if (values.isSplat())
    return arith::ConstantOp::create(
        builder, op.getLoc(), type,
        DenseElementsAttr::get(type,
                               convert(values.getSplatValue<Attribute>())));
  SmallVector<Value> elements;
  for (Attribute attribute : values.getValues<Attribute>())
    elements.push_back(arith::ConstantOp::create(
        builder, op.getLoc(), cast<TypedAttr>(convert(attribute))));
  return emitFromElements(elements, access,
                          cast<RankedTensorType>(op.getType()));
}

Value KernelLowering::emitFromElements(ValueRange elements,
                                       const Access &access, Type type) {
  auto tile = cast<RankedTensorType>(type);
  Location loc = kernel.getLoc();
  SmallVector<Value> results;
  for (int64_t i = 0; i < access.width(); ++i) {
    Access one = subset(access, {i});
    // The row-major number of the element, static or not.
    int64_t offset = 0;
    SmallVector<int64_t> coefficients(access.strides.size(), 0);
    Value base;
    for (int64_t dim = 0; dim < tile.getRank(); ++dim) {
      offset = offset * tile.getDimSize(dim) + one.offsets[0][dim];
      for (auto [bit, stride] : llvm::enumerate(one.strides))
        coefficients[bit] =
            coefficients[bit] * tile.getDimSize(dim) + stride[dim];
      base = addI32(mulI32(base, tile.getDimSize(dim)), one.base[dim]);
    }
    Value position = addI32(addI32(threadSum(coefficients), base), i32(offset));
    if (auto constant = getConstantIntValue(position)) {
      results.push_back(elements[std::clamp<int64_t>(
          *constant, 0, static_cast<int64_t>(elements.size()) - 1)]);
      continue;
    }
    Value value = elements.back();
    for (int64_t at = elements.size() - 2; at >= 0; --at) {
      Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         position, i32(at));
      value =
          arith::SelectOp::create(builder, loc, here, elements[at], value);
    }
    results.push_back(value);
  }
  return vector::FromElementsOp::create(
      builder, loc, vectorOf(tile.getElementType(), access.width()), results);
}

/// `access` for the threads whose bit `bit` is `value`.
static Access fixBit(Access access, int64_t bit, bool value) {
  for (Coordinates &offset : access.offsets)
    for (auto [coordinate, stride] : llvm::zip(offset, access.strides[bit]))
      coordinate += value ? stride : 0;
  for (int64_t &stride : access.strides[bit])
    stride = 0;
  return access;
}

/// The parts of an access that fall into the inserted slice and into what it
/// is inserted into, joined.
Value KernelLowering::emitInsertSlice(tensor::InsertSliceOp op,
                                      const Access &access) {
  auto type = op.getSourceType();
  int64_t rank = op.getDestType().getRank();
  ArrayRef<int64_t> starts = op.getStaticOffsets();
  ArrayRef<int64_t> sizes = op.getStaticSizes();
  ArrayRef<int64_t> steps = op.getStaticStrides();
  enum { Inside, Outside, Mixed };
  auto classify = [&](const Access &one) {
    int result = Inside;
    for (int64_t dim = 0; dim < rank; ++dim) {
      int64_t low = one.smallest(dim) - starts[dim];
      int64_t high = one.largest(dim) - starts[dim];
      int64_t end = sizes[dim] * steps[dim];
      if (high < 0 || low >= end)
        return Outside;
      bool sameParity =
          llvm::all_of(one.strides, [&](const Coordinates &stride) {
            return stride[dim] % steps[dim] == 0;
          });
      if (sameParity && (one.offsets[0][dim] - starts[dim]) % steps[dim] != 0)
        return Outside;
      if (low < 0 || high >= end || !sameParity || one.base[dim])
        result = Mixed;
    }
    return result == Inside ? Inside : Mixed;
  };
  SmallVector<int64_t> inside, outside, mixed;
  for (int64_t i = 0; i < access.width(); ++i) {
    int kind = classify(subset(access, {i}));
    (kind == Inside    ? inside
     : kind == Outside ? outside
                       : mixed)
        .push_back(i);
  }
  Location loc = op.getLoc();
  // [tile_to_gpu_c2]
  if (ShapedType::isDynamicShape(starts) || type.getRank() != rank) {
    status = op.emitOpError("[tile_to_gpu_c2] expects a slice at a static "
                            "place and of the result's rank");
    return zeroVector(type.getElementType(), access.width());
  }
  auto toSource = [&](const Access &from) {
    Access source = from;
    for (Coordinates &offset : source.offsets)
      for (int64_t dim = 0; dim < rank; ++dim)
        offset[dim] = (offset[dim] - starts[dim]) / steps[dim];
    for (Coordinates &stride : source.strides)
      for (int64_t dim = 0; dim < rank; ++dim)
        stride[dim] /= steps[dim];
    return source;
  };
  Type element = type.getElementType();
  SmallVector<Value> storage(access.width());
  auto scatterInto = [&](ArrayRef<int64_t> indices, Value vector) {
    Value bits = toStorage(builder, vector);
    for (auto [i, index] : llvm::enumerate(indices))
      storage[index] = vector::ExtractOp::create(
          builder, loc, bits, ArrayRef<int64_t>{static_cast<int64_t>(i)});
  };
  if (static_cast<int64_t>(inside.size()) == access.width())
    return emit(op.getSource(), toSource(access));
  if (static_cast<int64_t>(outside.size()) == access.width())
    return emit(op.getDest(), access);
  if (!inside.empty())
    scatterInto(inside, emit(op.getSource(), toSource(subset(access, inside))));
  if (!outside.empty())
    scatterInto(outside, emit(op.getDest(), subset(access, outside)));
  // Often some bits of the thread tell where an element belongs: all of them
  // have the value that is kept, or the element is outside.
  std::map<std::pair<int64_t, int64_t>, SmallVector<int64_t>> byBits;
  SmallVector<int64_t> byBounds;
  for (int64_t index : mixed) {
    Access kept = subset(access, {index});
    int64_t mask = 0, wanted = 0;
    for (int64_t bit = 0; bit < threadBits() && classify(kept) == Mixed; ++bit)
      for (bool value : {false, true})
        if (classify(fixBit(kept, bit, !value)) == Outside) {
          kept = fixBit(kept, bit, value);
          mask |= int64_t(1) << bit;
          wanted |= int64_t(value) << bit;
          break;
        }
    if (classify(kept) == Inside)
      byBits[{mask, wanted}].push_back(index);
    else
      byBounds.push_back(index);
  }
  for (auto &[decision, indices] : byBits) {
    auto [mask, wanted] = decision;
    Access part = subset(access, indices);
    Access kept = part;
    for (int64_t bit = 0; bit < threadBits(); ++bit)
      if (mask >> bit & 1)
        kept = fixBit(kept, bit, wanted >> bit & 1);
    // What goes to the other side needs no more than the other threads.
    if (llvm::isPowerOf2_64(mask))
      part = fixBit(part, llvm::Log2_64(mask), wanted == 0);
    Value inSource = emit(op.getSource(), toSource(kept));
    Value inDest = emit(op.getDest(), part);
    Value bits = arith::AndIOp::create(builder, loc, thread, i32(mask));
    Value isInside = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, bits, i32(wanted));
    scatterInto(indices,
                select(splat(isInside, part.width()), inSource, inDest));
  }
  if (!byBounds.empty()) {
    Access part = subset(access, byBounds);
    // [tile_to_gpu_c2]
    if (llvm::any_of(steps, [](int64_t step) { return step != 1; }) ||
        llvm::any_of(part.base, [](Value base) { return bool(base); })) {
      status = op.emitOpError("[tile_to_gpu_c2] can't tell apart the elements "
                              "of neighbouring threads");
      return zeroVector(element, access.width());
    }
    Access source = toSource(part);
    Value isInside = emitInBounds(source, type.getShape());
    scatterInto(byBounds, select(isInside, emit(op.getSource(), source),
                                 emit(op.getDest(), part)));
  }
  Value joined = vector::FromElementsOp::create(
      builder, loc,
      VectorType::get({access.width()}, getStorageType(element)), storage);
  return fromStorage(builder, joined, element);
}

std::optional<Access>
KernelLowering::splitCollapsed(tensor::CollapseShapeOp op,
                               const Access &access) {
  auto sourceType = cast<RankedTensorType>(op.getSrc().getType());
  Access source;
  source.offsets.assign(access.width(), Coordinates());
  source.strides.assign(access.strides.size(), Coordinates());
  auto reassociation = op.getReassociationIndices();
  // Rank 0 from dimensions of size one.
  if (reassociation.empty()) {
    for (Coordinates &offset : source.offsets)
      offset.assign(sourceType.getRank(), 0);
    for (Coordinates &stride : source.strides)
      stride.assign(sourceType.getRank(), 0);
    source.base.assign(sourceType.getRank(), Value());
    return source;
  }
  for (auto [flat, group] : llvm::enumerate(reassociation)) {
    // What is left of the flat coordinate; split off from the inside.
    SmallVector<int64_t> offsets, strides;
    for (const Coordinates &offset : access.offsets)
      offsets.push_back(offset[flat]);
    for (const Coordinates &stride : access.strides)
      strides.push_back(stride[flat]);
    Value base = access.base[flat];
    size_t first = source.base.size();
    size_t count = group.size();
    source.base.resize(first + count);
    for (Coordinates &offset : source.offsets)
      offset.resize(first + count, 0);
    for (Coordinates &stride : source.strides)
      stride.resize(first + count, 0);
    for (size_t i = count; i-- > 0;) {
      int64_t size = sourceType.getDimSize(group[i]);
      bool outermost = llvm::all_of(ArrayRef(group).take_front(i),
                                    [&](int64_t dim) {
                                      return sourceType.getDimSize(dim) == 1;
                                    });
      if (outermost) {
        for (auto [at, offset] : llvm::enumerate(source.offsets))
          offset[first + i] = offsets[at];
        for (auto [at, stride] : llvm::enumerate(source.strides))
          stride[first + i] = strides[at];
        source.base[first + i] = base;
        break;
      }
      if (size == 1)
        continue;
      // A base that no static coordinate carries out of its multiple.
      int64_t unit = base ? multipleOf(base) : 0;
      if (unit == 0)
        base = Value();
      if (base && (size % unit || access.smallest(flat) < 0 ||
                   access.largest(flat) >= unit))
        return std::nullopt;
      // Bits of the thread move either this dimension or those outside of it,
      // and the former never carry.
      int64_t inner = 0;
      for (auto [at, stride] : llvm::enumerate(source.strides)) {
        if (strides[at] % size == 0) {
          strides[at] /= size;
        } else if (strides[at] > 0 && strides[at] < size) {
          stride[first + i] = strides[at];
          inner += strides[at];
          strides[at] = 0;
        } else {
          return std::nullopt;
        }
      }
      for (auto [at, offset] : llvm::enumerate(source.offsets)) {
        if (offsets[at] < 0)
          return std::nullopt;
        offset[first + i] = offsets[at] % size;
        if (offset[first + i] + inner >= size)
          return std::nullopt;
        offsets[at] /= size;
      }
      if (base) {
        Location loc = kernel.getLoc();
        source.base[first + i] =
            arith::RemUIOp::create(builder, loc, base, i32(size));
        base = arith::DivUIOp::create(builder, loc, base, i32(size));
      }
    }
  }
  return source;
}

//===----------------------------------------------------------------------===//
// Stored tiles
//===----------------------------------------------------------------------===//

/// The elements of `access` with those between them, where these are as many
/// and all of them can be read at once: of pairs that lie side by side, one half
/// is wanted here and the other one elsewhere.
static std::optional<Access> fillGaps(const Access &access, int64_t bytes) {
  int64_t last = access.rank() - 1, width = access.width();
  if (last < 0 || width < 2 || !llvm::isPowerOf2_64(width) ||
      2 * width * bytes > 16)
    return std::nullopt;
  for (int64_t i = 1; i < width; ++i) {
    Coordinates expected = access.offsets[0];
    expected[last] += 2 * i;
    if (access.offsets[i] != expected)
      return std::nullopt;
  }
  bool aligned = llvm::all_of(access.strides, [&](const Coordinates &stride) {
    return stride[last] % (2 * width) == 0;
  });
  if (!aligned || access.offsets[0][last] < 0 ||
      (access.base[last] && multipleOf(access.base[last]) % (2 * width)))
    return std::nullopt;
  Access whole = access;
  Coordinates first = access.offsets[0];
  first[last] -= first[last] % (2 * width);
  whole.offsets.clear();
  for (int64_t i = 0; i < 2 * width; ++i) {
    whole.offsets.push_back(first);
    ++first[last];
  }
  return access.offsets.back()[last] < first[last] ? std::optional(whole)
                                                   : std::nullopt;
}

Value KernelLowering::emitStored(Value tile, Place &place,
                                 const Access &access) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (!place.shared) {
    const Distribution &held = place.distribution;
    bool sameThreads =
        held.strides == access.strides &&
        llvm::none_of(access.base, [](Value base) { return bool(base); });
    SmallVector<int64_t> found;
    if (sameThreads)
      for (const Coordinates &offset : access.offsets) {
        auto it = llvm::find(held.offsets, offset);
        if (it == held.offsets.end())
          break;
        found.push_back(it - held.offsets.begin());
      }
    if (static_cast<int64_t>(found.size()) == access.width()) {
      // From one vector, or element by element from several.
      int64_t group = found[0] / held.group;
      if (llvm::all_of(found, [&](int64_t index) {
            return index / held.group == group;
          })) {
        for (int64_t &index : found)
          index %= held.group;
        return pick(builder, place.registers[group], found);
      }
      SmallVector<Value> elements;
      Location loc = kernel.getLoc();
      for (int64_t index : found)
        elements.push_back(vector::ExtractOp::create(
            builder, loc,
            toStorage(builder, place.registers[index / held.group]),
            ArrayRef<int64_t>{index % held.group}));
      Value joined = vector::FromElementsOp::create(
          builder, loc,
          VectorType::get({access.width()}, elements[0].getType()), elements);
      return fromStorage(builder, joined, type.getElementType());
    }
    toShared(tile, place);
  }
  std::optional<Access> whole = fillGaps(access, getBytes(type.getElementType()));
  if (whole) {
    SmallVector<int64_t> indices;
    for (const Coordinates &offset : access.offsets)
      indices.push_back(offset.back() - whole->offsets[0].back());
    return pick(builder, emit(tile, *whole), indices);
  }
  return loadShared(*place.shared, access, type.getElementType());
}
