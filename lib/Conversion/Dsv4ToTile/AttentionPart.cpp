//===- AttentionPart.cpp - Sparse attention (spec 4.6) --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workgroup computes some heads of one token. Keys pass in tiles of 64,
// window first, then entries, twice: once for the maximum, once for the sums,
// so that probabilities are rounded against the final maximum however many
// there are. Tiles start at the oldest visible row, whatever step brought it
// in. Consecutive tiles form a fixed number of groups, whose sums are added in
// order. With few tokens every group has a workgroup; each finds the maximum
// for itself.

#include "CacheRows.h"
#include "Parts.h"
#include "RowScope.h"
#include "SplitSum.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

constexpr int64_t kKeys = 64;
/// Heads of a workgroup: the rows of a matrix instruction.
constexpr int64_t kHeads = 16;
constexpr int64_t kGroups = 8;

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

  /// bf16 [heads, width]. In a split part, the workgroup sums one group.
  Value write(SplitSum &split) {
    Tiles tiles = countTiles();
    Value lowest = b.fill({heads}, -std::numeric_limits<float>::infinity());
    Value maximum = forTiles(
        tiles, b.index(0), tiles.all, {lowest},
        [&](Value keys, Value exists, ValueRange carried) {
          Value best = b.reduce(tile::ReduceKind::Max, logits(keys, exists), 0);
          return SmallVector<Value>{b.max(carried[0], best)};
        })[0];

    Value perGroup = b.divIndex(b.addIndex(tiles.all, kGroups - 1), kGroups);
    auto sumGroup = [&](Value number) {
      Value first = b.mulIndex(number, perGroup);
      Value end = b.minIndex(b.addIndex(first, perGroup), tiles.all);
      return sumTiles(tiles, first, end, maximum);
    };
    if (split.chunk())
      split.arrive(sumGroup(split.chunk()));
    // The groups that have tiles.
    Value count = b.divIndex(
        b.subIndex(b.addIndex(tiles.all, perGroup), b.index(1)), perGroup);
    SmallVector<Value> sums = b.loop(
        b.index(0), count, 1, zeros(),
        [&](Value number, ValueRange carried) -> SmallVector<Value> {
          if (split.chunk())
            return {b.add(carried[0], split.load(number, 0)),
                    b.add(carried[1], split.load(number, 1))};
          SmallVector<Value> group = sumGroup(number);
          return {b.add(carried[0], group[0]), b.add(carried[1], group[1])};
        });
    // The sink only adds to the denominator (pitfall P29).
    Value denominator = b.add(sums[0], b.exp(b.sub(sink, maximum)));
    return b.toBf16(b.div(sums[1], b.alongRows(denominator, {heads, width})));
  }

