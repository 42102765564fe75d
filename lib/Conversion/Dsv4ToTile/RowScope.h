//===- RowScope.h - Tiles of one token in a workgroup -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_DSV4TOTILE_ROWSCOPE_H
#define DSV4C_CONVERSION_DSV4TOTILE_ROWSCOPE_H

#include "KernelWriter.h"
#include "dsv4c/Kernels/Fragments.h"

namespace dsv4c {

/// Columns of the score matrix of an indexer: visible entries of a sequence at
/// most, rounded up to whole tiles.
int64_t indexColumns(const PoolGeometry &pool, int64_t ratio);

class SplitSum;

class RowScope {
public:
  using Value = mlir::Value;

  RowScope(KernelWriter &w, Value row)
      : w(w), b(w.b), row(row), block(w.b.getInsertionBlock()) {}

  /// The tile of a value for this row: [rows per token, last dimension].
  Value get(Value value);
  void set(Value value, Value tile) { tiles[value] = tile; }
  void set(Value value, kernels::Quantized tile) { quantized[value] = tile; }

  /// Reads the row of a value that was computed by an earlier launch.
  Value loadRow(Value value, Value at, bool outputRow);
  /// A weight vector as f32 [N].
  Value vector(Value weight);
  /// Row of a rotary table: [1, 2P].
  Value ropeRow(Value table, Value position);

  Value slot();
  Value position();

  /// Writes every value that the launch yields to its buffer.
  void storeYielded();

  /// True for values with one row per wanted logits row instead of per token.
  static bool isOutputRow(Value value);
  /// Discardable attribute of the ops whose results are such values.
  static constexpr llvm::StringLiteral kOutputRows = "dsv4.output_rows";

  KernelWriter &w;
  kernels::TileBuilder &b;
  Value row;
  /// The sum that the workgroup shares with others, or null.
  SplitSum *sum = nullptr;

private:
  llvm::MapVector<Value, Value> tiles;
  llvm::MapVector<Value, kernels::Quantized> quantized;
  Value scalar(Value &cached, llvm::StringRef name);

  mlir::Block *block;
  Value cachedSlot, cachedPosition;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_ROWSCOPE_H
