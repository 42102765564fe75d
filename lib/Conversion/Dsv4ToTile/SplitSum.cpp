//===- SplitSum.cpp - A sum that several workgroups share -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SplitSum.h"
#include "WeightTiles.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

/// Shorter chunks would cost more to add up than they save.
static constexpr int64_t kMinChunk = 1024;

int64_t dsv4c::chunksOfSum(int64_t tiles, int64_t columns) {
  int64_t chunks = 1;
  while (tiles * chunks < kEnoughWorkgroups &&
         columns / (2 * chunks) >= kMinChunk &&
         columns % (2 * chunks * WeightTiles::kBlock) == 0)
    chunks *= 2;
  return chunks;
}

bool SplitSum::isSplit(int64_t tiles, int64_t workgroups,
                       const StepSizes &sizes, int64_t most) {
  return workgroups > 1 && sizes.tokens <= most &&
         tiles < 2 * kEnoughWorkgroups;
}

int64_t SplitSum::piecesOfTile(int64_t tiles, int64_t chunks, int64_t width,
                               int64_t panel) {
  int64_t pieces = 1;
  while (tiles * chunks * pieces < kEnoughWorkgroups &&
         width % (2 * pieces * panel) == 0)
    pieces *= 2;
  return pieces;
}

SplitSum::SplitSum(KernelWriter &w, Value local, int64_t tiles, Shares shares,
                   bool split)
    : w(w), b(w.b), tiles(tiles), shares(shares), tileNumber(local),
      guard(w.b) {
  if (!split)
    return;
  tileNumber = b.divIndex(local, shares.workgroups());
  place = b.remIndex(local, shares.workgroups());
  pieceNumber = b.index(0);
  if (shares.pieces > 1) {
    pieceNumber = b.remIndex(place, shares.pieces);
    place = b.divIndex(place, shares.pieces);
  }
  chunkNumber = place;
  blockNumber = place;
  if (shares.blocks == 1)
    return;
  chunkNumber = b.remIndex(place, shares.chunks);
  blockNumber = b.addIndex(b.mulIndex(chunkNumber, shares.blocks),
                           b.divIndex(place, shares.chunks));
}

int64_t SplitSum::reserve(Shape shape) {
  SmallVector<int64_t> whole(shape);
  whole.back() *= shares.pieces;
  SmallVector<int64_t> all = {tiles * blocks()};
  all.append(whole);
  scratch.push_back(w.scratch(all));
  shapes.push_back(whole);
  return static_cast<int64_t>(scratch.size()) - 1;
}

Value SplitSum::resultAt(Value number) {
  return b.addIndex(b.mulIndex(tileNumber, blocks()), number);
}

void SplitSum::put(int64_t i, Value tile) {
  Shape shape = TileBuilder::shapeOf(tile);
  SmallVector<Value> start(shape.size(), b.index(0));
  if (shares.pieces > 1)
    start.back() = b.mulIndex(pieceNumber, shape.back());
  start.insert(start.begin(), resultAt(place));
  b.store(tile, scratch[i], start);
}

void SplitSum::keep(ArrayRef<Value> partial) {
  for (Value tile : partial)
    put(reserve(TileBuilder::shapeOf(tile)), tile);
}

void SplitSum::meet() { tile::MeetOp::create(b, shares.workgroups()); }

void SplitSum::arrive(ArrayRef<Value> partial) {
  keep(partial);
  Value last = w.arrive(tileNumber, tiles, shares.workgroups());
  auto branch = scf::IfOp::create(b, last, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
}

/// Tile i of the tile's results from number `first` on: one, or `count` of them
/// as one tile.
Value SplitSum::loadFrom(Value first, int64_t i, int64_t count) {
  SmallVector<Value> start(shapes[i].size(), b.index(0));
  start.insert(start.begin(), resultAt(first));
  SmallVector<int64_t> shape(shapes[i]);
  if (count > 1)
    shape.insert(shape.begin(), count);
  return b.load(scratch[i], start, shape);
}

Value SplitSum::load(Value chunk, int64_t i) { return loadFrom(chunk, i, 1); }

Value SplitSum::load(Value chunk, int64_t i, Value first, int64_t columns) {
  SmallVector<Value> start(shapes[i].size(), b.index(0));
  start.back() = first;
  start.insert(start.begin(), resultAt(chunk));
  SmallVector<int64_t> shape(shapes[i]);
  shape.back() = columns;
  return b.load(scratch[i], start, shape);
}

/// Tile i of every chunk, summed over its blocks: [chunks, ...].
Value SplitSum::sumBlocks(int64_t i) {
  Value sum;
  for (int64_t block = 0; block < shares.blocks; ++block) {
    Value part = loadFrom(b.index(block * shares.chunks), i, shares.chunks);
    sum = b.add(sum ? sum : b.fill(TileBuilder::shapeOf(part), 0.0), part);
  }
  return sum;
}

static Value takeChunk(TileBuilder &b, Value tiles, int64_t chunk) {
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
    if (blocks() == 1) {
      sums.push_back(load(b.index(0), i));
      continue;
    }
    Value ofChunks =
        shares.blocks > 1 && shares.chunks > 1 ? sumBlocks(i) : Value();
    Value sum = b.fill(shapes[i], 0.0);
    for (int64_t at = 0; at < (ofChunks ? shares.chunks : blocks()); ++at)
      sum = b.add(sum,
                  ofChunks ? takeChunk(b, ofChunks, at) : load(b.index(at), i));
    sums.push_back(sum);
  }
  return sums;
}
