//===- Choose.cpp - Entries and experts that a token chooses --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Choose.h"
#include "dsv4run/Abi/StepAbi.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;
namespace abi = dsv4run::abi;

void dsv4c::select(RowScope &s, SelectOp op) {
  auto scores = cast<RankedTensorType>(op.getScores().getType());
  int64_t k = cast<RankedTensorType>(op.getResult().getType()).getDimSize(1);
  Value buffer =
      s.w.buffer(op.getScores(), exec::Part::Whole,
                 {s.w.sizes.tokens, indexColumns(s.w.pool, op.getRatio())},
                 scores.getElementType());
  Value visible = s.b.divIndex(s.b.addIndex(s.position(), 1), op.getRatio());
  Value chosen =
      tile::TopKOp::create(s.b, RankedTensorType::get({k}, s.b.getI32Type()),
                           buffer, s.row, visible);
  s.set(op.getResult(), s.b.reshape(chosen, {1, k}));
}

void dsv4c::route(RowScope &s, RouteOp op) {
  TileBuilder &b = s.b;
  Value logits = s.get(op.getLogits());
  int64_t count = TileBuilder::shapeOf(logits)[1];
  int64_t k = cast<RankedTensorType>(op.getExperts().getType()).getDimSize(1);
  Value p = sqrtSoftplus(b, b.reshape(logits, {count}));
  Value ids;
  if (op.getTable()) {
    auto type = cast<RankedTensorType>(op.getTable().getType());
    Value table = s.w.buffer(op.getTable(), exec::Part::Whole, type.getShape(),
                             b.getI32Type());
    ids = b.load(table, {s.w.tokenField(abi::kIds, s.row), b.index(0)}, {k});
  } else {
    SmallVector<Value> chosen;
    for (Value id : largest(b, b.add(p, s.vector(op.getBias())), k))
      chosen.push_back(arith::IndexCastOp::create(b, b.getI32Type(), id));
    ids = tensor::FromElementsOp::create(b, chosen);
  }
  ids = sortIds(b, ids);
  SmallVector<Value> selected;
  for (int64_t i = 0; i < k; ++i)
    selected.push_back(b.extract(p, {b.toIndex(b.extract(ids, {b.index(i)}))}));
  Value weights = tensor::FromElementsOp::create(b, selected);
  // A floor far below any sum of the model keeps 0 / 0 out (spec 4.9).
  Value total = b.max(b.extract(b.sum(weights, 0), {}), b.f32(1e-30));
  weights = b.mul(b.div(weights, b.splat(total, {k})),
                  op.getScale().convertToDouble());
  s.set(op.getWeights(), b.reshape(weights, {1, k}));
  s.set(op.getExperts(), b.reshape(ids, {1, k}));
}
