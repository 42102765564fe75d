//===- LowerReduce.cpp - tile.reduce --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads hold partial results, element i + j * (number of partials) in partial
// i, and exchange them in the order of the definition: with the thread half as
// many partials away first. Waves do so through shared memory, all at once.
//
// Where the few elements of a result are in a lane each, every element is a
// partial result. Where threads hold just what partial results are made of, as
// behind a product, they reduce that and exchange nothing else.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include <set>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
/// Partial results of a short row, and of one that a thread reduces alone.
constexpr int64_t kPartials = 16;
/// Up to this length a thread reduces alone, if that repeats little work.
constexpr int64_t kShort = 32;
constexpr int64_t kSmallTile = 32;

struct Plan {
  /// log2 of the threads that share a result; zero: one does all.
  int64_t bits = 0;
  SmallVector<int64_t> resultShape;
};

Plan planReduce(tile::ReduceOp op, int64_t threadBits) {
  Plan plan;
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t length = type.getDimSize(op.getDim());
  plan.resultShape = llvm::to_vector(
      cast<RankedTensorType>(op.getResult().getType()).getShape());
  if (length <= kPartials || type.getNumElements() <= kSmallTile)
    return plan;
  int64_t results = type.getNumElements() / length;
  if (length <= kShort && results >= (int64_t(1) << threadBits) / 4)
    return plan;
  bool ordered = isa<FloatType>(type.getElementType()) &&
                 op.getKind() == tile::ReduceKind::Add;
  plan.bits = llvm::Log2_64(ordered ? tile::ReduceOp::getNumPartials(length)
                                    : kPartials);
  if (!ordered)
    while (plan.bits < threadBits && (int64_t(8) << plan.bits) < length)
      ++plan.bits;
  return plan;
}

Value combine(OpBuilder &builder, Location loc, tile::ReduceKind kind, Value a,
              Value b) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  if (kind == tile::ReduceKind::Add)
    return isFloat ? arith::AddFOp::create(builder, loc, a, b).getResult()
                   : arith::AddIOp::create(builder, loc, a, b).getResult();
  bool isMax = kind == tile::ReduceKind::Max;
  if (!isFloat)
    return isMax ? arith::MaxSIOp::create(builder, loc, a, b).getResult()
                 : arith::MinSIOp::create(builder, loc, a, b).getResult();
  return isMax ? arith::MaxNumFOp::create(builder, loc, a, b).getResult()
               : arith::MinNumFOp::create(builder, loc, a, b).getResult();
}

TypedAttr getIdentity(OpBuilder &builder, tile::ReduceKind kind, Type element) {
  if (kind == tile::ReduceKind::Add)
    return builder.getZeroAttr(element);
  bool isMax = kind == tile::ReduceKind::Max;
  if (auto floatType = dyn_cast<FloatType>(element))
    return builder.getFloatAttr(
        floatType,
        APFloat::getInf(floatType.getFloatSemantics(), /*Negative=*/isMax));
  unsigned bits = element.getIntOrFloatBitWidth();
  return builder.getIntegerAttr(element, isMax
                                             ? APInt::getSignedMinValue(bits)
                                             : APInt::getSignedMaxValue(bits));
}
} // namespace

/// The coordinates without `dim`.
static Coordinates without(const Coordinates &from, int64_t dim) {
  Coordinates to(from);
  to.erase(to.begin() + dim);
  return to;
}

/// The bit of the thread that stands for 1, 2, 4, ... of `count` places along
/// `dim`, -1 where none does; or nothing, if threads lie along it otherwise.
static std::optional<SmallVector<int64_t>>
findThreadBits(const Distribution &input, int64_t dim, int64_t count) {
  SmallVector<int64_t> bits(llvm::Log2_64(count), -1);
  for (auto [bit, stride] : llvm::enumerate(input.strides)) {
    int64_t step = stride[dim];
    if (step == 0)
      continue;
    bool isAlone = llvm::count(stride, 0) == int64_t(stride.size()) - 1;
    if (!isAlone || !llvm::isPowerOf2_64(step) || step >= count ||
        bits[llvm::Log2_64(step)] >= 0)
      return std::nullopt;
    bits[llvm::Log2_64(step)] = bit;
  }
  return bits;
}

