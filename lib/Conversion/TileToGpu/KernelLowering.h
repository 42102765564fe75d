//===- KernelLowering.h - Lowering of one kernel to a GPU -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over a kernel's body. Scalars are SSA values that all threads
// compute. A tile is stored, in the threads' registers or in the memory that
// the workgroup shares, or exists only as the operation that defines it and is
// evaluated by whoever needs it, element by element where that one needs it
// (Emit.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_KERNELLOWERING_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_KERNELLOWERING_H

#include "Distribution.h"
#include "MatrixLoad.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"
#include <deque>
#include <map>
#include <vector>

namespace dsv4c::tile_to_gpu {

using mlir::ArrayRef;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::SmallVector;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

/// The elements that one vector of each thread stands for: a group of
/// registers of a distribution, moved by uniform values.
struct Access {
  SmallVector<Coordinates> offsets; // [element of the vector][dimension]
  SmallVector<Coordinates> strides; // [bit of the thread][dimension]
  SmallVector<Value, 4> base;       // [dimension], i32 or null

  int64_t width() const { return offsets.size(); }
  int64_t rank() const { return base.size(); }
  /// Largest and smallest value of a coordinate without its base.
  int64_t largest(int64_t dim) const;
  int64_t smallest(int64_t dim) const;
};

/// A tile in shared memory. Where its elements lie is decided when all accesses
/// are known; until then, placeholders stand for these.
struct SharedTile {
  Type storage;
  /// The shape that `memory` is laid out for, and the one accessed.
  SmallVector<int64_t, 4> shape, view;
  /// Exists before the layout only where others write to it, in order.
  Value memory;

  struct Use {
    mlir::Operation *placeholder;
    Access access;
    SmallVector<int64_t, 4> view;
    int64_t replicatedBits;
    /// All lanes of a warp take part.
    bool warpsAreWhole = false;
  };
  std::vector<Use> loads, stores;
};

/// Where a stored tile is.
struct Place {
  /// In registers: a vector per group of the distribution. Otherwise shared.
  Distribution distribution;
  SmallVector<Value> registers;
  SharedTile *shared = nullptr;
};

/// A reduction of which the elements are in neighbouring lanes, one in each.
struct LaneReduction {
  Distribution input, result;
  /// The bit of the lane's number that stands for 1, 2, 4, ... elements.
  SmallVector<int64_t> bits;
};

/// A reduction of elements where they are: registers of a thread, lanes of a
/// wave and waves hold what a partial result is made of, and whole ones.
struct HeldReduction {
  Distribution input, result;
  int64_t partials = 0;
  /// The bit of the thread that stands for 1, 2, 4, ... partial results; -1
  /// where the registers of a thread do.
  SmallVector<int64_t> bits;
};

class KernelLowering {
public:
  KernelLowering(tile::KernelOp kernel, const tile::TargetFacts &target)
      : kernel(kernel), target(target), builder(kernel.getContext()) {}

  /// Emits a gpu.func at the end of `module`.
  LogicalResult run(mlir::gpu::GPUModuleOp module);

private:
  // KernelLowering.cpp: the walk.
  LogicalResult lowerBlock(mlir::Block &block);
  LogicalResult lowerOp(mlir::Operation &op);
  LogicalResult lowerScalarOp(mlir::Operation &op);

  // LowerControlFlow.cpp
  LogicalResult lowerFor(mlir::scf::ForOp op);
  LogicalResult lowerIf(mlir::scf::IfOp op);
  LogicalResult lowerBranch(mlir::Region &from, mlir::Region &to,
                            ValueRange results,
                            ArrayRef<Distribution> distributions);

  // LowerMemory.cpp
  LogicalResult lowerStore(tile::StoreOp op);
  LogicalResult lowerScatter(tile::ScatterOp op);
  Value emitLoad(tile::LoadOp op, const Access &access);
  Value emitGather(tile::GatherOp op, const Access &access);
  /// The elements of `memref` at `access`, which is in its coordinates; zero
  /// where `exists`, a vector of i1 or of one for all elements, is false, or
  /// with `keepsRest` anything. Null stands for true. If that depends on the
  /// coordinate of `rowDim` alone, all addresses are of rows that exist.
  Value loadGlobal(Value memref, const Access &access, Value exists,
                   std::optional<int64_t> rowDim = std::nullopt,
                   bool isReadOnce = false, bool keepsRest = false);
  mlir::FailureOr<Access> inFragments(mlir::MemRefType type, int64_t fragment,
                                      const Access &access);
  void storeGlobal(Value memref, const Access &access, Value exists,
                   Value values);

