//===- ColumnTile.h - Ops behind a product, on tiles of its result -*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_DSV4TOTILE_COLUMNTILE_H
#define DSV4C_CONVERSION_DSV4TOTILE_COLUMNTILE_H

#include "Parts.h"

namespace dsv4c {

/// Columns [column, column + width) of rows [row, row + m) of a matrix of step
/// values, while the ops behind a product work on them.
struct ColumnTile {
  KernelWriter &w;
  bool outputRows;
  int64_t m;
  mlir::Value row;    // first row, index
  mlir::Value valid;  // rows that exist, index
  mlir::Value column; // first column, index
  /// Rows of the product per token.
  int64_t perToken = 1;
  /// If set, the rows [m] at which results are stored instead, -1 for none.
  mlir::Value scatterRows = {};

  /// Rows of a buffer that holds the step's values.
  int64_t bufferRows() const {
    return (outputRows ? w.sizes.outputRows : w.sizes.tokens) * perToken;
  }

  /// Stores `tile` [m, n] as columns of `value`, if the launch yields it.
  void storeIfYielded(mlir::Value value, mlir::Value tile) const;
  void storeIfYielded(mlir::Value value, exec::Part part, mlir::Value tile,
                      int64_t columns, mlir::Value column) const;

  /// Runs the ops of `chain` on `tile`, the f32 result of the product before
  /// rounding, and stores what the launch yields.
  void apply(mlir::Operation *product, Ops chain, mlir::Value tile) const;
  /// The same for the result `tile` of the first op of `chain`, already
  /// rounded.
  void applyTo(mlir::Value tile, Ops chain) const;
};

/// The panels [m, panel] side by side.
mlir::Value joinPanels(kernels::TileBuilder &b,
                       llvm::ArrayRef<mlir::Value> panels);

/// Chunks of the product's sum over K (SplitSum.h, ProductPart.cpp).
int64_t chunksOfProduct(mlir::Operation *product);

/// The panels of columns [column, column + width) of a product's rows, f32 [m,
/// panel] each, not rounded: over all of K, or over one chunk if that is not
/// null, of chunksOfProduct() or of `chunks` (ProductPart.cpp).
llvm::SmallVector<mlir::Value>
multiplyColumns(const ColumnTile &tile, mlir::Operation *product, int64_t width,
                mlir::Value chunk,
                std::optional<int64_t> chunks = std::nullopt);

/// The logits of one token in tiles of `width` columns, and the choice of its
/// experts (RouterPart.cpp).
Part makeRouterPart(dsv4::LinearOp product, dsv4::RouteOp op, int64_t width);

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_COLUMNTILE_H
