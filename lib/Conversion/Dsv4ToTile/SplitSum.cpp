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
                   bool split, int64_t blocks)
    : w(w), b(w.b), tiles(tiles), chunks(chunks), blocks(blocks),
      tileNumber(local), guard(w.b) {
  if (!split)
    return;
  tileNumber = b.divIndex(local, chunks * blocks);
  place = b.remIndex(local, chunks * blocks);
  chunkNumber = place;
  blockNumber = place;
  if (blocks == 1)
    return;
  chunkNumber = b.remIndex(place, chunks);
  blockNumber = b.addIndex(b.mulIndex(chunkNumber, blocks),
                           b.divIndex(place, chunks));
}

void SplitSum::arrive(ArrayRef<Value> partial) {
  int64_t workgroups = chunks * blocks;
  Value at = b.addIndex(b.mulIndex(tileNumber, workgroups), place);
  for (Value tile : partial) {
    SmallVector<int64_t> shape(TileBuilder::shapeOf(tile));
    SmallVector<int64_t> all = {tiles * workgroups};
    all.append(shape);
    Value buffer = w.scratch(all);
    SmallVector<Value> start(shape.size(), b.index(0));
    start.insert(start.begin(), at);
    b.store(tile, buffer, start);
    scratch.push_back(buffer);
    shapes.push_back(shape);
  }
  Value last = w.arrive(tileNumber, tiles, workgroups);
  auto branch = scf::IfOp::create(b, last, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
}

/// The sum of tile i over the blocks of each chunk: [chunks, ...].
Value SplitSum::sumBlocks(int64_t i) {
  SmallVector<int64_t> shape = {chunks};
  shape.append(shapes[i]);
  SmallVector<Value> start(shape.size(), b.index(0));
  Value sum = b.fill(shape, 0.0);
  for (int64_t block = 0; block < blocks; ++block) {
    start[0] = b.addIndex(b.mulIndex(tileNumber, chunks * blocks),
                          block * chunks);
    sum = b.add(sum, b.load(scratch[i], start, shape));
  }
  return sum;
}

Value SplitSum::load(Value chunk, int64_t i) {
  SmallVector<Value> start(shapes[i].size(), b.index(0));
  start.insert(start.begin(),
               b.addIndex(b.mulIndex(tileNumber, chunks), chunk));
  return b.load(scratch[i], start, shapes[i]);
}

Value SplitSum::sliceChunk(Value tiles, int64_t chunk) {
  Shape shape = TileBuilder::shapeOf(tiles);
  SmallVector<OpFoldResult> at(shape.size(), b.getIndexAttr(0));
  at[0] = b.getIndexAttr(chunk);
  SmallVector<int64_t> size(shape);
  size[0] = 1;
  return b.reshape(b.slice(tiles, at, size), shape.drop_front());
}

SmallVector<Value> SplitSum::finish(ArrayRef<Value> partial) {
  if (!chunkNumber)
    return SmallVector<Value>(partial);
  arrive(partial);
  SmallVector<Value> sums;
  for (size_t i = 0; i < partial.size(); ++i) {
    Value inChunks = blocks > 1 ? sumBlocks(i) : Value();
    Value sum = b.fill(shapes[i], 0.0);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      Value number = b.index(chunk);
      sum = b.add(sum, inChunks ? sliceChunk(inChunks, chunk) : load(number, i));
    }
    sums.push_back(sum);
  }
  return sums;
}
