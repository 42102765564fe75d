//===- IndexPart.cpp - Scores of the indexer (spec 4.8) -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CacheRows.h"
#include "Parts.h"
#include "RowScope.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

constexpr int64_t kKeys = 64;
/// Workgroups per token at most; each takes every so many tiles of keys.
constexpr int64_t kMaxWorkgroups = 32;

/// Scores of the tile of keys from `first` on.
void writeTile(RowScope &scope, IndexScoresOp op, Value scores,
               std::pair<Value, Value> query, Value weights, Value visible,
               Value first) {
  TileBuilder &b = scope.b;
  CacheRows cache(scope.w, op.getKeys());
  int64_t heads = op.getHeads();
  Value entries =
      b.addIndex(b.splat(first, {kKeys}), b.iota(kKeys, b.getIndexType()));
  Value exists =
      b.cmp(arith::CmpIPredicate::slt, entries, b.splat(visible, {kKeys}));
  auto [even, odd] =
      cache.readHalves(cache.locate(scope.slot(), entries, exists));
  Value dots =
      b.roundToBf16(b.add(b.dot(even, query.first), b.dot(odd, query.second)));
  Value positive = b.max(dots, b.fill({kKeys, heads}, 0.0));
  Value weighted =
      b.roundToBf16(b.mul(positive, b.alongColumns(weights, {kKeys, heads})));
  b.store(b.reshape(b.toBf16(b.sum(weighted, 1)), {1, kKeys}), scores,
          {scope.row, first});
}

} // namespace

FailureOr<Part> dsv4c::makeIndexPart(Ops ops, const StepSizes &sizes,
                                     const PoolGeometry &pool) {
  auto op = cast<IndexScoresOp>(ops[0]);
  auto queryType = cast<fp8::ScaledType>(op.getQuery().getType());
  int64_t ratio = cast<CacheType>(op.getKeys().getType()).getRatio();
  int64_t columns = indexColumns(pool, ratio);
  int64_t stride = std::min(columns / kKeys, kMaxWorkgroups);
  int64_t heads = op.getHeads();
  int64_t width = queryType.getShape().back() / heads;
  int64_t block = queryType.getBlock().back();
  Part part;
  part.workgroups = sizes.tokens * stride;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    Value row = b.divIndex(local, stride);
    b.when(
        b.cmp(arith::CmpIPredicate::slt, row, w.rowCount(/*outputRows=*/false)),
        [&] {
          RowScope scope(w, row);
          Value visible = b.divIndex(b.addIndex(scope.position(), 1), ratio);
          Value first = b.mulIndex(b.remIndex(local, stride), kKeys);
          scope.slot();
          b.when(b.cmp(arith::CmpIPredicate::slt, first, visible), [&] {
            int64_t rows = sizes.tokens * heads;
            Value codes = w.buffer(op.getQuery(), exec::Part::Codes,
                                   {rows, width / 2}, b.getI8Type());
            Value scales =
                w.buffer(op.getQuery(), exec::Part::Scales,
                         {rows, width / block}, queryType.getScaleType());
            Value at = b.mulIndex(row, heads);
            Quantized tiles{
                b.load(codes, {at, b.index(0)}, {heads, width / 2}),
                b.load(scales, {at, b.index(0)}, {heads, width / block})};
            auto [even, odd] = dequantizeHalves(b, tiles, queryType);
            std::pair<Value, Value> query = {b.transpose(even),
                                             b.transpose(odd)};
            Value weightRows = w.buffer(op.getWeights(), exec::Part::Whole,
                                        {sizes.tokens, heads}, b.getBF16Type());
            Value weights =
                b.toF32(b.load(weightRows, {row, b.index(0)}, {heads}));
            Value scores = w.buffer(op.getResult(), exec::Part::Whole,
                                    {sizes.tokens, columns}, b.getBF16Type(),
                                    /*writes=*/true);
            b.loop(first, visible, stride * kKeys, {},
                   [&](Value start, ValueRange) -> SmallVector<Value> {
                     writeTile(scope, op, scores, query, weights, visible,
                               start);
                     return {};
                   });
          });
        });
  };
  return part;
}
