//===- KernelLowering.h - Lowering of one kernel to loops -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over a kernel's body. Values are in one of three states: scalars are
// SSA values of the new function; stored tiles have a place in memory; all
// other tiles exist only as the operation that defines them and are evaluated
// chunk by chunk by whoever needs them (ChunkEmitter).
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOHOST_KERNELLOWERING_H
#define DSV4C_LIB_CONVERSION_TILETOHOST_KERNELLOWERING_H

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

namespace dsv4c::tile_to_host {

using mlir::ArrayRef;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::SmallVector;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

/// Where the elements of a tile lie: element i... is at
/// memref[offsets[0], ..., offsets[R-r-1], offsets[R-r] + i0, ...]. An empty
/// `offsets` stands for zeros. Elements of type i1 are stored as bytes.
struct Place {
  Value memref;
  SmallVector<Value> offsets;
  /// A stack buffer that holds this one tile and may be overwritten when the
  /// tile is dead.
  bool isOwned = false;
};

/// What the passes ask of the target.
struct Target {
  int64_t vectorWidth;
  /// Vector registers of the architecture.
  int64_t numRegisters() const { return vectorWidth >= 16 ? 32 : 16; }
};

class KernelLowering {
public:
  KernelLowering(tile::KernelOp kernel, Target target)
      : kernel(kernel), target(target), builder(kernel.getContext()) {}

  /// Emits the function in front of the kernel.
  LogicalResult run();

  int64_t getNumBuffers() const { return numBuffers; }
  int64_t getBufferBytes() const { return bufferBytes; }

private:
  friend class ChunkEmitter;

  // KernelLowering.cpp: the walk.
  LogicalResult lowerBlock(mlir::Block &block);
  LogicalResult lowerOp(mlir::Operation &op);
  LogicalResult lowerScalarOp(mlir::Operation &op);

  // LowerMemory.cpp
  LogicalResult lowerLoad(tile::LoadOp op);
  LogicalResult lowerStore(tile::StoreOp op);
  LogicalResult lowerGather(tile::GatherOp op);
  LogicalResult lowerScatter(tile::ScatterOp op);
  LogicalResult lowerArrive(tile::ArriveOp op);

  // LowerReduce.cpp, LowerDot.cpp, LowerTopK.cpp, LowerShape.cpp
  LogicalResult lowerReduce(tile::ReduceOp op);
  LogicalResult lowerDot(tile::DotOp op);
  LogicalResult lowerTopK(tile::TopKOp op);
  LogicalResult lowerCompact(tile::CompactOp op);
  LogicalResult lowerTranspose(tile::TransposeOp op);
  LogicalResult lowerInsertSlice(mlir::tensor::InsertSliceOp op);
  LogicalResult lowerFromElements(mlir::tensor::FromElementsOp op);
  LogicalResult lowerDenseConstant(mlir::arith::ConstantOp op);
  bool lowerReshapeAsAlias(mlir::Operation &op);

  // LowerControlFlow.cpp
  LogicalResult lowerFor(mlir::scf::ForOp op);
  LogicalResult lowerIf(mlir::scf::IfOp op);
  LogicalResult lowerIndexSwitch(mlir::scf::IndexSwitchOp op);
  void writeLoopResults(mlir::scf::YieldOp yield,
                        ArrayRef<mlir::BlockArgument> iterArgs);
  LogicalResult lowerBranch(mlir::Region &from, mlir::Region &to,
                            ValueRange results);

  // StorageAnalysis.cpp
  /// Must the lazily evaluable `op` be stored where it stands?
  bool needsBuffer(mlir::Operation *op);
  /// Can `load` be read where it is used, instead of being copied?
  bool canReadInPlace(tile::LoadOp load);
  /// Arithmetic operations per element until stored tiles are reached.
  int64_t getCost(Value tile);
  /// May the memory of `tile`, an operand of `user`, be overwritten by it?
  bool isDeadAfter(Value tile, mlir::Operation *user);

  // Memory of tiles.
  /// A stack buffer in the entry block.
  Value createBuffer(RankedTensorType type);
  Value createBuffer(ArrayRef<int64_t> shape, Type elementType);
  /// Evaluates `tile` into `place`.
  void writeTile(Value tile, const Place &place);
  /// Where `tile` is stored; evaluates it into a buffer if it is nowhere.
  Place getStored(Value tile);
  /// The part of its source's place that `op` takes, if it is one.
  std::optional<Place> getSlicePlace(mlir::tensor::ExtractSliceOp op);
  void setStored(Value tile, Place place) { places[tile] = std::move(place); }
  const Place *lookupPlace(Value tile) const {
    auto it = places.find(tile);
    return it == places.end() ? nullptr : &it->second;
  }

  // Scalars and small helpers.
  Value getScalar(Value value) { return scalars.lookup(value); }
  Value constantIndex(int64_t value);
  Value addIndex(Value a, Value b);
  Value mulIndex(Value a, int64_t factor);
  /// Loops from 0 to `bound`; no loop for a constant bound of 1.
  void forRange(Value bound, int64_t step,
                llvm::function_ref<void(Value)> body);
  void forRange(Value first, Value bound, int64_t step,
                llvm::function_ref<void(Value)> body);
  /// Loops over all index tuples of `shape`.
  void forEachIndex(ArrayRef<int64_t> shape,
                    llvm::function_ref<void(ArrayRef<Value>)> body);
  /// Loops over `shape` in chunks of `width` along the last dimension.
  void forEachChunk(ArrayRef<int64_t> shape, int64_t width,
                    llvm::function_ref<void(ArrayRef<Value>)> body);
  /// Widest chunk for evaluating `tile` along its last dimension.
  int64_t chooseWidth(Value tile);
  Value loadChunk(const Place &place, ArrayRef<Value> indices, int64_t width,
                  Type elementType);
  void storeChunk(Value chunk, const Place &place, ArrayRef<Value> indices);
  void copyRows(const Place &from, const Place &to, ArrayRef<int64_t> shape,
                Type elementType);

  tile::KernelOp kernel;
  Target target;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  mlir::IRMapping scalars;
  llvm::DenseMap<Value, Place> places;
  llvm::DenseMap<mlir::Operation *, int64_t> order;
  llvm::DenseMap<int64_t, Value> indexConstants;
  /// The block that each block of the kernel is being emitted into.
  llvm::DenseMap<mlir::Block *, mlir::Block *> emittedBlocks;
  int64_t numBuffers = 0;
  int64_t bufferBytes = 0;
};

/// Is `type` a tensor of rank 1 or more? (Rank 0 is treated as a scalar.)
bool isTile(Type type);
/// Can `op` be evaluated chunk by chunk where its result is needed?
bool isLazy(mlir::Operation *op);
/// The type in which an element of a stored tile lies in memory.
Type getStorageType(Type elementType);
/// `type`, or a vector of `width` of it if `width` is more than 1.
Type getChunkType(Type elementType, int64_t width);

/// A scalar or vector of narrow floats as the integers that are stored for it;
/// anything else unchanged. Shuffles work on these.
Value toStorage(mlir::OpBuilder &builder, Value chunk);
/// The inverse, for elements of type `elementType`.
Value fromStorage(mlir::OpBuilder &builder, Value chunk, Type elementType);

} // namespace dsv4c::tile_to_host

#endif // DSV4C_LIB_CONVERSION_TILETOHOST_KERNELLOWERING_H
