//===- IndexPart.cpp - Scores of the indexer (spec 4.8) -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A token has several workgroups. Where the selection is in the launch, the
// last of them to arrive selects among the token's scores.

#include "CacheRows.h"
#include "Choose.h"
#include "Parts.h"
#include "RowScope.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

constexpr int64_t kKeys = 64;
/// Workgroups per token at most, and of a step with many tokens; each takes
/// every so many tiles of keys, for which it decodes the token's query once.
constexpr int64_t kMaxWorkgroups = 256;
constexpr int64_t kManyWorkgroups = 2048;

/// Scores of the tile of keys from `first` on. Keys are columns of the
/// products, which are dealt to waves first: each decodes keys of its own and
/// has all heads of them, to add them up.
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
  Value dots = b.add(b.dot(query.first, b.transpose(even)),
                     b.dot(query.second, b.transpose(odd)));
  // max(0, bf16(x)) = bf16(max(0, x)), and that is never NaN.
  Value positive = b.roundToBf16(b.max(dots, b.fill({heads, kKeys}, 0.0)));
  Value weighted =
      b.roundToBf16(b.mul(positive, b.alongRows(weights, {heads, kKeys})));
  b.store(b.reshape(b.toBf16(b.sum(weighted, 0)), {1, kKeys}), scores,
          {scope.row, first});
}

/// Scores of every `stride` keys from `first` on, in tiles.
void writeScores(RowScope &scope, IndexScoresOp op, int64_t columns,
                 Value visible, Value first, int64_t stride) {
  TileBuilder &b = scope.b;
  KernelWriter &w = scope.w;
  auto queryType = cast<fp8::ScaledType>(op.getQuery().getType());
  int64_t heads = op.getHeads();
  int64_t width = queryType.getShape().back() / heads;
  int64_t block = queryType.getBlock().back();
  int64_t tokens = w.sizes.tokens;
  Value codes = w.buffer(op.getQuery(), exec::Part::Codes,
                         {tokens * heads, width / 2}, b.getI8Type());
  Value scales =
      w.buffer(op.getQuery(), exec::Part::Scales,
               {tokens * heads, width / block}, queryType.getScaleType());
  Value at = b.mulIndex(scope.row, heads);
  Quantized tiles{b.load(codes, {at, b.index(0)}, {heads, width / 2}),
                  b.load(scales, {at, b.index(0)}, {heads, width / block})};
  std::pair<Value, Value> query = dequantizeHalves(b, tiles, queryType);
  Value weightRows = w.buffer(op.getWeights(), exec::Part::Whole,
                              {tokens, heads}, b.getBF16Type());
  Value weights =
      b.toF32(b.load(weightRows, {scope.row, b.index(0)}, {heads}));
  Value scores = w.buffer(op.getResult(), exec::Part::Whole, {tokens, columns},
                          b.getBF16Type(), /*writes=*/true);
  b.loop(first, visible, stride, {},
         [&](Value start, ValueRange) -> SmallVector<Value> {
           writeTile(scope, op, scores, query, weights, visible, start);
           return {};
         });
}

} // namespace

FailureOr<Part> dsv4c::makeIndexPart(Ops ops, const StepSizes &sizes,
                                     const PoolGeometry &pool) {
  auto op = cast<IndexScoresOp>(ops[0]);
  auto selectOp = ops.size() > 1 ? cast<SelectOp>(ops[1]) : SelectOp();
  int64_t ratio = cast<CacheType>(op.getKeys().getType()).getRatio();
  int64_t columns = indexColumns(pool, ratio);
  int64_t perToken =
      std::min({columns / kKeys, kMaxWorkgroups,
                int64_t(llvm::divideCeil(kManyWorkgroups, sizes.tokens))});
  // One that selects what it stored itself would need no other to arrive, but
  // arriving is what makes its threads see each other's stores.
  if (selectOp)
    perToken = std::max<int64_t>(perToken, 2);
  int64_t tokens = sizes.tokens;
  Part part;
  part.workgroups = tokens * perToken;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    Value row = b.divIndex(local, perToken);
    b.when(
        b.cmp(arith::CmpIPredicate::slt, row, w.rowCount(/*outputRows=*/false)),
        [&] {
          RowScope scope(w, row);
          Value visible = b.divIndex(b.addIndex(scope.position(), 1), ratio);
          Value first = b.mulIndex(b.remIndex(local, perToken), kKeys);
          scope.slot();
          b.when(b.cmp(arith::CmpIPredicate::slt, first, visible), [&] {
            writeScores(scope, op, columns, visible, first, perToken * kKeys);
          });
          if (!selectOp)
            return;
          b.when(w.arrive(row, tokens, perToken), [&] {
            select(scope, selectOp);
            scope.storeYielded();
          });
        });
  };
  return part;
}
