//===- AttentionPart.cpp - Sparse attention (spec 4.6) --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workgroup computes some heads of one token. Keys pass in tiles of 64, first
// those of the window, from the oldest on, whatever step brought it in, then
// the entries. Probabilities are rounded against a maximum: in the window that
// of the tiles so far, so that the rounding is the reference's; for entries,
// whose order in the reference depends on their scores, that of all keys, found
// in a pass of its own. The window is a group, the tiles of entries form some
// more, and the groups' sums are added in order. With few tokens every group
// has a workgroup.
//
//===----------------------------------------------------------------------===//

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
/// Tokens side by side, whose windows are mostly the same.
constexpr int64_t kNeighbours = 8;
/// Groups of tiles, if there are entries: the window and seven more.
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

  static int64_t groupsOf(AttentionOp op) {
    return op.getEntries() ? kGroups : 1;
  }

  /// bf16 [heads, width]. In a split part, the workgroup sums one group.
  Value write(SplitSum &split) {
    Tiles tiles = countTiles();
    SmallVector<Value> sums = op.getEntries() ? sumGroups(tiles, split)
                                              : sumWindow(tiles, noMaximum());
    // The sink only adds to the denominator (pitfall P29).
    Value denominator = b.add(sums[Total], b.exp(b.sub(sink, sums[Maximum])));
    return b.toBf16(
        b.div(sums[Weighted], b.alongRows(denominator, {heads, width})));
  }

