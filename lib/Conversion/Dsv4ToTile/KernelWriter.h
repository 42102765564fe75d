//===- KernelWriter.h - A kernel while its parts are written ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Collects the buffers that the parts of a launch ask for and turns them into
// the parameters of one tile.kernel.

#ifndef DSV4C_CONVERSION_DSV4TOTILE_KERNELWRITER_H
#define DSV4C_CONVERSION_DSV4TOTILE_KERNELWRITER_H

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Kernels/TileBuilder.h"

namespace dsv4c {

/// Sizes of the paged pool (attribute `exec.pool` of the module).
struct PoolGeometry {
  int64_t maxBatch;
  int64_t maxContext;
  int64_t page;
  int64_t windowPages;
  int64_t windowPagesPerSequence;
  int64_t entryPages;
  int64_t entryPagesPerSequence;
};

/// Sizes of one program and of its tiles.
struct StepSizes {
  int64_t tokens;
  int64_t outputRows;
  /// Rows of a product that a workgroup computes at most: enough to decode a
  /// weight once for many tokens, few enough for the accumulators to stay close.
  int64_t tileRows;
  /// Where scales of e2m1 weights go if they can.
  tile::ScaleFolding scaleFolding;
  /// Tokens up to which workgroups share the sum of a product with few tiles.
  int64_t splitTokens;
  /// Keys that a workgroup of attention holds at a time.
  int64_t keyTile;
  /// Neighbouring workgroups that may meet; 0 for none.
  int64_t meeting;
};

/// The value whose memory `value` lies in: looks through views, launches and
/// ops that update state in place.
mlir::Value storageOf(mlir::Value value);

/// Type of every input of the step: its length depends on the bucket.
mlir::Type inputType(mlir::MLIRContext *context);

/// Type of what memory that one launch uses holds.
mlir::Type scratchType(mlir::MLIRContext *context);

/// Type of the value that a buffer of `storage` holds: ids are packed to i32.
mlir::Type heldType(mlir::Value storage);

/// Rows before the last dimension that a token's row of `type` has: 1 for [T,
/// D], n for [T, n, D].
int64_t rowsPerToken(mlir::Type type);

class KernelWriter {
public:
  using Value = mlir::Value;

  /// A parameter of the kernel: part of a value of the graph, an input of the
  /// step by name, or memory that only this launch uses, by number.
  struct Parameter {
    Value value;
    llvm::StringRef input;
    exec::Part part;
    bool writes;
    int64_t scratch = -1;
  };

  KernelWriter(mlir::ModuleOp module, llvm::StringRef name, mlir::Location loc,
               const PoolGeometry &pool, const StepSizes &sizes,
               tile::ScaleFolding scaleFolding);

  /// The buffer of a part of `value`, seen as `shape` x `element`.
  Value buffer(Value value, exec::Part part, kernels::Shape shape,
               mlir::Type element, bool writes = false);
  /// An input of the step (StepAbi.h), all of i32.
  Value input(llvm::StringRef name, kernels::Shape shape, bool writes = false);
  /// Memory of the launch, f32: another one at each call.
  Value scratch(kernels::Shape shape);
  /// Whether this workgroup is the last of `of` to arrive at counter `index` of
  /// `counters` that only this call uses.
  Value arrive(Value index, int64_t counters, int64_t of);
  /// Counters asked for so far.
  int64_t counters() const { return nextCounter; }

  /// Number of tokens of the step (or of output rows), read from the device.
  Value rowCount(bool outputRows);
  /// Element `row` of a per-token input, as an index.
  Value tokenField(llvm::StringRef name, Value row);

  /// Sets the number of workgroups and closes the kernel.
  tile::KernelOp finish(int64_t workgroups);

  /// Index of the workgroup within the launch.
  Value workgroup() { return kernel.getBody().getArgument(0); }

  kernels::TileBuilder b;
  const PoolGeometry &pool;
  const StepSizes &sizes;
  /// Where scales of e2m1 weights go in this kernel: `sizes.scaleFolding` if
  /// they can.
  const tile::ScaleFolding scaleFolding;
  llvm::SmallVector<Parameter> parameters;

private:
  Value parameter(const Parameter &parameter, mlir::MemRefType type,
                  mlir::Type holds);

  tile::KernelOp kernel;
  llvm::SmallVector<mlir::Attribute> attributes;
  int64_t nextScratch = 0;
  int64_t nextCounter = 0;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_KERNELWRITER_H
