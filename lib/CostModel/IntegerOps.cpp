//===- IntegerOps.cpp - Integer operations on scalars and tiles -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "IntegerOps.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;

bool cost::isInteger(Type type) {
  return getElementTypeOrSelf(type).isIntOrIndex() && !isa<MemRefType>(type);
}

Integers &IntegerValues::of(Value value) {
  Integers *&place = places[value];
  if (!place) {
    place = &storage.emplace_back();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    place->elements.resize(type ? type.getNumElements() : 1);
  }
  return *place;
}

using Step = std::function<void()>;

/// result[i] = function(operands[i]...)
template <typename Function>
static Step elementwise(Operation *op, IntegerValues &values,
                        Function function) {
  Integers *result = &values.of(op->getResult(0));
  if constexpr (std::is_invocable_v<Function, int64_t>) {
    Integers *a = &values.of(op->getOperand(0));
    return [=] {
      result->known = a->known;
      for (size_t i = 0; a->known && i < result->elements.size(); ++i)
        result->elements[i] = function(a->elements[i]);
    };
  } else {
    Integers *a = &values.of(op->getOperand(0));
    Integers *b = &values.of(op->getOperand(1));
    return [=] {
      result->known = a->known && b->known;
      for (size_t i = 0; result->known && i < result->elements.size(); ++i)
        result->elements[i] = function(a->elements[i], b->elements[i]);
    };
  }
}

static Step compare(arith::CmpIOp op, IntegerValues &values) {
  using P = arith::CmpIPredicate;
  using I = int64_t;
  using U = uint64_t;
  auto with = [&](auto function) { return elementwise(op, values, function); };
  switch (op.getPredicate()) {
  case P::eq:
    return with([](I a, I b) -> I { return a == b; });
  case P::ne:
    return with([](I a, I b) -> I { return a != b; });
  case P::slt:
    return with([](I a, I b) -> I { return a < b; });
  case P::sle:
    return with([](I a, I b) -> I { return a <= b; });
  case P::sgt:
    return with([](I a, I b) -> I { return a > b; });
  case P::sge:
    return with([](I a, I b) -> I { return a >= b; });
  case P::ult:
    return with([](I a, I b) -> I { return U(a) < U(b); });
  case P::ule:
    return with([](I a, I b) -> I { return U(a) <= U(b); });
  case P::ugt:
    return with([](I a, I b) -> I { return U(a) > U(b); });
  case P::uge:
    return with([](I a, I b) -> I { return U(a) >= U(b); });
  }
  return nullptr;
}

static Step select(arith::SelectOp op, IntegerValues &values) {
  Integers *result = &values.of(op.getResult());
  Integers *condition = &values.of(op.getCondition());
  Integers *a = &values.of(op.getTrueValue());
  Integers *b = &values.of(op.getFalseValue());
  return [=] {
    result->known = condition->known && a->known && b->known;
    for (size_t i = 0; result->known && i < result->elements.size(); ++i)
      result->elements[i] =
          condition->elements[condition->elements.size() == 1 ? 0 : i]
              ? a->elements[i]
              : b->elements[i];
  };
}

static Step constant(arith::ConstantOp op, IntegerValues &values) {
  Integers &result = values.of(op.getResult());
  result.known = true;
  if (auto dense = dyn_cast<DenseIntElementsAttr>(op.getValue())) {
    for (auto [to, from] : llvm::zip(result.elements, dense.getValues<APInt>()))
      to = from.getSExtValue();
  } else {
    result.elements[0] = cast<IntegerAttr>(op.getValue()).getInt();
  }
  return nullptr;
}

/// result[i] = source[map[i]]
static Step permute(Value to, Value from, IntegerValues &values,
                    std::vector<int64_t> map) {
  Integers *result = &values.of(to), *source = &values.of(from);
  return [result, source, map = std::move(map)] {
    result->known = source->known;
    for (size_t i = 0; result->known && i < map.size(); ++i)
      result->elements[i] = source->elements[map[i]];
  };
}

static std::vector<int64_t> identity(Value value) {
  std::vector<int64_t> map(
      cast<RankedTensorType>(value.getType()).getNumElements());
  std::iota(map.begin(), map.end(), 0);
  return map;
}

