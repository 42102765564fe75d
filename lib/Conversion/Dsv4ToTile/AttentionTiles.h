//===- AttentionTiles.h - Sums over tiles of keys ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keys pass in tiles; one is decoded once, for logits and for sums.
// Probabilities are rounded against a maximum: in the window that of its tiles
// of 64 so far, so that the rounding is the reference's; for entries, whose
// order in the reference depends on their scores, that of all keys.

#ifndef DSV4C_CONVERSION_DSV4TOTILE_ATTENTIONTILES_H
#define DSV4C_CONVERSION_DSV4TOTILE_ATTENTIONTILES_H

#include "VisibleKeys.h"

namespace dsv4c {

/// Attention of some heads of one token, over ranges of its keys.
class AttentionTiles {
public:
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  /// What is carried from tile to tile: the largest logit [heads], and relative
  /// to it the sum of the probabilities [heads] and that of the keys weighted
  /// by them [heads, width].
  using Sums = llvm::SmallVector<Value>;
  enum { Maximum, Total, Weighted };

  /// Keys of the window whose probabilities have one maximum.
  static constexpr int64_t kWindowTile = 64;
  /// Ranges of keys are so many times some.
  static constexpr int64_t kKeys = 32;

  /// Where the window ends within a tile, the reference fills it with entries.
  static bool endsWithTile(dsv4::AttentionOp op) {
    return op.getWindow() % kWindowTile == 0;
  }

  AttentionTiles(RowScope &scope, dsv4::AttentionOp op, Value firstHead,
                 int64_t heads);

protected:
  Value noMaximum();
  Sums startingFrom(Value maximum);
  /// Adds sums relative to a maximum that is no less than the one before.
  Sums add(ValueRange before, ValueRange sums);
  Sums relativeTo(ValueRange sums, Value maximum);
  /// Adds sums relative to the same maximum.
  Sums addEqual(ValueRange before, ValueRange sums);
  /// bf16, with the sink in the denominator.
  Value finish(ValueRange sums);

  /// The tile as bf16, which products read more than once. Another call makes
  /// another one.
  Value keep(const KeyTile &tile);
  /// Scaled logits [heads, N], minus infinity where there is no key.
  Value logitsOfKept(const KeyTile &tile, Value kept);
  Value maximumWith(Value before, Value logits);
  /// At most `count` keys, no more than `range` can have, and parts that are
  /// added up on their own.
  int64_t keysOf(const KeyRange &range, int64_t count);

  /// Of `range` and `before`; keys that nothing else needs.
  Value maximumOf(const KeyRange &range, Value before);
  /// The same by many heads, for which keys are decoded once.
  Value maximumOfKept(const KeyRange &range, int64_t count, Value before);
  Value maximumOfWindow();

  using Found = llvm::function_ref<void(Value maximum)>;
  /// Against the maximum of the tiles so far and `before`.
  Sums sumWindow(Value before);
  /// The same of a window that one tile of keys holds. `found` gets the maximum
  /// before anything is added up.
  Sums sumWindowOfOneTile(Found found);
  /// Tiles of `count` entries, added to sums relative to the maximum of all
  /// keys.
  Sums sumEntries(const KeyRange &range, int64_t count, ValueRange init);
  /// A tile of them; zeros where `counts`, if given, is false.
  Sums addEntries(Value logits, Value kept, ValueRange before,
                  Value counts = {});

  KernelWriter &w;
  kernels::TileBuilder &b;
  dsv4::AttentionOp op;
  VisibleKeys visible;
  int64_t heads;
  int64_t width;

private:
  using TileBody = llvm::function_ref<Sums(const KeyTile &, ValueRange before)>;

  /// Keys whose products are added up on their own: where workgroups meet,
  /// those of a tile.
  int64_t keysAtATime() const {
    return w.sizes.meeting > 0 ? w.sizes.keyTile : kKeys;
  }
  Value joinParts(Value head, Value tail);
  Value columnsOf(Value tile, int64_t first, int64_t count);
  /// Given the keys as f32.
  Value logits(const KeyTile &tile, Value keys);
  Value probabilities(Value logits, Value maxima);
  /// Sums of the keys [first, first + count) of a tile, given the probabilities
  /// of all.
  Sums sumKeys(Value p, Value rounded, Value kept, int64_t first, int64_t count,
               Value maximum);
  /// Runs `body` over tiles of `count` keys of `range`.
  Sums forTiles(const KeyRange &range, int64_t count, ValueRange init,
                TileBody body);
  /// A tile of 64 keys of which only half can be kept at a time.
  Sums addHalves(const KeyRange &range, Value start, ValueRange before);
  /// Some tiles of 64 keys, kept together.
  Sums addWindowTiles(const KeyRange &range, Value start, ValueRange before,
                      Found found = {});

  double scale;
  Value query; // [width, heads]
  Value sink;  // [heads]
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_ATTENTIONTILES_H
