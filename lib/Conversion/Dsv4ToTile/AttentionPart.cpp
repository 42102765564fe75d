//===- AttentionPart.cpp - Sparse attention (spec 4.6) --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workgroup computes some heads of one token. Keys pass in tiles, first those
// of the window, from the oldest on, then the entries; a tile is decoded once,
// for logits and for sums. Probabilities are rounded against a maximum: in the
// window that of its tiles of 64 so far, so that the rounding is the
// reference's; for entries, whose order in the reference depends on their
// scores, that of all keys.
//
// The window is a group of keys, the entries form some more, and the groups'
// sums are added in order. With few tokens every group has a workgroup. Where
// these run at the same time, each tile of a short window is a group of its
// own, workgroups tell each other their maxima and share the addition;
// elsewhere each finds the maximum of all keys for itself, and the last one
// adds.
//
//===----------------------------------------------------------------------===//

#include "Parts.h"
#include "SplitSum.h"
#include "VisibleKeys.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

/// Keys of the window whose probabilities have one maximum.
constexpr int64_t kWindowTile = 64;
/// Keys whose products are added up on their own.
constexpr int64_t kKeys = 32;
/// Keys that pass at a time to find a maximum, if nothing else needs them.
constexpr int64_t kMaximumKeys = 64;
/// Heads of a workgroup: the rows of a matrix instruction with few tokens, more
/// per decoded key with many.
constexpr int64_t kFewHeads = 16, kManyHeads = 32;
/// Tokens side by side, whose windows are mostly the same.
constexpr int64_t kNeighbours = 8;
/// Groups of keys at most: of the window's tiles, if these are few, and of
/// entries.
constexpr int64_t kGroups = 8, kWindowGroups = 4;
/// Columns of groups' sums that a last workgroup adds up at a time.
constexpr int64_t kColumns = 128;

class Attention {
public:
  /// Stores a result, bf16, from a column on. `isLast` if it ends with the last
  /// column.
  using Store = llvm::function_ref<void(Value result, Value column, bool isLast)>;

  Attention(RowScope &scope, AttentionOp op, Value firstHead, int64_t heads)
      : w(scope.w), b(scope.b), op(op), visible(scope, op), heads(heads),
        width(cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2)),
        scale(op.getScale().convertToDouble()) {
    int64_t allHeads =
        cast<RankedTensorType>(op.getQuery().getType()).getDimSize(1);
    Value queries =
        w.buffer(op.getQuery(), exec::Part::Whole,
                 {w.sizes.tokens * allHeads, width}, b.getBF16Type());
    Value row = b.addIndex(b.mulIndex(scope.row, allHeads), firstHead);
    query = b.toF32(
        b.transpose(b.load(queries, {row, b.index(0)}, {heads, width})));
    Value sinks =
        w.buffer(op.getSink(), exec::Part::Whole, {allHeads}, b.getF32Type());
    sink = b.load(sinks, {firstHead}, {heads});
  }

  /// Groups that have a workgroup each in a split part.
  static int64_t groupsOf(AttentionOp op, const StepSizes &sizes) {
    return (meets(sizes) ? windowTiles(op) : 1) + entryGroups(op);
  }

  /// In a split part, the workgroup sums one group. `tail` columns at the end
  /// are stored together.
  void write(SplitSum &split, int64_t tail, Store store) {
    if (split.chunk())
      return meets(w.sizes) ? writeMeeting(split, tail, store)
                            : writeLast(split, tail, store);
    SmallVector<Value> sums =
        op.getEntries() ? sumGroups() : sumWindow(noMaximum());
    store(finish(sums), b.index(0), true);
  }