std::optional<LaneReduction>
KernelLowering::findLaneReduction(tile::ReduceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t dim = op.getDim();
  int64_t length = type.getDimSize(dim);
  if (length > kPartials || !llvm::isPowerOf2_64(length))
    return std::nullopt;
  std::optional<Distribution> input = natural(op.getInput());
  if (!input || input->numRegisters() != 1 ||
      llvm::any_of(input->offsets[0], [](int64_t value) { return value; }))
    return std::nullopt;
  std::optional<SmallVector<int64_t>> bits =
      findThreadBits(*input, dim, length);
  if (!bits || llvm::any_of(*bits, [&](int64_t bit) {
        return bit < 0 || bit >= laneBits();
      }))
    return std::nullopt;
  LaneReduction lanes;
  lanes.input = *input;
  lanes.bits = *bits;
  auto remove = [&](Coordinates &from) { from = without(from, dim); };
  lanes.result = *input;
  llvm::for_each(lanes.result.offsets, remove);
  llvm::for_each(lanes.result.strides, remove);
  return lanes;
}

std::optional<HeldReduction>
KernelLowering::findHeldReduction(tile::ReduceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t dim = op.getDim();
  int64_t length = type.getDimSize(dim);
  HeldReduction held;
  held.partials = tile::ReduceOp::getNumPartials(length);
  if (length % held.partials || type.getNumElements() < threads())
    return std::nullopt;
  std::optional<Distribution> input = natural(op.getInput());
  // Threads that hold the same would all do the same.
  if (!input || input->replicatedBits())
    return std::nullopt;
  held.input = *input;
  std::optional<SmallVector<int64_t>> bits =
      findThreadBits(*input, dim, held.partials);
  if (!bits)
    return std::nullopt;
  held.bits = *bits;
  int64_t spread = 0, waveBits = 0;
  for (auto [place, bit] : llvm::enumerate(held.bits)) {
    spread |= bit < 0 ? 0 : int64_t(1) << place;
    waveBits += bit >= laneBits();
  }
  for (const Coordinates &stride : input->strides)
    held.result.strides.push_back(without(stride, dim));
  // Waves are combined first, those that are the most partial results apart
  // before others.
  for (int64_t i = 0; i < waveBits; ++i)
    if (held.bits[held.bits.size() - waveBits + i] != laneBits() + i)
      return std::nullopt;
  // The registers of each result have the elements that threads don't tell
  // apart, all of them once.
  std::map<SmallVector<int64_t>, std::set<int64_t>> elements;
  for (const Coordinates &offset : input->offsets) {
    Coordinates result = without(offset, dim);
    SmallVector<int64_t> key(result.begin(), result.end());
    if (!elements.count(key))
      held.result.offsets.push_back(result);
    if (offset[dim] < 0 || offset[dim] >= length || (offset[dim] & spread) ||
        !elements[key].insert(offset[dim]).second)
      return std::nullopt;
  }
  int64_t each = length >> llvm::popcount(static_cast<uint64_t>(spread));
  for (auto &[key, held] : elements)
    if (static_cast<int64_t>(held.size()) != each)
      return std::nullopt;
  return held;
}

SmallVector<Value> KernelLowering::reduceHeld(tile::ReduceOp op,
                                              const HeldReduction &held) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  int64_t dim = op.getDim();
  Type element = getRegisterType(
      cast<RankedTensorType>(op.getInput().getType()).getElementType());
  // Vectors of which the elements belong to the same partial results, with the
  // elements of these in order.
  using Partial = std::pair<size_t, int64_t>; // result, number
  std::map<std::vector<Partial>, std::map<int64_t, Access>> vectors;
  for (const Access &access : groups(held.input)) {
    std::vector<Partial> partials;
    for (const Coordinates &offset : access.offsets) {
      auto it = llvm::find(held.result.offsets, without(offset, dim));
      partials.push_back(
          {it - held.result.offsets.begin(), offset[dim] % held.partials});
    }
    vectors[partials].emplace(access.offsets[0][dim], access);
  }
  std::map<Partial, Value> sums;
  for (auto &[partials, accesses] : vectors) {
    auto type = VectorType::get({int64_t(partials.size())}, element);
    Value sum;
    if (kind == tile::ReduceKind::Add)
      sum = arith::ConstantOp::create(
          builder, loc, type,
          DenseElementsAttr::get(
              type, Attribute(getIdentity(builder, kind, element))));
    for (auto &[at, access] : accesses) {
      Value value = emit(op.getInput(), access);
      sum = sum ? combine(builder, loc, kind, sum, value) : value;
    }
    for (auto [i, partial] : llvm::enumerate(partials))
      sums[partial] = pick(builder, sum, {static_cast<int64_t>(i)});
  }
  SmallVector<Value> values;
  SmallVector<Partial> order;
  for (auto &[partial, value] : sums) {
    order.push_back(partial);
    values.push_back(value);
  }
  int64_t waveBits =
      llvm::count_if(held.bits, [&](int64_t bit) { return bit >= laneBits(); });
  if (waveBits)
    combineWaves(values, waveBits, kind);
  for (int64_t at = held.bits.size() - waveBits - 1; at >= 0; --at) {
    if (held.bits[at] >= 0) {
      for (Value &value : values)
        value = combineLanes(value, held.bits[at], kind);
      continue;
    }
    SmallVector<Value> left;
    SmallVector<Partial> leftOrder;
    for (auto [partial, value] : llvm::zip(order, values)) {
      if (partial.second >> at & 1)
        continue;
      Partial other = {partial.first, partial.second + (int64_t(1) << at)};
      Value partner = values[llvm::find(order, other) - order.begin()];
      leftOrder.push_back(partial);
      left.push_back(combine(builder, loc, kind, value, partner));
    }
    values = left;
    order = leftOrder;
  }
  return values;
}