  // Streaming.cpp
  /// Is the weight that `load` reads of use to no other workgroup, nor later?
  bool isReadOnce(tile::LoadOp load);
  bool computeIsReadOnce(tile::LoadOp load);

  // LowerShared.cpp
  void toShared(Value tile, Place &place);
  Value loadShared(SharedTile &tile, const Access &access, Type element);
  void storeShared(SharedTile &tile, const Place &registers);
  void storeShared(SharedTile &tile, const Access &access, Value values,
                   int64_t replicatedBits, Value owner);
  Place evaluateIntoShared(Value tile);
  Value allocateShared(int64_t elements, Type storage);
  SharedTile &makeSharedTile(RankedTensorType type);
  /// A tile whose memory anyone may write to, in order.
  SharedTile &makeSharedTileInOrder(RankedTensorType type);
  /// Behind everything else: the layouts, and what placeholders stand for.
  void placeSharedTiles();
  Value emitFlips(Value number, ArrayRef<int64_t> flips);
  Value emitBase(const SharedTile::Use &use, const SharedLayout &layout);
  Value emitCommon(const LinearAccess &access, Value base);
  Value emitPosition(const LinearAccess &access, Value common, int64_t i);
  void emitLoad(const SharedTile &tile, const SharedTile::Use &use,
                const SharedLayout &layout);
  std::optional<MatrixLoad> findMatrices(const SharedTile &tile,
                                         const SharedTile::Use &use);
  /// Whether `use` can be read as matrices in the layout, and has been.
  bool emitMatrixLoad(const SharedTile &tile, const SharedTile::Use &use,
                      const SharedLayout &layout);
  void emitStore(const SharedTile &tile, const SharedTile::Use &use,
                 const SharedLayout &layout);
  void beginSharedWrite();
  void endSharedWrite();
  /// A barrier, if tiles have been written that are not apart from readers yet.
  void separateWrites();
  void emitBarrier();

  // LowerArrive.cpp, LowerDot.cpp, LowerReduce.cpp, LowerScan.cpp, LowerTopK.cpp
  LogicalResult lowerArrive(tile::ArriveOp op);
  LogicalResult lowerMeet(tile::MeetOp op);
  LogicalResult lowerDeal(tile::DealOp op);
  LogicalResult lowerDot(tile::DotOp op);
  LogicalResult lowerReduce(tile::ReduceOp op);
  LogicalResult lowerCompact(tile::CompactOp op);
  LogicalResult lowerTopK(tile::TopKOp op);
  void combineWaves(SmallVector<Value> &results, int64_t waveBits,
                    tile::ReduceKind kind);
  Distribution dotDistribution(tile::DotOp op);
  bool holdsColumns(tile::DotOp op);
  // LowerWarpDot.cpp
  LogicalResult lowerWarpDot(tile::DotOp op);
  LogicalResult lowerScalarDot(tile::DotOp op);
  Distribution warpDotDistribution(tile::DotOp op);
  bool isStoredFactor(Value tile);
  Distribution reduceDistribution(tile::ReduceOp op);
  std::optional<LaneReduction> findLaneReduction(tile::ReduceOp op);
  std::optional<HeldReduction> findHeldReduction(tile::ReduceOp op);
  SmallVector<Value> reduceHeld(tile::ReduceOp op, const HeldReduction &held);
  Value combineLanes(Value vector, int64_t bit, tile::ReduceKind kind);
  Value combineFourLanes(Value vector, int64_t low, int64_t high,
                         tile::ReduceKind kind);
  /// What the lane holds in `scalar` whose number differs in `bit`.
  Value exchangeLanes(Value scalar, int64_t bit);
  /// Sum of `value`, an i32, over the threads in front; and over all.
  std::pair<Value, Value> exclusiveScan(Value value);

  // ReadAhead.cpp
  /// Moves loads that are to be copied to shared memory ahead, and notes them.
  void readAhead();
  bool collectMoved(mlir::Operation *op, mlir::Operation *front,
                    llvm::SetVector<mlir::Operation *> &moved);
  Distribution copiedDistribution(tile::LoadOp load);
  void copyAhead(Value tile, Place &place);
  void storeHeldAhead();

  // ChooseDistribution.cpp
  /// The distribution that `tile` naturally comes in, if it has one.
  std::optional<Distribution> natural(Value tile);
  Distribution chooseDistribution(Value tile);
  /// Must the lazily evaluable `op` be stored where it stands?
  bool needsStorage(mlir::Operation *op);
  bool overwritten(Value memref);
  bool isKept(mlir::Operation *op);
  bool addsToProduct(mlir::Operation *op);
  /// Instructions that evaluate an element of `tile`, as far as `limit`.
  int64_t costOfElement(Value tile, int64_t limit);

