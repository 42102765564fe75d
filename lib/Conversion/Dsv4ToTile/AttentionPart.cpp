//===- AttentionPart.cpp - Sparse attention (spec 4.6) --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workgroup computes some heads of one token. Keys pass in tiles of 64,
// window first, then entries, twice: once for the maximum, once for the sums,
// so that probabilities are rounded against the final maximum however many
// there are. Tiles start at the oldest visible row, whatever step brought it
// in.

#include "CacheRows.h"
#include "Parts.h"
#include "RowScope.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

constexpr int64_t kKeys = 64;

class Attention {
public:
  Attention(RowScope &scope, AttentionOp op, Value firstHead, int64_t heads)
      : scope(scope), w(scope.w), b(scope.b), op(op), heads(heads),
        width(cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2)),
        scale(op.getScale().convertToDouble()) {
    int64_t allHeads =
        cast<RankedTensorType>(op.getQuery().getType()).getDimSize(1);
    Value queries =
        w.buffer(op.getQuery(), exec::Part::Whole,
                 {w.sizes.tokens * allHeads, width}, b.getBF16Type());
    Value row = b.addIndex(b.mulIndex(scope.row, allHeads), firstHead);
    query = b.transpose(
        b.toF32(b.load(queries, {row, b.index(0)}, {heads, width})));
    Value sinks =
        w.buffer(op.getSink(), exec::Part::Whole, {allHeads}, b.getF32Type());
    sink = b.load(sinks, {firstHead}, {heads});
  }

  /// bf16 [heads, width].
  Value write() {
    Value lowest = b.fill({heads}, -std::numeric_limits<float>::infinity());
    Value maximum =
        forTiles({lowest}, [&](Value keys, Value exists, ValueRange carried) {
          Value best = b.reduce(tile::ReduceKind::Max, logits(keys, exists), 0);
          return SmallVector<Value>{b.max(carried[0], best)};
        })[0];
    SmallVector<Value> sums = forTiles(
        {b.fill({heads}, 0.0), b.fill({heads, width}, 0.0)},
        [&](Value keys, Value exists, ValueRange carried) {
          Value l = logits(keys, exists);
          Value p =
              b.exp(b.sub(l, b.alongColumns(maximum, TileBuilder::shapeOf(l))));
          Value total = b.add(carried[0], b.sum(p, 0));
          Value weighted = b.dot(b.transpose(b.roundToBf16(p)), keys);
          return SmallVector<Value>{total, b.add(carried[1], weighted)};
        });
    // The sink only adds to the denominator (pitfall P29).
    Value denominator = b.add(sums[0], b.exp(b.sub(sink, maximum)));
    return b.toBf16(b.div(sums[1], b.alongRows(denominator, {heads, width})));
  }