static Step broadcast(tile::BroadcastOp op, IntegerValues &values) {
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getResult().getType());
  std::vector<int64_t> map(to.getNumElements());
  for (size_t i = 0; i < map.size(); ++i) {
    SmallVector<int64_t> coordinates(to.getRank());
    int64_t rest = i;
    for (int64_t dim = to.getRank() - 1; dim >= 0; --dim) {
      coordinates[dim] = rest % to.getDimSize(dim);
      rest /= to.getDimSize(dim);
    }
    for (auto [dim, place] : llvm::enumerate(op.getDims()))
      map[i] = map[i] * from.getDimSize(dim) + coordinates[place];
  }
  return permute(op.getResult(), op.getInput(), values, std::move(map));
}

/// Of vectors only, with one dynamic or static offset.
static Step slice(tensor::ExtractSliceOp op, IntegerValues &values) {
  if (op.getSourceType().getRank() != 1 || op.getStaticStrides()[0] != 1)
    return nullptr;
  Integers *result = &values.of(op.getResult());
  Integers *source = &values.of(op.getSource());
  int64_t fixed = op.getStaticOffsets()[0];
  Integers *offset =
      ShapedType::isDynamic(fixed) ? &values.of(op.getOffsets()[0]) : nullptr;
  return [=] {
    result->known = source->known && (!offset || offset->known);
    int64_t first = offset && result->known ? offset->elements[0] : fixed;
    for (size_t i = 0; result->known && i < result->elements.size(); ++i)
      result->elements[i] = source->elements.at(first + i);
  };
}

static Step extract(tensor::ExtractOp op, IntegerValues &values) {
  Integers *result = &values.of(op.getResult());
  Integers *source = &values.of(op.getTensor());
  SmallVector<Integers *> indices;
  for (Value index : op.getIndices())
    indices.push_back(&values.of(index));
  SmallVector<int64_t> shape(op.getTensor().getType().getShape());
  return [=] {
    int64_t at = 0;
    result->known = source->known;
    for (auto [index, size] : llvm::zip(indices, shape)) {
      result->known &= index->known;
      at = at * size + index->elements[0];
    }
    if (result->known)
      result->elements[0] = source->elements.at(at);
  };
}

static Step fromElements(tensor::FromElementsOp op, IntegerValues &values) {
  Integers *result = &values.of(op.getResult());
  SmallVector<Integers *> elements;
  for (Value element : op.getElements())
    elements.push_back(&values.of(element));
  return [=] {
    result->known = true;
    for (auto [i, element] : llvm::enumerate(elements)) {
      result->known &= element->known;
      result->elements[i] = element->elements[0];
    }
  };
}

static Step splat(tensor::SplatOp op, IntegerValues &values) {
  Integers *result = &values.of(op.getResult());
  Integers *scalar = &values.of(op.getInput());
  return [=] {
    result->known = scalar->known;
    std::fill(result->elements.begin(), result->elements.end(),
              scalar->elements[0]);
  };
}

static Step iota(tile::IotaOp op, IntegerValues &values) {
  Integers &result = values.of(op.getResult());
  result.known = true;
  std::iota(result.elements.begin(), result.elements.end(), 0);
  return nullptr;
}

static Step compact(tile::CompactOp op, IntegerValues &values) {
  Integers *mask = &values.of(op.getMask());
  Integers *first = op.getFirst() ? &values.of(op.getFirst()) : nullptr;
  Integers *positions = &values.of(op.getPositions());
  Integers *count = &values.of(op.getCount());
  return [=] {
    count->known = mask->known;
    positions->known = mask->known && (!first || first->known);
    int64_t number = 0, skipped = first ? first->elements[0] : 0;
    int64_t room = positions->elements.size();
    std::fill(positions->elements.begin(), positions->elements.end(), -1);
    for (size_t i = 0; mask->known && i < mask->elements.size(); ++i)
      if (mask->elements[i]) {
        if (number >= skipped && number - skipped < room)
          positions->elements[number - skipped] = i;
        ++number;
      }
    count->elements[0] = number;
  };
}