private:
  using TileBody = llvm::function_ref<SmallVector<Value>(
      Value keys, Value exists, ValueRange before)>;

  /// Visible keys.
  struct Tiles {
    Value firstKey, endKey; // window, positions
    Value window;           // tiles
    Value entryKeys;        // visible or selected; null without entries
    Value entries;          // tiles
    Value perGroup;         // tiles of entries, at least 1
  };

  /// What is carried from tile to tile: the largest logit [heads], and relative
  /// to it the sum of the probabilities [heads] and that of the keys weighted
  /// by them [heads, width].
  enum { Maximum, Total, Weighted };

  Value noMaximum() {
    return b.fill({heads}, -std::numeric_limits<float>::infinity());
  }

  SmallVector<Value> startingFrom(Value maximum) {
    return {maximum, b.fill({heads}, 0.0), b.fill({heads, width}, 0.0)};
  }

  /// Adds sums relative to a maximum that is no less than the one before.
  SmallVector<Value> add(ValueRange before, ValueRange sums) {
    Value factor = b.exp(b.sub(before[Maximum], sums[Maximum]));
    Value factors = b.alongRows(factor, {heads, width});
    return {sums[Maximum], b.add(b.mul(before[Total], factor), sums[Total]),
            b.add(b.mul(before[Weighted], factors), sums[Weighted])};
  }

  Value maximumWith(Value before, Value logits) {
    return b.max(before, b.reduce(tile::ReduceKind::Max, logits, 0));
  }

  /// Sums of one tile.
  SmallVector<Value> sumTile(Value keys, Value logits, Value maximum) {
    Value p = b.exp(
        b.sub(logits, b.alongColumns(maximum, TileBuilder::shapeOf(logits))));
    return {maximum, b.sum(p, 0), b.dot(b.transpose(b.roundToBf16(p)), keys)};
  }

  auto takeMaximum() {
    return [this](Value keys, Value exists, ValueRange before) {
      return SmallVector<Value>{maximumWith(before[0], logits(keys, exists))};
    };
  }

  /// Of the window, against the maximum of the tiles so far and `before`.
  SmallVector<Value> sumWindow(const Tiles &tiles, Value before) {
    return forWindow(tiles, startingFrom(before),
                     [&](Value keys, Value exists, ValueRange before) {
                       Value l = logits(keys, exists);
                       Value maximum = maximumWith(before[Maximum], l);
                       return add(before, sumTile(keys, l, maximum));
                     });
  }

  Value maximumOfAll(const Tiles &tiles) {
    SmallVector<Value> window = forWindow(tiles, noMaximum(), takeMaximum());
    return forEntries(tiles, b.index(0), tiles.entries, window,
                      takeMaximum())[0];
  }

  /// Of a group of entries, against the maximum of all keys.
  SmallVector<Value> sumEntries(const Tiles &tiles, Value group,
                                Value maximum) {
    Value first = b.mulIndex(b.subIndex(group, b.index(1)), tiles.perGroup);
    Value end = b.minIndex(b.addIndex(first, tiles.perGroup), tiles.entries);
    SmallVector<Value> sums = startingFrom(maximum);
    return forEntries(tiles, first, end, sums,
                      [&](Value keys, Value exists, ValueRange before) {
                        SmallVector<Value> tile =
                            sumTile(keys, logits(keys, exists), maximum);
                        return SmallVector<Value>{
                            maximum, b.add(before[Total], tile[Total]),
                            b.add(before[Weighted], tile[Weighted])};
                      });
  }

  SmallVector<Value> sumGroups(const Tiles &tiles, SplitSum &split) {
    // The groups that have tiles, and the window's.
    Value rounded = b.addIndex(tiles.entries, b.addIndex(tiles.perGroup, -1));
    Value all = b.addIndex(b.divIndex(rounded, tiles.perGroup), 1);
    // Where the window ends within a tile, the reference fills it with entries.
    bool endsWithTile = op.getWindow() % kKeys == 0;
    Value maximum;
    if (!split.chunk() || !endsWithTile)
      maximum = maximumOfAll(tiles);
    Value before = endsWithTile ? noMaximum() : maximum;
    if (Value group = split.chunk()) {
      split.arrive(b.choose(
          b.cmp(arith::CmpIPredicate::eq, group, b.index(0)),
          [&] { return sumWindow(tiles, before); },
          [&] {
            return sumEntries(tiles, group,
                              maximum ? maximum : maximumOfAll(tiles));
          }));
      auto load = [&](Value number) -> SmallVector<Value> {
        return {split.load(number, Maximum), split.load(number, Total),
                split.load(number, Weighted)};
      };
      return b.loop(b.index(1), all, 1, load(b.index(0)),
                    [&](Value number, ValueRange before) {
                      return add(before, load(number));
                    });
    }
    return b.loop(b.index(1), all, 1, sumWindow(tiles, before),
                  [&](Value number, ValueRange before) {
                    return add(before, sumEntries(tiles, number, maximum));
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

  Value ceilDiv(Value a, int64_t divisor) {
    return b.divIndex(b.addIndex(a, divisor - 1), divisor);
  }

  Tiles countTiles() {
    Tiles tiles;
    tiles.endKey = b.addIndex(scope.position(), 1);
    // The window counts the token itself (pitfall P28).
    tiles.firstKey = b.maxIndex(
        b.subIndex(tiles.endKey, b.index(op.getWindow())), b.index(0));
    tiles.window = ceilDiv(b.subIndex(tiles.endKey, tiles.firstKey), kKeys);
    if (!op.getEntries())
      return tiles;
    CacheRows cache(w, op.getEntries());
    tiles.entryKeys =
        b.divIndex(b.addIndex(scope.position(), 1), cache.type.getRatio());
    int64_t keys = kKeys;
    if (op.getSelection()) {
      keys = std::min(selected(), kKeys);
      tiles.entryKeys = b.minIndex(tiles.entryKeys, b.index(selected()));
    }
    tiles.entries = ceilDiv(tiles.entryKeys, keys);
    tiles.perGroup =
        b.maxIndex(ceilDiv(tiles.entries, kGroups - 1), b.index(1));
    return tiles;
  }

  SmallVector<Value> forWindow(const Tiles &tiles, ValueRange init,
                               TileBody body) {
    CacheRows window(w, op.getWindowKeys());
    return forRows(window, tiles.firstKey, tiles.endKey, b.index(0),
                   tiles.window, init, body);
  }

  /// Runs `body` over the tiles [first, end), carrying values.
  SmallVector<Value> forEntries(const Tiles &tiles, Value first, Value end,
                                ValueRange init, TileBody body) {
    CacheRows entries(w, op.getEntries());
    if (op.getSelection())
      return forSelection(entries, tiles.entryKeys, first, end, init, body);
    return forRows(entries, b.index(0), tiles.entryKeys, first, end, init,
                   body);
  }

  /// Tiles [from, to) of the rows [first, end).
  SmallVector<Value> forRows(CacheRows &cache, Value first, Value end,
                             Value from, Value to, ValueRange init,
                             TileBody body) {
    Value offsets = b.iota(kKeys, b.getIndexType());
    return b.loop(from, to, 1, init, [&](Value tile, ValueRange before) {
      Value start = b.addIndex(first, b.mulIndex(tile, kKeys));
      Value rows = b.addIndex(b.splat(start, {kKeys}), offsets);
      Value exists =
          b.cmp(arith::CmpIPredicate::slt, rows, b.splat(end, {kKeys}));
      return body(cache.read(cache.locate(scope.slot(), rows, exists)), exists,
                  before);
    });
  }

  /// Tiles [from, to) of the `count` selected entries.
  SmallVector<Value> forSelection(CacheRows &cache, Value count, Value from,
                                  Value to, ValueRange init, TileBody body) {
    int64_t k = selected();
    int64_t keys = std::min(k, kKeys);
    Value selection = w.buffer(op.getSelection(), exec::Part::Whole,
                               {w.sizes.tokens * k}, b.getI32Type());
    Value start = b.mulIndex(scope.row, k);
    return b.loop(from, to, 1, init, [&](Value tile, ValueRange before) {
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
                  exists, before);
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
  int64_t headGroups = allHeads / heads;
  int64_t tiles = sizes.tokens * headGroups;
  int64_t groups = Attention::groupsOf(op);
  bool split = SplitSum::isSplit(tiles, groups, sizes);
  Part part;
  part.workgroups = split ? tiles * groups : tiles;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    if (!split)
      local = b.deal(local, tiles, headGroups * kNeighbours);
    SplitSum sum(w, local, tiles, {groups}, split);
    Value row = b.divIndex(sum.tile(), headGroups);
    b.when(
        b.cmp(arith::CmpIPredicate::slt, row, w.rowCount(/*outputRows=*/false)),
        [&] {
          Value firstHead =
              b.mulIndex(b.remIndex(sum.tile(), headGroups), heads);
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
