//===- SplitSum.h - A sum that several workgroups share ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A product with few columns has few tiles, too few to read its weight with
// the whole device. Its sum over K is defined as that of equal chunks, each
// summed from zero, added in order. With few tokens every chunk has a workgroup
// of its own, and the last of a tile's workgroups to arrive adds the chunks up
// and goes on; with many, one workgroup does them in turn. Both give the same
// bits.
//
// Where even chunks are too few, the blocks that a chunk adds up in order have
// a workgroup each, or workgroups have some of a tile's columns each.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_CONVERSION_DSV4TOTILE_SPLITSUM_H
#define DSV4C_CONVERSION_DSV4TOTILE_SPLITSUM_H

#include "KernelWriter.h"

namespace dsv4c {

/// Chunks of a sum over `columns` for a product that has `tiles` tiles of 64
/// columns when the step has one token. It depends on nothing else, so that the
/// order of a sum doesn't depend on the step.
int64_t chunksOfSum(int64_t tiles, int64_t columns);

/// Workgroups that keep a large device's memory busy.
inline constexpr int64_t kEnoughWorkgroups = 256;
/// Steps of more tokens have more tiles, and partial results as large as
/// weights. Products go by `StepSizes::splitTokens`.
inline constexpr int64_t kMaxSplitTokens = 16;

class SplitSum {
public:
  using Value = mlir::Value;

  /// Do tiles of a step have `workgroups` workgroups each, if steps of up to
  /// `most` tokens have?
  static bool isSplit(int64_t tiles, int64_t workgroups, const StepSizes &sizes,
                      int64_t most = kMaxSplitTokens);

  /// How workgroups share a tile.
  struct Shares {
    /// Chunks of the sum.
    int64_t chunks = 1;
    /// Blocks of a chunk, each the sum of zero and one product.
    int64_t blocks = 1;
    /// Equal ranges of columns.
    int64_t pieces = 1;

    int64_t workgroups() const { return chunks * blocks * pieces; }
  };

  /// Pieces of `width` columns in panels, which what follows the product needs
  /// all at once, so that `tiles` tiles keep a device busy.
  static int64_t piecesOfTile(int64_t tiles, int64_t chunks, int64_t width,
                              int64_t panel);

  /// For workgroup `local` of a part of `tiles` tiles, or tiles *
  /// shares.workgroups() if it is split.
  SplitSum(KernelWriter &w, Value local, int64_t tiles, Shares shares,
           bool split);
  SplitSum(const SplitSum &) = delete;
  SplitSum &operator=(const SplitSum &) = delete;

  /// Number of the tile.
  Value tile() const { return tileNumber; }
  /// Number of the chunk; null if the workgroup does all of them, also where
  /// there is one.
  Value chunk() const { return shares.chunks > 1 ? chunkNumber : Value(); }
  /// Number of the block, counted over all chunks, of which there are so many;
  /// null likewise.
  Value block() const { return blockNumber; }
  int64_t blocks() const { return shares.chunks * shares.blocks; }

  /// Number of the piece, of which there are so many; null and one likewise.
  Value piece() const { return pieceNumber; }
  int64_t pieces() const { return pieceNumber ? shares.pieces : 1; }

  /// The sums over all chunks, given those of this workgroup's, f32 tiles of
  /// one shape, which pieces make wider. In a split part, what is written from
  /// here to the end of this object's life runs in the last workgroup of the
  /// tile.
  llvm::SmallVector<Value> finish(llvm::ArrayRef<Value> partial);

  /// Where chunks combine in another way than by a sum: keeps the tiles
  /// `partial` of this workgroup's chunk, and has what follows run in the last
  /// workgroup, which finds tile i of every chunk by `load`.
  void arrive(llvm::ArrayRef<Value> partial);
  Value load(Value chunk, int64_t i);
  /// `columns` columns of it, from `first` on.
  Value load(Value chunk, int64_t i, Value first, int64_t columns);

  /// The parts of `arrive`: memory for one more tile of every chunk, the number
  /// of which is the result, and storing this workgroup's; both for some tiles;
  /// and, instead of arriving, waiting for each other (tile.meet).
  int64_t reserve(kernels::Shape shape);
  void put(int64_t i, Value tile);
  void keep(llvm::ArrayRef<Value> partial);
  void meet();
  /// Tile i of all chunks: [chunks, ...].
  Value loadAll(int64_t i) { return loadFrom(b.index(0), i, shares.chunks); }

private:
  /// Where in scratch space the tile's result of this number is.
  Value resultAt(Value number);
  Value loadFrom(Value first, int64_t i, int64_t count);
  Value sumBlocks(int64_t i);
  Value sliceChunk(Value tiles, int64_t chunk);

  KernelWriter &w;
  kernels::TileBuilder &b;
  int64_t tiles;
  Shares shares;
  Value tileNumber, chunkNumber, blockNumber, pieceNumber;
  /// Which of a tile's partial results this workgroup's is: the first blocks of
  /// all chunks, then the second ones, ...
  Value place;
  llvm::SmallVector<Value> scratch;
  llvm::SmallVector<llvm::SmallVector<int64_t>> shapes;
  mlir::OpBuilder::InsertionGuard guard;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_SPLITSUM_H