static Step reduce(tile::ReduceOp op, IntegerValues &values) {
  if (cast<RankedTensorType>(op.getInput().getType()).getRank() != 1)
    return nullptr;
  Integers *input = &values.of(op.getInput());
  Integers *result = &values.of(op.getResult());
  tile::ReduceKind kind = op.getKind();
  return [=] {
    result->known = input->known;
    if (!input->known)
      return;
    int64_t value = input->elements[0];
    for (int64_t next : ArrayRef(input->elements).drop_front())
      value = kind == tile::ReduceKind::Add   ? value + next
              : kind == tile::ReduceKind::Max ? std::max(value, next)
                                              : std::min(value, next);
    result->elements[0] = value;
  };
}

static int64_t divide(int64_t a, int64_t b) {
  return b == 0 ? 0 : static_cast<uint64_t>(a) / static_cast<uint64_t>(b);
}
static int64_t remainderOf(int64_t a, int64_t b) {
  return b == 0 ? 0 : static_cast<uint64_t>(a) % static_cast<uint64_t>(b);
}

std::function<void()> cost::compileIntegerOp(Operation *op,
                                             IntegerValues &values) {
  if (!llvm::any_of(op->getResultTypes(), isInteger))
    return nullptr;
  // What compares numbers or converts them is not known.
  if (!llvm::all_of(op->getOperandTypes(), isInteger))
    return nullptr;
  using I = int64_t;
  auto each = [&](auto function) { return elementwise(op, values, function); };
  return llvm::TypeSwitch<Operation *, Step>(op)
      .Case([&](arith::ConstantOp op) { return constant(op, values); })
      // Every piece is done once, whoever does it.
      .Case([&](tile::DealOp) { return each([](I number) { return number; }); })
      .Case([&](arith::AddIOp) { return each([](I a, I b) { return a + b; }); })
      .Case([&](arith::SubIOp) { return each([](I a, I b) { return a - b; }); })
      .Case([&](arith::MulIOp) { return each([](I a, I b) { return a * b; }); })
      .Case([&](arith::DivUIOp) { return each(divide); })
      .Case([&](arith::RemUIOp) { return each(remainderOf); })
      .Case<arith::MinSIOp, arith::MinUIOp>(
          [&](auto) { return each([](I a, I b) { return std::min(a, b); }); })
      .Case<arith::MaxSIOp, arith::MaxUIOp>(
          [&](auto) { return each([](I a, I b) { return std::max(a, b); }); })
      .Case([&](arith::AndIOp) { return each([](I a, I b) { return a & b; }); })
      .Case([&](arith::OrIOp) { return each([](I a, I b) { return a | b; }); })
      .Case([&](arith::XOrIOp) { return each([](I a, I b) { return a ^ b; }); })
      .Case<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp>(
          [&](auto) { return each([](I a) { return a; }); })
      .Case<arith::ExtUIOp>([&](auto) {
        unsigned width = getElementTypeOrSelf(op->getOperand(0).getType())
                             .getIntOrFloatBitWidth();
        uint64_t mask = width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
        return each([=](I a) { return static_cast<I>(a & mask); });
      })
      .Case([&](arith::CmpIOp op) { return compare(op, values); })
      .Case([&](arith::SelectOp op) { return select(op, values); })
      .Case([&](tensor::SplatOp op) { return splat(op, values); })
      .Case([&](tensor::ExtractOp op) { return extract(op, values); })
      .Case([&](tensor::ExtractSliceOp op) { return slice(op, values); })
      .Case([&](tensor::FromElementsOp op) { return fromElements(op, values); })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>([&](auto op) {
        return permute(op.getResult(), op.getSrc(), values,
                       identity(op.getResult()));
      })
      .Case([&](tile::IotaOp op) { return iota(op, values); })
      .Case([&](tile::BroadcastOp op) { return broadcast(op, values); })
      .Case([&](tile::CompactOp op) { return compact(op, values); })
      .Case([&](tile::ReduceOp op) { return reduce(op, values); })
      .Default(Step(nullptr));
}
