//===- SplitSum.cpp - A sum that several workgroups share -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SplitSum.h"
#include "WeightTiles.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

/// Workgroups that keep a large device's memory busy.
static constexpr int64_t kEnoughWorkgroups = 256;
/// Shorter chunks would cost more to add up than they save.
static constexpr int64_t kMinChunk = 1024;
/// Steps of more tokens have more tiles, and partial results as large as
/// weights.
static constexpr int64_t kMaxSplitTokens = 16;

int64_t dsv4c::chunksOfSum(int64_t tiles, int64_t columns) {
  int64_t chunks = 1;
  while (tiles * chunks < kEnoughWorkgroups &&
         columns / (2 * chunks) >= kMinChunk &&
         columns % (2 * chunks * WeightTiles::kBlock) == 0)
    chunks *= 2;
  return chunks;
}

bool SplitSum::isSplit(int64_t tiles, int64_t chunks, const StepSizes &sizes) {
  return chunks > 1 && sizes.tokens <= kMaxSplitTokens &&
         tiles < 2 * kEnoughWorkgroups;
}

SplitSum::SplitSum(KernelWriter &w, Value local, int64_t tiles, int64_t chunks,
                   bool split)
    : w(w), b(w.b), tiles(tiles), chunks(chunks), tileNumber(local), guard(w.b) {
  if (!split)
    return;
  tileNumber = b.divIndex(local, chunks);
  chunkNumber = b.remIndex(local, chunks);
}

void SplitSum::arrive(ArrayRef<Value> partial) {
  Value at = b.addIndex(b.mulIndex(tileNumber, chunks), chunkNumber);
  for (Value tile : partial) {
    SmallVector<int64_t> shape(TileBuilder::shapeOf(tile));
    SmallVector<int64_t> all = {tiles * chunks};
    all.append(shape);
    Value buffer = w.scratch(all);
    SmallVector<Value> start(shape.size(), b.index(0));
    start.insert(start.begin(), at);
    b.store(tile, buffer, start);
    scratch.push_back(buffer);
    shapes.push_back(shape);
  }
  Value last = w.arrive(tileNumber, tiles, chunks);
  auto branch = scf::IfOp::create(b, last, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
}

Value SplitSum::load(Value chunk, int64_t i) {
  SmallVector<Value> start(shapes[i].size(), b.index(0));
  start.insert(start.begin(),
               b.addIndex(b.mulIndex(tileNumber, chunks), chunk));
  return b.load(scratch[i], start, shapes[i]);
}

SmallVector<Value> SplitSum::finish(ArrayRef<Value> partial) {
  if (!chunkNumber)
    return SmallVector<Value>(partial);
  arrive(partial);
  SmallVector<Value> sums;
  for (size_t i = 0; i < partial.size(); ++i) {
    Value sum = b.fill(shapes[i], 0.0);
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      sum = b.add(sum, load(b.index(chunk), i));
    sums.push_back(sum);
  }
  return sums;
}
