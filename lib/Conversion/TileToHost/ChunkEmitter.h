//===- ChunkEmitter.h - Evaluate part of a tile where it is used -*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_CONVERSION_TILETOHOST_CHUNKEMITTER_H
#define DSV4C_LIB_CONVERSION_TILETOHOST_CHUNKEMITTER_H

#include "KernelLowering.h"
#include <map>

namespace dsv4c::tile_to_host {

/// Evaluates chunks of tiles at the builder's insertion point. One emitter
/// serves one straight-line piece of code: it remembers what it has evaluated,
/// so that a tile used twice in an expression is evaluated once.
class ChunkEmitter {
public:
  explicit ChunkEmitter(KernelLowering &lowering)
      : lowering(lowering), builder(lowering.builder) {}

  /// Elements tile[indices[0], ..., indices[r-1] + 0 .. width-1] as a vector,
  /// or as a scalar if `width` is 1. Chunks wider than getMaxWidth are
  /// assembled from narrower ones.
  Value emit(Value tile, ArrayRef<Value> indices, int64_t width);

  /// Largest power of two such that an aligned chunk of so many elements is
  /// consecutive in everything it is computed from; 2^30 if there is no limit.
  static int64_t getMaxWidth(KernelLowering &lowering, Value tile);

private:
  Value emitUncached(Value tile, ArrayRef<Value> indices, int64_t width);
  Value emitAssembled(Value tile, ArrayRef<Value> indices, int64_t width,
                      int64_t part);
  Value emitElementwise(mlir::Operation *op, ArrayRef<Value> indices,
                        int64_t width);
  Value emitBroadcast(tile::BroadcastOp op, ArrayRef<Value> indices,
                      int64_t width);
  Value emitSlice(mlir::tensor::ExtractSliceOp op, ArrayRef<Value> indices,
                  int64_t width);
  Value emitReshape(mlir::Operation *op, ArrayRef<Value> indices,
                    int64_t width);
  Value emitIota(tile::IotaOp op, ArrayRef<Value> indices, int64_t width);
  Value emitConstant(mlir::arith::ConstantOp op, int64_t width);
  Value splat(Value scalar, int64_t width);

  // Index arithmetic without duplicates.
  Value indexOp(char kind, Value a, int64_t b);
  Value indexAdd(Value a, Value b);

  using Key = std::tuple<void *, std::vector<void *>, int64_t>;
  KernelLowering &lowering;
  mlir::OpBuilder &builder;
  std::map<Key, Value> cache;
  std::map<std::tuple<char, void *, int64_t>, Value> indexCache;
};

} // namespace dsv4c::tile_to_host

#endif // DSV4C_LIB_CONVERSION_TILETOHOST_CHUNKEMITTER_H
