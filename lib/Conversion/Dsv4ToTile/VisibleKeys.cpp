//===- VisibleKeys.cpp - Keys that a token attends to ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "VisibleKeys.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

VisibleKeys::VisibleKeys(RowScope &scope, AttentionOp op)
    : scope(scope), w(scope.w), b(scope.b), op(op) {}

std::optional<int64_t> VisibleKeys::mostEntries() {
  if (!op.getSelection())
    return std::nullopt;
  return cast<RankedTensorType>(op.getSelection().getType()).getDimSize(1);
}

KeyRange VisibleKeys::window() {
  Value end = b.addIndex(scope.position(), 1);
  // The window counts the token itself (pitfall P28).
  Value first =
      b.maxIndex(b.subIndex(end, b.index(op.getWindow())), b.index(0));
  return {first, end, /*ofWindow=*/true};
}

KeyRange VisibleKeys::entries() {
  int64_t ratio = cast<CacheType>(op.getEntries().getType()).getRatio();
  Value end = b.divIndex(b.addIndex(scope.position(), 1), ratio);
  if (std::optional<int64_t> most = mostEntries())
    end = b.minIndex(end, b.index(*most));
  return {b.index(0), end, /*ofWindow=*/false};
}

KeyTile VisibleKeys::read(const KeyRange &range, Value start, int64_t count) {
  Value offsets = b.iota(count, b.getIndexType());
  auto less = [&](Value left, Value right) {
    return b.cmp(arith::CmpIPredicate::slt, left, b.splat(right, {count}));
  };
  auto read = [&](Value cache, Value rows, Value exists) -> KeyTile {
    CacheRows keys(w, cache);
    return {exists, keys.read(keys.locate(scope.slot(), rows, exists))};
  };
  Value numbers = b.addIndex(b.splat(start, {count}), offsets);
  Value inRange = less(numbers, range.end);
  if (range.ofWindow || !op.getSelection())
    return read(range.ofWindow ? op.getWindowKeys() : op.getEntries(), numbers,
                inRange);
  int64_t k = *mostEntries();
  Value selection = w.buffer(op.getSelection(), exec::Part::Whole,
                             {w.sizes.tokens * k}, b.getI32Type());
  Value ofToken = b.splat(b.mulIndex(scope.row, k), {count});
  Value ids = b.gather(
      selection,
      b.select(inRange, b.addIndex(ofToken, numbers), b.fillIndex({count}, -1)),
      {}, {count});
  Value entries = arith::IndexCastOp::create(
      b, RankedTensorType::get({count}, b.getIndexType()), ids);
  Value listed =
      b.cmp(arith::CmpIPredicate::sge, entries, b.fillIndex({count}, 0));
  return read(op.getEntries(), entries,
              arith::AndIOp::create(b, listed, inRange));
}
