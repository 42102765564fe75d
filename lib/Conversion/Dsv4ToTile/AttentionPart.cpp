//===- AttentionPart.cpp - Sparse attention (spec 4.6) --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workgroup computes some heads of one token.
//
// The window is a group of keys, the entries form some more, and the groups'
// sums are added in order. With few tokens every group has a workgroup. Where
// these run at the same time, they tell each other their maxima and share the
// addition; elsewhere each finds the maximum of all keys for itself, and the
// last one adds.
//
//===----------------------------------------------------------------------===//

#include "AttentionTiles.h"
#include "Parts.h"
#include "SplitSum.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

/// Heads of a workgroup: the rows of a matrix instruction with few tokens, more
/// per decoded key with many.
constexpr int64_t kFewHeads = 16, kManyHeads = 32;
/// Tokens side by side, whose windows are mostly the same.
constexpr int64_t kNeighbours = 8;
/// Groups of keys at most: the window and the entries, which leave room for
/// tiles of a short window.
constexpr int64_t kGroups = 8, kWindowGroups = 4;
/// Groups of entries where workgroups meet, each of a tile of the selected
/// ones. Of such clusters more fit a device than of larger ones.
constexpr int64_t kMeetingGroups = 4;
/// Clusters that run at the same time on every such device.
constexpr int64_t kClusters = 16;
/// Columns of groups' sums that a last workgroup adds up at a time.
constexpr int64_t kColumns = 128;

class Attention : AttentionTiles {
public:
  /// Stores a result, bf16, from a column on. `isLast` if it ends with the last
  /// column.
  using Store =
      llvm::function_ref<void(Value result, Value column, bool isLast)>;

  Attention(RowScope &scope, AttentionOp op, Value firstHead, int64_t heads)
      : AttentionTiles(scope, op, firstHead, heads) {}

  /// Groups that have a workgroup each in a split part.
  static int64_t groupsOf(AttentionOp op, const StepSizes &sizes) {
    return 1 + entryGroups(op, sizes);
  }

  /// Heads of a workgroup: more where not all clusters would run at once.
  static int64_t headsOf(AttentionOp op, int64_t all, const StepSizes &sizes) {
    bool many = sizes.tokens > kMaxSplitTokens ||
                (meets(sizes) && op.getEntries() &&
                 sizes.tokens * all > kClusters * kFewHeads);
    return std::min(all, many ? kManyHeads : kFewHeads);
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
  static bool meets(const StepSizes &sizes) { return sizes.meeting >= kGroups; }

  static int64_t entryGroups(AttentionOp op, const StepSizes &sizes) {
    if (!op.getEntries())
      return 0;
    if (meets(sizes))
      return kMeetingGroups;
    int64_t tiles = op.getWindow() / kWindowTile;
    return kGroups - (endsWithTile(op) && tiles <= kWindowGroups ? tiles : 1);
  }
  int64_t entryGroups() { return entryGroups(op, w.sizes); }

  /// Keys of a group of entries: a multiple of what is added up on its own.
  Value keysPerGroup(const KeyRange &entries) {
    int64_t unit = kKeys * entryGroups();
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
    Value end =
        b.divIndex(b.addIndex(entries.end, b.addIndex(perGroup, -1)), perGroup);
    return b.loop(
        b.index(0), end, 1, sums, [&](Value group, ValueRange before) {
          return add(before, sumEntries(groupOf(entries, perGroup, group),
                                        count, startingFrom(maximum)));
        });
  }

  /// The groups' results, which the split sum has from tile `at` on, for some
  /// columns. Groups without keys add zeros.
  Value finishGroups(SplitSum &split, int64_t at, Value column,
                     int64_t columns) {
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
    for (int64_t group = 1; group <= entryGroups(); ++group)
      sums = group == 1 ? add(sums, load(group)) : addEqual(sums, load(group));
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
      store(finishGroups(split, 0, b.index(column), columns), b.index(column),
            column + columns == width);
  }

  /// Tells the others this group's maximum. The result is that of all.
  Value exchange(SplitSum &split, int64_t number, Value mine) {
    split.put(number, mine);
    split.meet();
    return b.reduce(tile::ReduceKind::Max, split.loadAll(number), 0);
  }

  /// The others need the window's maximum as soon as it is known.
  SmallVector<Value> sumMeetingWindow(SplitSum &split, int64_t number) {
    if (!endsWithTile(op))
      return sumWindow(exchange(split, number, maximumOfWindow()));
    if (op.getWindow() <= w.sizes.keyTile)
      return sumWindowOfOneTile(
          [&](Value maximum) { exchange(split, number, maximum); });
    SmallVector<Value> sums = sumWindow(noMaximum());
    exchange(split, number, sums[Maximum]);
    return sums;
  }

  /// Tiles, if there may be more than one, pass backwards for the maximum. The
  /// first one, as a rule the only one, stays until it is known, and the others
  /// come again.
  SmallVector<Value> sumMeetingEntries(SplitSum &split, int64_t number,
                                       const KeyRange &range) {
    int64_t count = keysOf(range, w.sizes.keyTile);
    if (std::optional<int64_t> most = visible.mostEntries();
        most && *most <= count * entryGroups()) {
      KeyTile tile = visible.read(range, range.first, count);
      Value kept = keep(tile);
      Value l = logitsOfKept(tile, kept);
      Value maximum = exchange(split, number, maximumWith(noMaximum(), l));
      return addEntries(l, kept, startingFrom(maximum));
    }
    Value keys = b.subIndex(range.end, range.first);
    Value turn =
        b.divIndex(b.subIndex(b.maxIndex(keys, b.index(1)), b.index(1)), count);
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
                return {exchange(split, number, soFar)};
              },
              [&]() -> SmallVector<Value> { return {soFar}; })[0];
          return addEntries(l, kept, {maximum, before[Total], before[Weighted]},
                            b.cmp(arith::CmpIPredicate::sge, step, turn));
        });
  }

  /// Every workgroup learns the maximum from the others, and adds up a share of
  /// the columns.
  void writeMeeting(SplitSum &split, int64_t tail, Store store) {
    int64_t number = split.reserve({heads});
    split.keep(b.choose(
        b.cmp(arith::CmpIPredicate::eq, split.chunk(), b.index(0)),
        [&] { return sumMeetingWindow(split, number); },
        [&] {
          KeyRange entries = visible.entries();
          Value group = b.subIndex(split.chunk(), b.index(1));
          return sumMeetingEntries(
              split, number, groupOf(entries, keysPerGroup(entries), group));
        }));
    split.meet();
    // Ranges of columns, of which all workgroups but the last ones have one.
    int64_t groups = llvm::bit_floor<uint64_t>(groupsOf(op, w.sizes));
    int64_t columns = std::max(width / groups, tail);
    int64_t shares = width / columns;
    auto finishAt = [&](bool isLast) {
      Value column = b.mulIndex(split.chunk(), columns);
      store(finishGroups(split, number + 1, column, columns), column, isLast);
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
};

} // namespace

FailureOr<Part> dsv4c::makeAttentionPart(Ops ops, const StepSizes &sizes) {
  auto op = cast<AttentionOp>(ops[0]);
  auto inverse = ops.size() > 1 ? cast<RopeOp>(ops[1]) : RopeOp();
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t allHeads = type.getDimSize(1);
  int64_t width = type.getDimSize(2);
  int64_t heads = Attention::headsOf(op, allHeads, sizes);
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
              .write(
                  sum, channels, [&](Value result, Value column, bool isLast) {
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
