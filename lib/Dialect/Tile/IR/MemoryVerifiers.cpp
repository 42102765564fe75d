//===- MemoryVerifiers.cpp - Verifiers of loads, stores and the like ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace dsv4c::tile;

/// An error labelled [<mnemonic>_c<number>].
static InFlightDiagnostic emitConstraint(Operation *op, int number) {
  return op->emitOpError("[")
         << op->getName().stripDialect() << "_c" << number << "] ";
}

/// Checks that `sizes` from `indices` on fit into the trailing dimensions.
static LogicalResult verifyFits(Operation *op, int number, MemRefType memref,
                                ArrayRef<int64_t> sizes, ValueRange indices) {
  size_t leading = memref.getRank() - sizes.size();
  for (auto [i, size] : llvm::enumerate(sizes)) {
    int64_t dim = leading + i;
    if (memref.isDynamicDim(dim))
      continue;
    int64_t first =
        indices.empty()
            ? 0
            : getConstantIntValue(indices[indices.size() - sizes.size() + i])
                  .value_or(0);
    if (first < 0 || first + size > memref.getDimSize(dim))
      return emitConstraint(op, number)
             << "expects the tile inside of dimension " << dim << " of size "
             << memref.getDimSize(dim) << ", found elements " << first << " to "
             << first + size - 1;
  }
  return success();
}

/// Constraints 1 to 5 of loads and stores.
static LogicalResult verifyAccess(Operation *op, MemRefType memref,
                                  RankedTensorType tile, ValueRange indices,
                                  Value valid) {
  if (static_cast<int64_t>(indices.size()) != memref.getRank())
    return emitConstraint(op, 1)
           << "expects " << memref.getRank() << " indices for " << memref
           << ", found " << indices.size();
  if (memref.getElementType() != tile.getElementType())
    return emitConstraint(op, 2)
           << "expects tile elements of type " << memref.getElementType()
           << ", found " << tile.getElementType();
  if (tile.getRank() > memref.getRank())
    return emitConstraint(op, 3)
           << "expects a tile of rank at most " << memref.getRank()
           << ", found " << tile.getRank();
  if (failed(verifyFits(op, 4, memref, tile.getShape(), indices)))
    return failure();
  if (valid && tile.getRank() == 0)
    return emitConstraint(op, 5)
           << "'valid' counts rows, but the tile has rank 0";
  return success();
}

LogicalResult LoadOp::verify() {
  // [load_c6]
  if (getRestUnspecified() && !getValid())
    return emitConstraint(*this, 6)
           << "'rest_unspecified' is about rows from 'valid' on, which is not "
              "there";
  // [load_c1] [load_c2] [load_c3] [load_c4] [load_c5]
  return verifyAccess(*this, cast<MemRefType>(getSource().getType()),
                      getResult().getType(), getIndices(), getValid());
}

LogicalResult StoreOp::verify() {
  // [store_c1] [store_c2] [store_c3] [store_c4] [store_c5]
  return verifyAccess(*this, cast<MemRefType>(getDestination().getType()),
                      getValue().getType(), getIndices(), getValid());
}

/// Constraints 1 to 5 of gathers and scatters.
static LogicalResult verifyRows(Operation *op, MemRefType memref,
                                RankedTensorType tile, RankedTensorType rows,
                                ValueRange columns) {
  if (tile.getRank() != memref.getRank() || tile.getRank() == 0)
    return emitConstraint(op, 1)
           << "expects a tile of the memory's rank, at least 1, found " << tile
           << " and " << memref;
  if (rows.getDimSize(0) != tile.getDimSize(0))
    return emitConstraint(op, 2)
           << "expects one index for each of the " << tile.getDimSize(0)
           << " rows, found " << rows;
  if (static_cast<int64_t>(columns.size()) != memref.getRank() - 1)
    return emitConstraint(op, 3) << "expects " << memref.getRank() - 1
                                 << " column indices, found " << columns.size();
  if (memref.getElementType() != tile.getElementType())
    return emitConstraint(op, 4)
           << "expects tile elements of type " << memref.getElementType()
           << ", found " << tile.getElementType();
  return verifyFits(op, 5, memref, tile.getShape().drop_front(), columns);
}

LogicalResult GatherOp::verify() {
  // [gather_c1] [gather_c2] [gather_c3] [gather_c4] [gather_c5]
  return verifyRows(*this, cast<MemRefType>(getSource().getType()),
                    getResult().getType(), getRows().getType(), getColumns());
}

LogicalResult ScatterOp::verify() {
  // [scatter_c1] [scatter_c2] [scatter_c3] [scatter_c4] [scatter_c5]
  return verifyRows(*this, cast<MemRefType>(getDestination().getType()),
                    getValue().getType(), getRows().getType(), getColumns());
}

LogicalResult DealOp::verify() {
  // [deal_c1]
  if (getCount() < 1 || getTogether() < 1)
    return emitConstraint(*this, 1)
           << "expects at least one workgroup and one piece together, found "
           << getCount() << " and " << getTogether();
  return success();
}

LogicalResult ArriveOp::verify() {
  auto counters = cast<MemRefType>(getCounters().getType());
  // [arrive_c1]
  if (counters.getRank() != 1 || !counters.getElementType().isInteger(32))
    return emitConstraint(*this, 1)
           << "expects counters of i32 in one dimension, found " << counters;
  int64_t of = getOf();
  int64_t workgroups = of;
  if (auto kernel = (*this)->getParentOfType<KernelOp>())
    workgroups = kernel.getWorkgroups();
  // [arrive_c2]
  if (of < 2 || of > workgroups)
    return emitConstraint(*this, 2)
           << "expects at least two workgroups and no more than the kernel's "
           << workgroups << ", found " << of;
  return success();
}

LogicalResult MeetOp::verify() {
  int64_t of = getOf();
  // [meet_c1]
  if (of < 2)
    return emitConstraint(*this, 1)
           << "expects at least two workgroups, found " << of;
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (!kernel)
    return success();
  // [meet_c2]
  if (kernel.getWorkgroups() % of)
    return emitConstraint(*this, 2)
           << "expects a multiple of " << of
           << " workgroups, found the kernel's " << kernel.getWorkgroups();
  // [meet_c3]
  MeetOp other;
  kernel.walk([&](MeetOp op) {
    if (op.getOf() != static_cast<uint64_t>(of))
      other = op;
  });
  if (other)
    return emitConstraint(*this, 3)
           << "expects groups of one size in a kernel, found " << of << " and "
           << other.getOf();
  return success();
}

LogicalResult TopKOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  // [top_k_c1]
  if (source.getRank() != 2 || !source.getLayout().isIdentity())
    return emitConstraint(*this, 1)
           << "expects a matrix with identity layout, found " << source;
  // [top_k_c2]
  if (!source.getElementType().isF32() && !source.getElementType().isBF16())
    return emitConstraint(*this, 2)
           << "expects elements of type bf16 or f32, found "
           << source.getElementType();
  // [top_k_c3]
  if (!getResult().getType().hasStaticShape())
    return emitConstraint(*this, 3) << "expects a static k";
  return success();
}
