//===- AttentionTiles.cpp - Sums over tiles of keys -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AttentionTiles.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

/// Keys that pass at a time to find a maximum, if nothing else needs them.
static constexpr int64_t kMaximumKeys = 64;

AttentionTiles::AttentionTiles(RowScope &scope, AttentionOp op, Value firstHead,
                               int64_t heads)
    : w(scope.w), b(scope.b), op(op), visible(scope, op), heads(heads),
      width(cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2)),
      scale(op.getScale().convertToDouble()) {
  int64_t allHeads =
      cast<RankedTensorType>(op.getQuery().getType()).getDimSize(1);
  Value queries = w.buffer(op.getQuery(), exec::Part::Whole,
                           {w.sizes.tokens * allHeads, width}, b.getBF16Type());
  Value row = b.addIndex(b.mulIndex(scope.row, allHeads), firstHead);
  query =
      b.toF32(b.transpose(b.load(queries, {row, b.index(0)}, {heads, width})));
  Value sinks =
      w.buffer(op.getSink(), exec::Part::Whole, {allHeads}, b.getF32Type());
  sink = b.load(sinks, {firstHead}, {heads});
}

Value AttentionTiles::noMaximum() {
  return b.fill({heads}, -std::numeric_limits<float>::infinity());
}

AttentionTiles::Sums AttentionTiles::startingFrom(Value maximum) {
  return {maximum, b.fill({heads}, 0.0), b.fill({heads, width}, 0.0)};
}

AttentionTiles::Sums AttentionTiles::add(ValueRange before, ValueRange sums) {
  Value factor = b.exp(b.sub(before[Maximum], sums[Maximum]));
  Value factors = b.alongRows(factor, TileBuilder::shapeOf(before[Weighted]));
  return {sums[Maximum], b.add(b.mul(before[Total], factor), sums[Total]),
          b.add(b.mul(before[Weighted], factors), sums[Weighted])};
}

AttentionTiles::Sums AttentionTiles::relativeTo(ValueRange sums,
                                                Value maximum) {
  Value factor = b.exp(b.sub(sums[Maximum], maximum));
  Value factors = b.alongRows(factor, TileBuilder::shapeOf(sums[Weighted]));
  return {maximum, b.mul(sums[Total], factor),
          b.mul(sums[Weighted], factors)};
}

AttentionTiles::Sums AttentionTiles::addEqual(ValueRange before,
                                              ValueRange sums) {
  return {before[Maximum], b.add(before[Total], sums[Total]),
          b.add(before[Weighted], sums[Weighted])};
}
//===--- Tiles -----------------------------------------------------------===//

Value AttentionTiles::joinParts(Value head, Value tail) {
  if (!tail)
    return head;
  int64_t count = TileBuilder::shapeOf(head)[0];
  Type type = cast<RankedTensorType>(head.getType()).getElementType();
  Value keys = b.empty({count, width}, type);
  keys = b.insert(head, keys, {b.getIndexAttr(0), b.getIndexAttr(0)});
  return b.insert(
      tail, keys,
      {b.getIndexAttr(0), b.getIndexAttr(TileBuilder::shapeOf(head)[1])});
}

Value AttentionTiles::keep(const KeyTile &tile) {
  auto kept = [&](Value part) { return part ? b.toBf16(part) : part; };
  return joinParts(kept(tile.keys.head), kept(tile.keys.tail));
}

Value AttentionTiles::logits(const KeyTile &tile, Value keys) {
  Value l = b.mul(b.transpose(b.dot(keys, query)), scale);
  Shape shape = TileBuilder::shapeOf(l);
  Value none = b.fill(shape, -std::numeric_limits<float>::infinity());
  return b.select(b.alongColumns(tile.exists, shape), l, none);
}

Value AttentionTiles::logitsOfKept(const KeyTile &tile, Value kept) {
  return logits(tile, b.toF32(kept));
}

Value AttentionTiles::columnsOf(Value tile, int64_t first, int64_t count) {
  int64_t rows = TileBuilder::shapeOf(tile)[0];
  return b.slice(tile, {b.getIndexAttr(0), b.getIndexAttr(first)},
                 {rows, count});
}

Value AttentionTiles::maximumWith(Value before, Value logits) {
  return b.max(before, b.reduce(tile::ReduceKind::Max, logits, 1));
}

AttentionTiles::Sums AttentionTiles::sumKeys(Value p, Value rounded, Value kept,
                                             int64_t first, int64_t count,
                                             Value maximum) {
  Value keys =
      b.slice(kept, {b.getIndexAttr(first), b.getIndexAttr(0)}, {count, width});
  Value weights = b.toF32(columnsOf(rounded, first, count));
  return {maximum, b.sum(columnsOf(p, first, count), 1),
          b.dot(weights, b.toF32(keys))};
}

Value AttentionTiles::probabilities(Value logits, Value maxima) {
  return b.exp(b.sub(logits, maxima));
}

AttentionTiles::Sums AttentionTiles::forTiles(const KeyRange &range,
                                              int64_t count, ValueRange init,
                                              TileBody body) {
  return b.loop(range.first, range.end, count, init,
                [&](Value start, ValueRange before) {
                  return body(visible.read(range, start, count), before);
                });
}