Distribution KernelLowering::reduceDistribution(tile::ReduceOp op) {
  if (std::optional<LaneReduction> lanes = findLaneReduction(op))
    return lanes->result;
  if (std::optional<HeldReduction> held = findHeldReduction(op))
    return held->result;
  Plan plan = planReduce(op, threadBits());
  auto type = cast<RankedTensorType>(op.getInput().getType());
  bool small = type.getNumElements() <= kSmallTile;
  return Distribution::rowMajor(plan.resultShape, threadBits(),
                                small ? threadBits() : plan.bits, 1);
}

/// Combines what 2^waveBits waves hold, first those half as many waves apart.
/// The order of the two operands doesn't matter, so that all waves get the same
/// bits.
void KernelLowering::combineWaves(SmallVector<Value> &results, int64_t waveBits,
                                  tile::ReduceKind kind) {
  Location loc = kernel.getLoc();
  auto type = cast<VectorType>(results.front().getType());
  Value buffer = allocateShared(
      threads() * static_cast<int64_t>(results.size()), type.getElementType());
  auto slot = [&](Value number, size_t i) -> Value {
    Value at = addI32(number, i32(i * threads()));
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        at);
  };
  beginSharedWrite();
  for (auto [i, result] : llvm::enumerate(results))
    vector::StoreOp::create(builder, loc, result, buffer,
                            ValueRange{slot(thread, i)});
  endSharedWrite();
  SmallVector<Value> partners = {thread};
  for (int64_t other = 1; other < int64_t(1) << waveBits; ++other)
    partners.push_back(arith::XOrIOp::create(builder, loc, thread,
                                             i32(other * target.waveSize)));
  for (auto [i, result] : llvm::enumerate(results)) {
    SmallVector<Value> values = {result};
    for (Value partner : ArrayRef(partners).drop_front())
      values.push_back(vector::LoadOp::create(builder, loc, type, buffer,
                                              ValueRange{slot(partner, i)}));
    for (size_t half = values.size() / 2; half >= 1; half /= 2)
      for (size_t at = 0; at < half; ++at)
        values[at] = combine(builder, loc, kind, values[at], values[at + half]);
    result = values.front();
  }
  sharedRead = true;
}

Value KernelLowering::exchangeLanes(Value scalar, int64_t bit) {
  return gpu::ShuffleOp::create(builder, kernel.getLoc(), scalar,
                                i32(int64_t(1) << bit), i32(target.waveSize),
                                gpu::ShuffleMode::XOR)
      .getShuffleResult();
}

/// What combining lanes that differ in bit `high` and then those that differ in
/// bit `low` gives. All exchanges are under way at once: each takes longer than
/// everything else.
Value KernelLowering::combineFourLanes(Value vector, int64_t low, int64_t high,
                                       tile::ReduceKind kind) {
  Location loc = kernel.getLoc();
  Value own =
      vector::ExtractOp::create(builder, loc, vector, ArrayRef<int64_t>{0});
  Value byHigh = exchangeLanes(own, high), byLow = exchangeLanes(own, low);
  Value byBoth =
      gpu::ShuffleOp::create(builder, loc, own,
                             i32((int64_t(1) << high) | (int64_t(1) << low)),
                             i32(target.waveSize), gpu::ShuffleMode::XOR)
          .getShuffleResult();
  Value result =
      combine(builder, loc, kind, combine(builder, loc, kind, own, byHigh),
              combine(builder, loc, kind, byLow, byBoth));
  return vector::FromElementsOp::create(
      builder, loc, cast<VectorType>(vector.getType()), ValueRange{result});
}

