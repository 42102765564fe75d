//===- RowScope.cpp - Tiles of one token in a workgroup -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RowScope.h"
#include "Parts.h"
#include "dsv4run/Abi/StepAbi.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;
namespace abi = dsv4run::abi;

int64_t dsv4c::indexColumns(const PoolGeometry &pool, int64_t ratio) {
  return llvm::alignTo(llvm::divideCeil(pool.maxContext, ratio), 64);
}

bool dsv4c::isYielded(Value value) {
  return llvm::any_of(value.getUsers(),
                      [](Operation *user) { return isa<dsv4::YieldOp>(user); });
}

bool RowScope::isOutputRow(Value value) {
  Operation *op = storageOf(value).getDefiningOp();
  return op && op->hasAttr(kOutputRows);
}

Value RowScope::loadRow(Value value, Value at, bool outputRow) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t perToken = rowsPerToken(type);
  int64_t columns = type.getShape().back();
  int64_t rows = (outputRow ? w.sizes.outputRows : w.sizes.tokens) * perToken;
  Value buffer = w.buffer(value, exec::Part::Whole, {rows, columns},
                          type.getElementType());
  return b.load(buffer, {b.mulIndex(at, perToken), b.index(0)},
                {perToken, columns});
}

Value RowScope::get(Value value) {
  if (Value tile = tiles.lookup(value))
    return tile;
  Value tile = loadRow(value, row, isOutputRow(value));
  tiles[value] = tile;
  return tile;
}

Value RowScope::vector(Value weight) {
  auto type = cast<RankedTensorType>(weight.getType());
  Value buffer = w.buffer(weight, exec::Part::Whole, type.getShape(),
                          type.getElementType());
  return b.toF32(b.load(buffer, {b.index(0)}, type.getShape()));
}

Value RowScope::ropeRow(Value table, Value at) {
  auto type = cast<RankedTensorType>(table.getType());
  Value buffer = w.buffer(table, exec::Part::Whole, type.getShape(),
                          type.getElementType());
  return b.load(buffer, {at, b.index(0)}, {1, type.getDimSize(1)});
}

Value RowScope::scalar(Value &cached, StringRef name) {
  if (!cached) {
    // At the start of the scope, where it dominates uses in any branch.
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(block);
    cached = w.tokenField(name, row);
  }
  return cached;
}

Value RowScope::slot() { return scalar(cachedSlot, abi::kSlots); }

Value RowScope::position() { return scalar(cachedPosition, abi::kPositions); }

void RowScope::storeYielded() {
  Value zero = b.index(0);
  for (auto [value, tile] : tiles) {
    if (!value.getDefiningOp() || !isYielded(value))
      continue;
    Shape shape = TileBuilder::shapeOf(tile);
    int64_t rows =
        (isOutputRow(value) ? w.sizes.outputRows : w.sizes.tokens) * shape[0];
    Value buffer =
        w.buffer(value, exec::Part::Whole, {rows, shape[1]},
                 cast<RankedTensorType>(value.getType()).getElementType(),
                 /*writes=*/true);
    b.store(tile, buffer, {b.mulIndex(row, shape[0]), zero});
  }
  for (auto &entry : quantized) {
    Value value = entry.first;
    if (!isYielded(value))
      continue;
    auto store = [&](Value part, exec::Part which) {
      auto type = cast<RankedTensorType>(part.getType());
      int64_t rows = w.sizes.tokens * type.getDimSize(0);
      Value buffer = w.buffer(value, which, {rows, type.getDimSize(1)},
                              type.getElementType(),
                              /*writes=*/true);
      b.store(part, buffer, {b.mulIndex(row, type.getDimSize(0)), zero});
    };
    store(entry.second.codes, exec::Part::Codes);
    store(entry.second.scales, exec::Part::Scales);
  }
}