  // Emit.cpp
  /// vector<width x element>: the elements of `tile` at `access`. What lies
  /// outside of the tile is unspecified.
  Value emit(Value tile, const Access &access);
  Value emitUncached(Value tile, const Access &access);
  Value emitStored(Value tile, Place &place, const Access &access);
  Value emitInsertSlice(mlir::tensor::InsertSliceOp op, const Access &access);
  Value emitElementwise(mlir::Operation *op, const Access &access);
  Value emitFromElements(ValueRange elements, const Access &access, Type type);
  Value emitConstant(mlir::arith::ConstantOp op, const Access &access);
  std::optional<Access> splitCollapsed(mlir::tensor::CollapseShapeOp op,
                                       const Access &access);
  /// A coordinate of every element of the vector, vector<width x i32>.
  Value emitCoordinates(const Access &access, int64_t dim);
  /// Whether every element of the vector is in a tile of `shape`, null if all
  /// are.
  Value emitInBounds(const Access &access, ArrayRef<int64_t> shape);
  /// Evaluates a tile into registers.
  Place evaluate(Value tile, const Distribution &distribution);
  SmallVector<Access> groups(const Distribution &distribution);
  void setRegisters(Value tile, const Distribution &distribution,
                    SmallVector<Value> values);

  // Scalars and small helpers.
  Value getScalar(Value value) { return scalars.lookup(value); }
  Value i32(int64_t value);
  Value addI32(Value a, Value b);
  Value mulI32(Value a, int64_t factor);
  /// sum over bits of the thread: coefficients[bit].
  Value threadSum(ArrayRef<int64_t> coefficients);
  /// Whether this thread is the first of those that hold the same elements;
  /// null if there is just one.
  Value ownerPredicate(int64_t replicatedBits);
  Value splat(Value scalar, int64_t width);
  Value select(Value condition, Value a, Value b);
  Value zeroVector(Type element, int64_t width);
  int64_t threads() const { return numThreads; }
  int64_t threadBits() const;
  /// The bits of a thread's number that are its lane.
  int64_t laneBits() const;

  int64_t chooseThreads();

  tile::KernelOp kernel;
  const tile::TargetFacts &target;
  int64_t numThreads = target.workgroupSize;
  mlir::OpBuilder builder;
  mlir::gpu::GPUFuncOp function;
  mlir::IRMapping scalars;
  std::map<void *, Place> places;
  Value thread;
  std::map<std::vector<int64_t>, Value> threadSums, threadFlips;
  std::map<int64_t, Value> constants;
  /// Elements already emitted, per block that is being emitted into.
  using Emitted = std::map<std::vector<int64_t>, Value>;
  std::vector<Emitted> emitted;
  llvm::DenseMap<mlir::Operation *, bool> readOnce;
  llvm::DenseSet<mlir::Operation *> copiedAhead;
  /// Loaded, to be stored to shared memory in front of the next barrier.
  SmallVector<std::pair<SharedTile *, Place>> heldAhead;
  /// Loads are not to be moved into the branch that needs them.
  bool loadsStay = false;
  std::deque<SharedTile> sharedTiles;
  /// Shared memory may have been read since the last barrier.
  bool sharedRead = true;
  /// Written since the last barrier, which must not be read before another one.
  llvm::SmallPtrSet<const SharedTile *, 4> written;
  /// What is read from shared memory is read by all lanes of every warp.
  bool warpsAreWhole = false;
  LogicalResult status = mlir::success();
};

/// Is `type` a tensor?
inline bool isTile(Type type) { return mlir::isa<RankedTensorType>(type); }
/// Is `tile` of elements that were gathered and made bf16 for products, which
/// lie in shared memory?
bool hasGatheredFactor(Value tile);
/// Can `op` be evaluated where its result is needed?
bool isLazy(mlir::Operation *op);
/// The type of an element in a register: index is i32.
Type getRegisterType(Type element);
/// The type in which an element lies in memory.
Type getStorageType(Type element);
unsigned getBytes(Type element);
mlir::VectorType vectorOf(Type element, int64_t width);
/// Narrow floats as the integers that are stored for them, and i1 as i8.
Value toStorage(mlir::OpBuilder &builder, Value vector);
Value fromStorage(mlir::OpBuilder &builder, Value vector, Type element);
/// A number that `value`, an i32, is surely a multiple of; 0 for zero.
int64_t multipleOf(Value value);
/// The elements `indices` of a vector.
Value pick(mlir::OpBuilder &builder, Value vector, ArrayRef<int64_t> indices);

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_KERNELLOWERING_H