Value AttentionTiles::finish(ValueRange sums) {
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

//===--- Maxima ---------------------------------------------------------===//

Value AttentionTiles::maximumOf(const KeyRange &range, Value before) {
  int64_t count = keysOf(range, kMaximumKeys);
  return forTiles(
      range, count, {before},
      [&](const KeyTile &tile, ValueRange before) -> SmallVector<Value> {
        Value keys = joinParts(tile.keys.head, tile.keys.tail);
        return {maximumWith(before[0], logits(tile, keys))};
      })[0];
}

Value AttentionTiles::maximumOfKept(const KeyRange &range, int64_t count,
                                    Value before) {
  return forTiles(
      range, count, {before},
      [&](const KeyTile &tile, ValueRange before) -> SmallVector<Value> {
        return {maximumWith(before[0], logitsOfKept(tile, keep(tile)))};
      })[0];
}

Value AttentionTiles::maximumOfWindow() {
  KeyRange window = visible.window();
  return maximumOfKept(window, keysOf(window, w.sizes.keyTile), noMaximum());
}
//===--- The window -----------------------------------------------------===//

AttentionTiles::Sums AttentionTiles::sumWindow(Value before) {
  bool isSmall = w.sizes.keyTile < kWindowTile;
  int64_t count = isSmall ? kWindowTile : w.sizes.keyTile;
  KeyRange range = visible.window();
  return b.loop(range.first, range.end, count, startingFrom(before),
                [&](Value start, ValueRange before) {
                  return isSmall ? addHalves(range, start, before)
                                 : addWindowTiles(range, start, before);
                });
}

AttentionTiles::Sums AttentionTiles::sumWindowOfOneTile(Found found) {
  KeyRange range = visible.window();
  return addWindowTiles(range, range.first, startingFrom(noMaximum()), found);
}

AttentionTiles::Sums AttentionTiles::addHalves(const KeyRange &range,
                                               Value start, ValueRange before) {
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

AttentionTiles::Sums AttentionTiles::addWindowTiles(const KeyRange &range,
                                                    Value start,
                                                    ValueRange before,
                                                    Found found) {
  int64_t count = w.sizes.keyTile;
  KeyTile tile = visible.read(range, start, count);
  Value kept = keep(tile);
  Value all = logitsOfKept(tile, kept);
  SmallVector<Value> maxima = {before[Maximum]};
  for (int64_t at = 0; at < count; at += kWindowTile)
    maxima.push_back(
        maximumWith(maxima.back(), columnsOf(all, at, kWindowTile)));
  if (found)
    found(maxima.back());
  // Each key's.
  Shape shape = TileBuilder::shapeOf(all);
  Value column = b.broadcast(b.iota(count, b.getIndexType()), {1}, shape);
  Value ofKeys = b.alongRows(maxima.back(), shape);
  for (int64_t at = count - kWindowTile; at > 0; at -= kWindowTile) {
    Value isBefore = b.cmp(arith::CmpIPredicate::slt, column,
                           b.fillIndex({heads, count}, at));
    ofKeys = b.select(isBefore, b.alongRows(maxima[at / kWindowTile], shape),
                      ofKeys);
  }
  Value p = probabilities(all, ofKeys);
  Value rounded = b.toBf16(p);
  // Without tiles in front there is nothing yet to add to.
  bool isAll = w.sizes.meeting > 0 && op.getWindow() <= count;
  SmallVector<Value> sums(before);
  for (int64_t at = 0; at < count; at += kWindowTile) {
    Value maximum = maxima[at / kWindowTile + 1];
    if (keysAtATime() >= kWindowTile) {
      // The product goes on where the sum has got to.
      bool isFirst = at == 0 && isAll;
      if (!isFirst)
        sums = relativeTo(sums, maximum);
      SmallVector<Value> ofTile =
          sumKeys(p, rounded, kept, at, kWindowTile, maximum);
      sums = isFirst ? ofTile : addEqual(sums, ofTile);
      continue;
    }
    SmallVector<Value> half = sumKeys(p, rounded, kept, at, kKeys, maximum);
    sums = add(sums, addEqual(half, sumKeys(p, rounded, kept, at + kKeys, kKeys,
                                            maximum)));
  }
  return sums;
}
//===--- Entries --------------------------------------------------------===//

int64_t AttentionTiles::keysOf(const KeyRange &range, int64_t count) {
  std::optional<int64_t> most =
      range.ofWindow ? op.getWindow() : visible.mostEntries();
  if (!most)
    return count;
  return std::min<int64_t>(count, llvm::divideCeil(*most, kKeys) * kKeys);
}

AttentionTiles::Sums AttentionTiles::addEntries(Value logits, Value kept,
                                                ValueRange before,
                                                Value counts) {
  Shape shape = TileBuilder::shapeOf(logits);
  Value p = probabilities(logits, b.alongRows(before[Maximum], shape));
  if (counts)
    p = b.select(b.splat(counts, shape), p, b.fill(shape, 0.0));
  Value rounded = b.toBf16(p);
  SmallVector<Value> sums(before);
  for (int64_t at = 0; at < shape[1]; at += keysAtATime())
    sums = addEqual(sums, sumKeys(p, rounded, kept, at,
                                  std::min(keysAtATime(), shape[1] - at),
                                  before[Maximum]));
  return sums;
}

AttentionTiles::Sums AttentionTiles::sumEntries(const KeyRange &range,
                                                int64_t count,
                                                ValueRange init) {
  return forTiles(range, count, init,
                  [&](const KeyTile &tile, ValueRange before) {
                    Value kept = keep(tile);
                    return addEntries(logitsOfKept(tile, kept), kept, before);
                  });
}