private:
  using TileBody =
      llvm::function_ref<SmallVector<Value>(const KeyTile &, ValueRange before)>;

  static bool meets(const StepSizes &sizes) {
    return sizes.meeting >= kGroups;
  }

  /// Where the window ends within a tile, the reference fills it with entries.
  static bool endsWithTile(AttentionOp op) {
    return op.getWindow() % kWindowTile == 0;
  }

  /// Tiles of the window that are groups of their own; one for all of it.
  static int64_t windowTiles(AttentionOp op) {
    int64_t tiles = op.getWindow() / kWindowTile;
    return endsWithTile(op) && tiles <= kWindowGroups ? tiles : 1;
  }

  static int64_t entryGroups(AttentionOp op) {
    return op.getEntries() ? kGroups - windowTiles(op) : 0;
  }

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
    Value factors =
        b.alongRows(factor, TileBuilder::shapeOf(before[Weighted]));
    return {sums[Maximum], b.add(b.mul(before[Total], factor), sums[Total]),
            b.add(b.mul(before[Weighted], factors), sums[Weighted])};
  }

  /// Adds sums relative to the same maximum.
  SmallVector<Value> addEqual(ValueRange before, ValueRange sums) {
    return {before[Maximum], b.add(before[Total], sums[Total]),
            b.add(before[Weighted], sums[Weighted])};
  }

  //===--- Tiles ----------------------------------------------------------===//

  Value joinParts(Value head, Value tail) {
    if (!tail)
      return head;
    int64_t count = TileBuilder::shapeOf(head)[0];
    Type type = cast<RankedTensorType>(head.getType()).getElementType();
    Value keys = b.empty({count, width}, type);
    keys = b.insert(head, keys, {b.getIndexAttr(0), b.getIndexAttr(0)});
    return b.insert(tail, keys,
                    {b.getIndexAttr(0),
                     b.getIndexAttr(TileBuilder::shapeOf(head)[1])});
  }

  /// The tile as bf16, which products read more than once. Another call makes
  /// another one.
  Value keep(const KeyTile &tile) {
    auto kept = [&](Value part) { return part ? b.toBf16(part) : part; };
    return joinParts(kept(tile.keys.head), kept(tile.keys.tail));
  }

  /// Scaled logits [heads, N], minus infinity where there is no key, given the
  /// keys as f32.
  Value logits(const KeyTile &tile, Value keys) {
    Value l = b.mul(b.transpose(b.dot(keys, query)), scale);
    Shape shape = TileBuilder::shapeOf(l);
    Value none = b.fill(shape, -std::numeric_limits<float>::infinity());
    return b.select(b.alongColumns(tile.exists, shape), l, none);
  }
  Value logitsOfKept(const KeyTile &tile, Value kept) {
    return logits(tile, b.toF32(kept));
  }

  Value columnsOf(Value tile, int64_t first, int64_t count) {
    int64_t rows = TileBuilder::shapeOf(tile)[0];
    return b.slice(tile, {b.getIndexAttr(0), b.getIndexAttr(first)},
                   {rows, count});
  }

  Value maximumWith(Value before, Value logits) {
    return b.max(before, b.reduce(tile::ReduceKind::Max, logits, 1));
  }

  /// Sums of the keys [first, first + count) of a tile, given the probabilities
  /// of all.
  SmallVector<Value> sumKeys(Value p, Value rounded, Value kept, int64_t first,
                             int64_t count, Value maximum) {
    Value keys = b.slice(kept, {b.getIndexAttr(first), b.getIndexAttr(0)},
                         {count, width});
    Value weights = b.toF32(columnsOf(rounded, first, count));
    return {maximum, b.sum(columnsOf(p, first, count), 1),
            b.dot(weights, b.toF32(keys))};
  }

  Value probabilities(Value logits, Value maxima) {
    return b.exp(b.sub(logits, maxima));
  }

  /// Runs `body` over tiles of `count` keys of `range`.
  SmallVector<Value> forTiles(const KeyRange &range, int64_t count,
                              ValueRange init, TileBody body) {
    return b.loop(range.first, range.end, count, init,
                  [&](Value start, ValueRange before) {
                    return body(visible.read(range, start, count), before);
                  });
  }

  //===--- Maxima ---------------------------------------------------------===//

  /// Of `range` and `before`; keys that nothing else needs.
  Value maximumOf(const KeyRange &range, Value before) {
    int64_t count = keysOf(range, kMaximumKeys);
    return forTiles(range, count, {before},
                    [&](const KeyTile &tile, ValueRange before)
                        -> SmallVector<Value> {
                      Value keys = joinParts(tile.keys.head, tile.keys.tail);
                      return {maximumWith(before[0], logits(tile, keys))};
                    })[0];
  }

  /// The same by many heads, for which keys are decoded once.
  Value maximumOfKept(const KeyRange &range, int64_t count, Value before) {
    return forTiles(
        range, count, {before},
        [&](const KeyTile &tile, ValueRange before) -> SmallVector<Value> {
          return {maximumWith(before[0], logitsOfKept(tile, keep(tile)))};
        })[0];
  }

  Value maximumOfWindow() {
    KeyRange window = visible.window();
    return maximumOfKept(window, keysOf(window, w.sizes.keyTile), noMaximum());
  }

  //===--- The window -----------------------------------------------------===//

  /// Against the maximum of the tiles so far and `before`.
  SmallVector<Value> sumWindow(Value before) {
    bool isSmall = w.sizes.keyTile < kWindowTile;
    int64_t count = isSmall ? kWindowTile : w.sizes.keyTile;
    KeyRange range = visible.window();
    return b.loop(range.first, range.end, count, startingFrom(before),
                  [&](Value start, ValueRange before) {
                    return isSmall ? addHalves(range, start, before)
                                   : addWindowTiles(range, start, before);
                  });
  }

  /// A tile of 64 keys of which only half can be kept at a time.
  SmallVector<Value> addHalves(const KeyRange &range, Value start,
                               ValueRange before) {
    int64_t half = kWindowTile / 2;
    KeyTile first = visible.read(range, start, half);
    KeyTile second = visible.read(range, b.addIndex(start, half), half);
    Value lowLogits = logitsOfKept(first, keep(first));
    Value keptSecond = keep(second);
    Value highLogits = logitsOfKept(second, keptSecond);
    Value maximum =
        maximumWith(maximumWith(before[Maximum], lowLogits), highLogits);
    Value maxima = b.alongRows(maximum, {heads, half});
    auto sums = [&](Value logits, Value kept) {
      Value p = probabilities(logits, maxima);
      return sumKeys(p, b.toBf16(p), kept, 0, half, maximum);
    };
    SmallVector<Value> high = sums(highLogits, keptSecond);
    return add(before, addEqual(sums(lowLogits, keep(first)), high));
  }

  /// Some tiles of 64 keys, kept together.
  SmallVector<Value> addWindowTiles(const KeyRange &range, Value start,
                                    ValueRange before) {
    int64_t count = w.sizes.keyTile;
    KeyTile tile = visible.read(range, start, count);
    Value kept = keep(tile);
    Value all = logitsOfKept(tile, kept);
    SmallVector<Value> maxima = {before[Maximum]};
    for (int64_t at = 0; at < count; at += kWindowTile)
      maxima.push_back(
          maximumWith(maxima.back(), columnsOf(all, at, kWindowTile)));
    // Each key's.
    Shape shape = TileBuilder::shapeOf(all);
    Value column = b.broadcast(b.iota(count, b.getIndexType()), {1}, shape);
    Value ofKeys = b.alongRows(maxima.back(), shape);
    for (int64_t at = count - kWindowTile; at > 0; at -= kWindowTile) {
      Value isBefore = b.cmp(arith::CmpIPredicate::slt, column,
                             b.fillIndex({heads, count}, at));
      ofKeys = b.select(isBefore,
                        b.alongRows(maxima[at / kWindowTile], shape), ofKeys);
    }
    Value p = probabilities(all, ofKeys);
    Value rounded = b.toBf16(p);
    SmallVector<Value> sums(before);
    for (int64_t at = 0; at < count; at += kWindowTile) {
      Value maximum = maxima[at / kWindowTile + 1];
      SmallVector<Value> half = sumKeys(p, rounded, kept, at, kKeys, maximum);
      sums = add(sums, addEqual(half, sumKeys(p, rounded, kept, at + kKeys,
                                              kKeys, maximum)));
    }
    return sums;
  }

  //===--- Entries --------------------------------------------------------===//

  /// At most `count` keys, no more than there can be, and parts that are added
  /// up on their own.
  int64_t keysOf(const KeyRange &range, int64_t count) {
    std::optional<int64_t> most =
        range.ofWindow ? op.getWindow() : visible.mostEntries();
    if (!most)
      return count;
    return std::min<int64_t>(count, llvm::divideCeil(*most, kKeys) * kKeys);
  }

  /// Adds a tile of entries to sums relative to the maximum of all keys; zeros
  /// where `counts`, if given, is false.
  SmallVector<Value> addEntries(Value logits, Value kept, ValueRange before,
                                Value counts = {}) {
    Shape shape = TileBuilder::shapeOf(logits);
    Value p = probabilities(logits, b.alongRows(before[Maximum], shape));
    if (counts)
      p = b.select(b.splat(counts, shape), p, b.fill(shape, 0.0));
    Value rounded = b.toBf16(p);
    SmallVector<Value> sums(before);
    for (int64_t at = 0; at < shape[1]; at += kKeys)
      sums = addEqual(sums, sumKeys(p, rounded, kept, at,
                                    std::min(kKeys, shape[1] - at),
                                    before[Maximum]));
    return sums;
  }

  SmallVector<Value> sumEntries(const KeyRange &range, int64_t count,
                                ValueRange init) {
    return forTiles(
        range, count, init,
        [&](const KeyTile &tile, ValueRange before) {
          Value kept = keep(tile);
          return addEntries(logitsOfKept(tile, kept), kept, before);
        });
  }

  /// Keys of a group of entries: a multiple of what is added up on its own.
  Value keysPerGroup(const KeyRange &entries) {
    int64_t unit = kKeys * entryGroups(op);
    Value share = b.divIndex(b.addIndex(entries.end, unit - 1), unit);
    return b.mulIndex(b.maxIndex(share, b.index(1)), kKeys);
  }

  /// A group of entries, by its number among these; it may have none.
  KeyRange groupOf(const KeyRange &entries, Value perGroup, Value number) {
    Value first = b.minIndex(b.mulIndex(number, perGroup), entries.end);
    Value end = b.minIndex(b.addIndex(first, perGroup), entries.end);
    return {first, end, /*ofWindow=*/false};
  }

  //===--- Groups ---------------------------------------------------------===//

  /// One after the other.
  SmallVector<Value> sumGroups() {
    KeyRange entries = visible.entries();
    int64_t count = keysOf(entries, w.sizes.keyTile);
    Value perGroup = keysPerGroup(entries);
    SmallVector<Value> sums;
    Value maximum;
    if (endsWithTile(op)) {
      sums = sumWindow(noMaximum());
      maximum = maximumOfKept(entries, count, sums[Maximum]);
    } else {
      maximum = maximumOfKept(entries, count, maximumOfWindow());
      sums = sumWindow(maximum);
    }
    Value end = b.divIndex(b.addIndex(entries.end, b.addIndex(perGroup, -1)),
                           perGroup);
    return b.loop(b.index(0), end, 1, sums,
                  [&](Value group, ValueRange before) {
                    return add(before,
                               sumEntries(groupOf(entries, perGroup, group),
                                          count, startingFrom(maximum)));
                  });
  }

  /// Divided by what it is relative to.
  Value finish(ValueRange sums) {
    // The sink only adds to the denominator (pitfall P29).
    Value denominator = b.add(sums[Total], b.exp(b.sub(sink, sums[Maximum])));
    // One division per head: the product with a rounded reciprocal, corrected
    // by what is left over, is the rounded quotient.
    Shape shape = TileBuilder::shapeOf(sums[Weighted]);
    Value reciprocal = b.div(b.fill({heads}, 1.0), denominator);
    Value negated = b.alongRows(b.mul(denominator, -1.0), shape);
    Value factors = b.alongRows(reciprocal, shape);
    Value quotient = b.mul(sums[Weighted], factors);
    Value rest = b.fma(quotient, negated, sums[Weighted]);
    return b.toBf16(b.fma(rest, factors, quotient));
  }

  /// The groups' results, which the split sum has from tile `at` on, for some
  /// columns; the first `ofWindow` groups are the window's. Groups without keys
  /// add zeros.
  Value finishGroups(SplitSum &split, int64_t at, int64_t ofWindow,
                     Value column, int64_t columns) {
    Value maxima = split.loadAll(at + Maximum);
    Value totals = split.loadAll(at + Total);
    auto load = [&](int64_t group) -> SmallVector<Value> {
      auto ofGroup = [&](Value all) {
        return b.sliceDropping(all, {b.getIndexAttr(group), b.getIndexAttr(0)},
                               {1, heads}, 1);
      };
      return {ofGroup(maxima), ofGroup(totals),
              split.load(b.index(group), at + Weighted, column, columns)};
    };
    SmallVector<Value> sums = load(0);
    for (int64_t group = 1; group < ofWindow + entryGroups(op); ++group)
      sums = group <= ofWindow ? add(sums, load(group))
                               : addEqual(sums, load(group));
    return finish(sums);
  }

  /// Every workgroup finds the maximum of all keys, the last one adds up.
  void writeLast(SplitSum &split, int64_t tail, Store store) {
    KeyRange entries = visible.entries();
    Value perGroup = keysPerGroup(entries);
    auto maximumOfAll = [&] {
      return maximumOf(entries, maximumOf(visible.window(), noMaximum()));
    };
    split.arrive(b.choose(
        b.cmp(arith::CmpIPredicate::eq, split.chunk(), b.index(0)),
        [&] {
          return sumWindow(endsWithTile(op) ? noMaximum() : maximumOfAll());
        },
        [&] {
          Value number = b.subIndex(split.chunk(), b.index(1));
          return sumEntries(groupOf(entries, perGroup, number),
                            keysOf(entries, w.sizes.keyTile),
                            startingFrom(maximumOfAll()));
        }));
    int64_t columns = std::min(width, std::max(kColumns, tail));
    for (int64_t column = 0; column < width; column += columns)
      store(finishGroups(split, 0, /*ofWindow=*/1, b.index(column), columns),
            b.index(column), column + columns == width);
  }

  /// Tells the others this group's maximum. The result is that of the groups up
  /// to number `last`.
  Value exchange(SplitSum &split, int64_t number, Value mine, Value last) {
    split.put(number, mine);
    split.meet();
    Value all = split.loadAll(number);
    Shape shape = TileBuilder::shapeOf(all);
    Value groups = b.alongRows(b.iota(shape[0], b.getIndexType()), shape);
    Value counts =
        b.cmp(arith::CmpIPredicate::sle, groups, b.splat(last, shape));
    Value none = b.fill(shape, -std::numeric_limits<float>::infinity());
    return b.reduce(tile::ReduceKind::Max, b.select(counts, all, none), 0);
  }

  /// A group of the window: the tile of that number, or all of it.
  SmallVector<Value> sumMeetingWindow(SplitSum &split, int64_t number) {
    KeyRange window = visible.window();
    if (windowTiles(op) > 1) {
      Value first =
          b.addIndex(window.first, b.mulIndex(split.chunk(), kWindowTile));
      Value end = b.minIndex(b.addIndex(first, kWindowTile), window.end);
      return sumMeetingTile(split, number, {first, end, /*ofWindow=*/true},
                            kWindowTile, split.chunk());
    }
    Value last = b.index(kGroups - 1);
    if (!endsWithTile(op))
      return sumWindow(exchange(split, number, maximumOfWindow(), last));
    SmallVector<Value> sums = sumWindow(noMaximum());
    exchange(split, number, sums[Maximum], last);
    return sums;
  }

  /// One tile.
  SmallVector<Value> sumMeetingTile(SplitSum &split, int64_t number,
                                    const KeyRange &range, int64_t count,
                                    Value last) {
    KeyTile tile = visible.read(range, range.first, count);
    Value kept = keep(tile);
    Value l = logitsOfKept(tile, kept);
    Value maximum =
        exchange(split, number, maximumWith(noMaximum(), l), last);
    return addEntries(l, kept, startingFrom(maximum));
  }

  /// Tiles pass backwards for the maximum. The first one, as a rule the only
  /// one, stays until it is known, and the others come again.
  SmallVector<Value> sumMeetingEntries(SplitSum &split, int64_t number,
                                       const KeyRange &range) {
    int64_t count = keysOf(range, w.sizes.keyTile);
    Value keys = b.subIndex(range.end, range.first);
    Value turn = b.divIndex(
        b.subIndex(b.maxIndex(keys, b.index(1)), b.index(1)), count);
    Value steps = b.addIndex(b.addIndex(turn, turn), 1);
    return b.loop(
        b.index(0), steps, 1, startingFrom(noMaximum()),
        [&](Value step, ValueRange before) {
          Value at = b.subIndex(b.maxIndex(step, turn), b.minIndex(step, turn));
          Value start = b.addIndex(range.first, b.mulIndex(at, count));
          KeyTile tile = visible.read(range, start, count);
          Value kept = keep(tile);
          Value l = logitsOfKept(tile, kept);
          Value soFar = maximumWith(before[Maximum], l);
          Value maximum = b.choose(
              b.cmp(arith::CmpIPredicate::eq, step, turn),
              [&]() -> SmallVector<Value> {
                return {exchange(split, number, soFar, b.index(kGroups - 1))};
              },
              [&]() -> SmallVector<Value> { return {soFar}; })[0];
          return addEntries(l, kept,
                            {maximum, before[Total], before[Weighted]},
                            b.cmp(arith::CmpIPredicate::sge, step, turn));
        });
  }

  /// Every workgroup learns the maximum from the others, and adds up a share of
  /// the columns.
  void writeMeeting(SplitSum &split, int64_t tail, Store store) {
    int64_t number = split.reserve({heads});
    int64_t ofWindow = windowTiles(op);
    auto sumGroupOfWindow = [&] { return sumMeetingWindow(split, number); };
    auto sumGroupOfEntries = [&] {
      KeyRange entries = visible.entries();
      Value group = b.subIndex(split.chunk(), b.index(ofWindow));
      return sumMeetingEntries(
          split, number, groupOf(entries, keysPerGroup(entries), group));
    };
    if (op.getEntries())
      split.keep(b.choose(b.cmp(arith::CmpIPredicate::slt, split.chunk(),
                                b.index(ofWindow)),
                          sumGroupOfWindow, sumGroupOfEntries));
    else
      split.keep(sumGroupOfWindow());
    split.meet();
    int64_t groups = groupsOf(op, w.sizes);
    int64_t columns = std::max(width / groups, tail);
    int64_t shares = width / columns;
    auto finishAt = [&](bool isLast) {
      Value column = b.mulIndex(split.chunk(), columns);
      store(finishGroups(split, number + 1, ofWindow, column, columns), column,
            isLast);
    };
    b.whenElse(
        b.cmp(arith::CmpIPredicate::eq, split.chunk(), b.index(shares - 1)),
        [&] { finishAt(true); },
        [&] {
          b.when(b.cmp(arith::CmpIPredicate::slt, split.chunk(),
                       b.index(shares - 1)),
                 [&] { finishAt(false); });
        });
  }

  KernelWriter &w;
  TileBuilder &b;
  AttentionOp op;
  VisibleKeys visible;
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
  int64_t heads = std::min(
      allHeads, sizes.tokens > kMaxSplitTokens ? kManyHeads : kFewHeads);
  // [attention_heads_c1]
  if (allHeads % heads)
    return op.emitOpError("[attention_heads_c1] has ")
           << allHeads << " heads, which groups of " << heads
           << " don't divide";
  int64_t channels =
      inverse
          ? cast<RankedTensorType>(inverse.getTable().getType()).getDimSize(1)
          : 1;
  int64_t headGroups = allHeads / heads;
  int64_t tiles = sizes.tokens * headGroups;
  int64_t groups = Attention::groupsOf(op, sizes);
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
          auto store = [&](Value value, Value tile, Value column) {
            if (!isYielded(value))
              return;
            Value buffer = w.buffer(value, exec::Part::Whole,
                                    {sizes.tokens * allHeads, width},
                                    b.getBF16Type(), /*writes=*/true);
            b.store(tile, buffer,
                    {b.addIndex(b.mulIndex(row, allHeads), firstHead), column});
          };
          Attention(scope, op, firstHead, heads)
              .write(sum, channels,
                     [&](Value result, Value column, bool isLast) {
                       store(op.getResult(), result, column);
                       if (inverse && isLast) {
                         Value table = b.reshape(
                             scope.ropeRow(inverse.getTable(), scope.position()),
                             {channels});
                         Value rows = b.alongColumns(table, {heads, channels});
                         result = rope(b, result, rows, inverse.getInverse());
                       }
                       if (inverse)
                         store(inverse.getResult(), result, column);
                     });
        });
  };
  return part;
}