private:
  using TileBody = llvm::function_ref<SmallVector<Value>(
      Value keys, Value exists, ValueRange carried)>;

  /// Tiles of visible keys: those of the window, then those of the entries.
  struct Tiles {
    Value firstKey, endKey; // window, positions
    Value entries;          // visible or selected; null without
    Value window, all;      // tiles
  };

  /// Sum of no probabilities [heads], and of no weighted keys [heads, width].
  SmallVector<Value> zeros() {
    return {b.fill({heads}, 0.0), b.fill({heads, width}, 0.0)};
  }

  /// The sums over the tiles [first, end).
  SmallVector<Value> sumTiles(const Tiles &tiles, Value first, Value end,
                              Value maximum) {
    return forTiles(
        tiles, first, end, zeros(),
        [&](Value keys, Value exists, ValueRange carried) {
          Value l = logits(keys, exists);
          Value p =
              b.exp(b.sub(l, b.alongColumns(maximum, TileBuilder::shapeOf(l))));
          Value total = b.add(carried[0], b.sum(p, 0));
          Value weighted = b.dot(b.transpose(b.roundToBf16(p)), keys);
          return SmallVector<Value>{total, b.add(carried[1], weighted)};
        });
  }

  /// Scaled logits [keys, heads], minus infinity where there is no key.
  Value logits(Value keys, Value exists) {
    Value l = b.mul(b.dot(keys, query), scale);
    Shape shape = TileBuilder::shapeOf(l);
    Value none = b.fill(shape, -std::numeric_limits<float>::infinity());
    return b.select(b.alongRows(exists, shape), l, none);
  }

  int64_t selected() {
    return cast<RankedTensorType>(op.getSelection().getType()).getDimSize(1);
  }

  Tiles countTiles() {
    Tiles tiles;
    tiles.endKey = b.addIndex(scope.position(), 1);
    // The window counts the token itself (pitfall P28).
    tiles.firstKey = b.maxIndex(
        b.subIndex(tiles.endKey, b.index(op.getWindow())), b.index(0));
    auto tilesOf = [&](Value rows, int64_t keys) {
      return b.divIndex(b.addIndex(rows, keys - 1), keys);
    };
    tiles.window = tilesOf(b.subIndex(tiles.endKey, tiles.firstKey), kKeys);
    tiles.all = tiles.window;
    if (!op.getEntries())
      return tiles;
    CacheRows cache(w, op.getEntries());
    tiles.entries =
        b.divIndex(b.addIndex(scope.position(), 1), cache.type.getRatio());
    int64_t keys = kKeys;
    if (op.getSelection()) {
      keys = std::min(selected(), kKeys);
      tiles.entries = b.minIndex(tiles.entries, b.index(selected()));
    }
    tiles.all = b.addIndex(tiles.window, tilesOf(tiles.entries, keys));
    return tiles;
  }

  /// Runs `body` over the tiles [first, end), carrying values.
  SmallVector<Value> forTiles(const Tiles &tiles, Value first, Value end,
                              ValueRange init, TileBody body) {
    CacheRows window(w, op.getWindowKeys());
    SmallVector<Value> carried =
        forRows(window, tiles.firstKey, tiles.endKey, first,
                b.minIndex(end, tiles.window), init, body);
    if (!op.getEntries())
      return carried;
    CacheRows entries(w, op.getEntries());
    Value from = b.subIndex(b.maxIndex(first, tiles.window), tiles.window);
    Value to = b.maxIndex(b.subIndex(end, tiles.window), b.index(0));
    if (op.getSelection())
      return forSelection(entries, tiles.entries, from, to, carried, body);
    return forRows(entries, b.index(0), tiles.entries, from, to, carried, body);
  }

  /// Tiles [from, to) of the rows [first, end).
  SmallVector<Value> forRows(CacheRows &cache, Value first, Value end,
                             Value from, Value to, ValueRange init,
                             TileBody body) {
    Value offsets = b.iota(kKeys, b.getIndexType());
    return b.loop(from, to, 1, init, [&](Value tile, ValueRange carried) {
      Value start = b.addIndex(first, b.mulIndex(tile, kKeys));
      Value rows = b.addIndex(b.splat(start, {kKeys}), offsets);
      Value exists =
          b.cmp(arith::CmpIPredicate::slt, rows, b.splat(end, {kKeys}));
      return body(cache.read(cache.locate(scope.slot(), rows, exists)), exists,
                  carried);
    });
  }

  /// Tiles [from, to) of the `count` selected entries.
  SmallVector<Value> forSelection(CacheRows &cache, Value count, Value from,
                                  Value to, ValueRange init, TileBody body) {
    int64_t k = selected();
    int64_t keys = std::min(k, kKeys);
    Value selection =
        w.buffer(op.getSelection(), exec::Part::Whole, {w.sizes.tokens * k},
                 b.getI32Type());
    Value start = b.mulIndex(scope.row, k);
    return b.loop(from, to, 1, init, [&](Value tile, ValueRange carried) {
      Value first = b.mulIndex(tile, keys);
      Value left = b.minIndex(b.subIndex(count, first), b.index(keys));
      Value ids = b.load(selection, {b.addIndex(start, first)}, {keys}, left);
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
  int64_t heads = std::min(allHeads, kHeads);
  // [attention_heads_c1]
  if (allHeads % heads)
    return op.emitOpError("[attention_heads_c1] has ")
           << allHeads << " heads, which groups of " << heads
           << " don't divide";
  int64_t groups = allHeads / heads;
  int64_t tiles = sizes.tokens * groups;
  bool split = SplitSum::isSplit(tiles, kGroups, sizes);
  Part part;
  part.workgroups = split ? tiles * kGroups : tiles;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    SplitSum sum(w, local, tiles, kGroups, split);
    Value row = b.divIndex(sum.tile(), groups);
    b.when(
        b.cmp(arith::CmpIPredicate::slt, row, w.rowCount(/*outputRows=*/false)),
        [&] {
          Value firstHead = b.mulIndex(b.remIndex(sum.tile(), groups), heads);
          RowScope scope(w, row);
          scope.slot();
          Value result = Attention(scope, op, firstHead, heads).write(sum);
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