/// Combines what lanes hold whose numbers differ in `bit`.
Value KernelLowering::combineLanes(Value vector, int64_t bit,
                                   tile::ReduceKind kind) {
  Location loc = kernel.getLoc();
  Value scalar =
      vector::ExtractOp::create(builder, loc, vector, ArrayRef<int64_t>{0});
  Value other = exchangeLanes(scalar, bit);
  Value result = combine(builder, loc, kind, scalar, other);
  return vector::FromElementsOp::create(
      builder, loc, cast<VectorType>(vector.getType()), ValueRange{result});
}

LogicalResult KernelLowering::lowerReduce(tile::ReduceOp op) {
  Location loc = op.getLoc();
  tile::ReduceKind kind = op.getKind();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  Type element = getRegisterType(type.getElementType());
  int64_t dim = op.getDim();
  int64_t length = type.getDimSize(dim);
  Plan plan = planReduce(op, threadBits());
  int64_t partials = plan.bits ? int64_t(1) << plan.bits : 1;
  Distribution distribution = reduceDistribution(op);
  Type scalarVector = vectorOf(element, 1);
  Value identity = arith::ConstantOp::create(
      builder, loc, cast<VectorType>(scalarVector),
      DenseElementsAttr::get(cast<VectorType>(scalarVector),
                             Attribute(getIdentity(builder, kind, element))));

  if (std::optional<LaneReduction> lanes = findLaneReduction(op)) {
    Value value = emit(op.getInput(), groups(lanes->input).front());
    if (kind == tile::ReduceKind::Add)
      value = combine(builder, loc, kind, identity, value);
    if (target.kind == tile::TargetKind::NvidiaGpu && lanes->bits.size() == 2)
      value = combineFourLanes(value, lanes->bits[0], lanes->bits[1], kind);
    else
      for (int64_t bit : llvm::reverse(lanes->bits))
        value = combineLanes(value, bit, kind);
    setRegisters(op.getResult(), lanes->result, {value});
    return success();
  }

  if (std::optional<HeldReduction> held = findHeldReduction(op)) {
    setRegisters(op.getResult(), held->result, reduceHeld(op, *held));
    return success();
  }

  // The element `position` of the reduced dimension for one result.
  auto elementAt = [&](const Access &result, int64_t position) {
    Access access;
    auto insert = [&](const Coordinates &from, int64_t value) {
      Coordinates to(from.begin(), from.end());
      to.insert(to.begin() + dim, value);
      return to;
    };
    for (const Coordinates &offset : result.offsets)
      access.offsets.push_back(insert(offset, position));
    for (auto [bit, stride] : llvm::enumerate(result.strides))
      access.strides.push_back(insert(
          stride,
          static_cast<int64_t>(bit) < plan.bits ? int64_t(1) << bit : 0));
    access.base.assign(type.getRank(), Value());
    Value value = emit(op.getInput(), access);
    if (position + partials <= length)
      return value;
    SmallVector<int64_t> unbounded(type.getShape());
    for (int64_t other = 0; other < type.getRank(); ++other)
      if (other != dim)
        unbounded[other] = std::numeric_limits<int64_t>::max();
    return select(emitInBounds(access, unbounded), value, identity);
  };

  SmallVector<Value> results;
  for (const Access &result : groups(distribution)) {
    if (plan.bits == 0) {
      // Alone: the partial sums one after the other, then their tree.
      int64_t count = std::min(length, kPartials);
      SmallVector<Value> sums(kPartials);
      for (int64_t i = 0; i < count; ++i) {
        Value sum = identity;
        for (int64_t at = i; at < length; at += kPartials)
          sum = at == i && kind != tile::ReduceKind::Add
                    ? elementAt(result, at)
                    : combine(builder, loc, kind, sum, elementAt(result, at));
        sums[i] = sum;
      }
      for (int64_t half = kPartials / 2; half >= 1; half /= 2)
        for (int64_t i = 0; i < half; ++i)
          if (sums[i + half])
            sums[i] = combine(builder, loc, kind, sums[i], sums[i + half]);
      results.push_back(sums[0]);
      continue;
    }
    Value sum = identity;
    for (int64_t at = 0; at < length; at += partials)
      sum = combine(builder, loc, kind, sum, elementAt(result, at));
    results.push_back(sum);
  }

  if (plan.bits > laneBits())
    combineWaves(results, plan.bits - laneBits(), kind);
  for (int64_t bit = std::min(plan.bits, laneBits()) - 1; bit >= 0; --bit)
    for (Value &result : results)
      result = combineLanes(result, bit, kind);
  setRegisters(op.getResult(), distribution, results);
  return success();
}
