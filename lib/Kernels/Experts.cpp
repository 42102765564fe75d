//===- Experts.cpp - Routing and SwiGLU (spec 4.9) ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/Fragments.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

Value dsv4c::kernels::sqrtSoftplus(TileBuilder &b, Value z) {
  Value limit = b.fill(TileBuilder::shapeOf(z), 20.0);
  Value small = math::Log1pOp::create(b, b.exp(b.min(z, limit)));
  Value isSmall = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, z, limit);
  return b.sqrt(b.select(isSmall, small, z));
}

SmallVector<Value> dsv4c::kernels::largest(TileBuilder &b, Value scores,
                                           int64_t k) {
  int64_t size = TileBuilder::shapeOf(scores)[0];
  Value positions = b.iota(size, b.getI32Type());
  auto type = cast<RankedTensorType>(positions.getType());
  Value past = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, Attribute(b.getI32IntegerAttr(size))));
  Value removed = b.fill({size}, -std::numeric_limits<float>::infinity());
  SmallVector<Value> chosen;
  for (int64_t i = 0; i < k; ++i) {
    Value best = b.splat(
        b.extract(b.reduce(tile::ReduceKind::Max, scores, 0), {}), {size});
    Value isBest =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, scores, best);
    Value first = b.extract(
        b.reduce(tile::ReduceKind::Min, b.select(isBest, positions, past), 0),
        {});
    Value isFirst =
        b.cmp(arith::CmpIPredicate::eq, positions, b.splat(first, {size}));
    scores = b.select(isFirst, removed, scores);
    chosen.push_back(b.toIndex(first));
  }
  return chosen;
}

Value dsv4c::kernels::sortIds(TileBuilder &b, Value ids) {
  int64_t k = TileBuilder::shapeOf(ids)[0];
  // The rank of an id is the number of ids before it; equal ids keep their
  // order.
  Value mine = b.broadcast(ids, {0}, {k, k});
  Value other = b.broadcast(ids, {1}, {k, k});
  Value positions = b.iota(k, b.getI32Type());
  Value myPosition = b.broadcast(positions, {0}, {k, k});
  Value otherPosition = b.broadcast(positions, {1}, {k, k});
  Value equalBefore = arith::AndIOp::create(
      b, b.cmp(arith::CmpIPredicate::eq, other, mine),
      b.cmp(arith::CmpIPredicate::slt, otherPosition, myPosition));
  Value before = arith::OrIOp::create(
      b, b.cmp(arith::CmpIPredicate::slt, other, mine), equalBefore);
  auto square = RankedTensorType::get({k, k}, b.getI32Type());
  Value rank = b.sum(arith::ExtUIOp::create(b, square, before), 1);
  // sorted[r] = sum of the ids of rank r.
  Value isRank = b.cmp(arith::CmpIPredicate::eq, b.broadcast(rank, {1}, {k, k}),
                       myPosition);
  Value zero = arith::ConstantOp::create(
      b, DenseElementsAttr::get(square, Attribute(b.getI32IntegerAttr(0))));
  return b.sum(b.select(isRank, other, zero), 1);
}

Value dsv4c::kernels::swiglu(TileBuilder &b, Value gate, Value up, Value weight,
                             double limit) {
  Shape shape = TileBuilder::shapeOf(gate);
  Value upper = b.fill(shape, limit);
  // The gate is clamped from above only (pitfall P41).
  Value g = b.min(b.toF32(gate), upper);
  Value u = b.max(b.min(b.toF32(up), upper), b.fill(shape, -limit));
  Value h = b.mul(b.mul(g, b.sigmoid(g)), u);
  if (weight)
    h = b.mul(b.alongRows(weight, shape), h);
  return b.toBf16(h);
}