private:
  using TileBody = llvm::function_ref<SmallVector<Value>(
      Value keys, Value exists, ValueRange carried)>;

  /// Scaled logits [keys, heads], minus infinity where there is no key.
  Value logits(Value keys, Value exists) {
    Value l = b.mul(b.dot(keys, query), scale);
    Shape shape = TileBuilder::shapeOf(l);
    Value none = b.fill(shape, -std::numeric_limits<float>::infinity());
    return b.select(b.alongRows(exists, shape), l, none);
  }

  /// Runs `body` over all tiles of visible keys, carrying values.
  SmallVector<Value> forTiles(ValueRange init, TileBody body) {
    SmallVector<Value> carried = forWindow(init, body);
    if (!op.getEntries())
      return carried;
    return op.getSelection() ? forSelection(carried, body)
                             : forEntries(carried, body);
  }

  SmallVector<Value> forRange(CacheRows &cache, Value first, Value end,
                              ValueRange init, TileBody body) {
    Value offsets = b.iota(kKeys, b.getIndexType());
    return b.loop(
        first, end, kKeys, init, [&](Value start, ValueRange carried) {
          Value rows = b.addIndex(b.splat(start, {kKeys}), offsets);
          Value exists =
              b.cmp(arith::CmpIPredicate::slt, rows, b.splat(end, {kKeys}));
          return body(cache.read(cache.locate(scope.slot(), rows, exists)),
                      exists, carried);
        });
  }

  SmallVector<Value> forWindow(ValueRange init, TileBody body) {
    CacheRows cache(w, op.getWindowKeys());
    Value end = b.addIndex(scope.position(), 1);
    // The window counts the token itself (pitfall P28).
    Value first =
        b.maxIndex(b.subIndex(end, b.index(op.getWindow())), b.index(0));
    return forRange(cache, first, end, init, body);
  }

  SmallVector<Value> forEntries(ValueRange init, TileBody body) {
    CacheRows cache(w, op.getEntries());
    Value count =
        b.divIndex(b.addIndex(scope.position(), 1), cache.type.getRatio());
    return forRange(cache, b.index(0), count, init, body);
  }

  SmallVector<Value> forSelection(ValueRange init, TileBody body) {
    CacheRows cache(w, op.getEntries());
    int64_t k =
        cast<RankedTensorType>(op.getSelection().getType()).getDimSize(1);
    int64_t rows = w.sizes.tokens;
    Value selection = w.buffer(op.getSelection(), exec::Part::Whole, {rows * k},
                               b.getI32Type());
    Value visible =
        b.divIndex(b.addIndex(scope.position(), 1), cache.type.getRatio());
    Value end = b.minIndex(visible, b.index(k));
    Value start = b.mulIndex(scope.row, k);
    int64_t keys = std::min(k, kKeys);
    return b.loop(
        b.index(0), end, keys, init, [&](Value first, ValueRange carried) {
          Value left = b.minIndex(b.subIndex(b.index(k), first), b.index(keys));
          Value ids =
              b.load(selection, {b.addIndex(start, first)}, {keys}, left);
          auto type = RankedTensorType::get({keys}, b.getIndexType());
          Value entries = arith::IndexCastOp::create(b, type, ids);
          Value listed =
              b.cmp(arith::CmpIPredicate::sge, entries, b.fillIndex({keys}, 0));
          Value inList =
              b.cmp(arith::CmpIPredicate::slt, b.iota(keys, b.getIndexType()),
                    b.splat(left, {keys}));
          Value exists = arith::AndIOp::create(b, listed, inList);
          return body(cache.read(cache.locate(scope.slot(), entries, exists)),
                      exists, carried);
        });
  }

  RowScope &scope;
  KernelWriter &w;
  TileBuilder &b;
  AttentionOp op;
  int64_t heads;
  int64_t width;
  double scale;
  Value query; // [width, heads]
  Value sink;  // [heads]
};

} // namespace

FailureOr<Part> dsv4c::makeAttentionPart(Ops ops, const StepSizes &sizes) {
  auto op = cast<AttentionOp>(ops[0]);
  auto inverse = ops.size() > 1 ? cast<RopeOp>(ops[1]) : RopeOp();
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t allHeads = type.getDimSize(1);
  int64_t width = type.getDimSize(2);
  // One token spreads its heads over workgroups; with many tokens a key that
  // was decoded serves all heads.
  int64_t heads = std::min<int64_t>(allHeads, sizes.tokens == 1 ? 16 : 64);
  // [attention_heads_c1]
  if (allHeads % heads)
    return op.emitOpError("[attention_heads_c1] has ")
           << allHeads << " heads, which groups of " << heads
           << " don't divide";
  int64_t groups = allHeads / heads;
  Part part;
  part.workgroups = sizes.tokens * groups;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    Value row = b.divIndex(local, groups);
    b.when(
        b.cmp(arith::CmpIPredicate::slt, row, w.rowCount(/*outputRows=*/false)),
        [&] {
          Value firstHead = b.mulIndex(b.remIndex(local, groups), heads);
          RowScope scope(w, row);
          scope.slot();
          Value result = Attention(scope, op, firstHead, heads).write();
          auto store = [&](Value value, Value tile) {
            if (!isYielded(value))
              return;
            Value buffer = w.buffer(value, exec::Part::Whole,
                                    {sizes.tokens * allHeads, width},
                                    b.getBF16Type(), /*writes=*/true);
            b.store(
                tile, buffer,
                {b.addIndex(b.mulIndex(row, allHeads), firstHead), b.index(0)});
          };
          store(op.getResult(), result);
          if (inverse) {
            int64_t channels =
                cast<RankedTensorType>(inverse.getTable().getType())
                    .getDimSize(1);
            Value table =
                b.reshape(scope.ropeRow(inverse.getTable(), scope.position()),
                          {channels});
            Value rows = b.alongColumns(table, {heads, channels});
            store(inverse.getResult(),
                  rope(b, result, rows, inverse.getInverse()));
          }
        });
  };
  return part;
}
