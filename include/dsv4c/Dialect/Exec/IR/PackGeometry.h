//===- PackGeometry.h - Shapes of a pack program --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_EXEC_IR_PACKGEOMETRY_H
#define DSV4C_DIALECT_EXEC_IR_PACKGEOMETRY_H

#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "llvm/ADT/SmallVector.h"

namespace dsv4c::exec {

/// What a pack program moves: E experts of rows x columns each.
struct PackGeometry {
  int64_t experts = 1;
  int64_t rows = 1;
  int64_t columns = 1;
  /// Width of the K-major panels, 0 for row-major (see #fp8.layout). Rows are
  /// padded to whole panels.
  int64_t panel = 0;
  /// Bytes of a fragment inside the panels, 0 for none.
  int64_t fragment = 0;
  int64_t blockRows = 0;
  int64_t blockColumns = 0;
  bool recast = false;
  /// safetensors dtype and shape of each of `tensors` and `scale_tensors`.
  llvm::StringRef dtype;
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> scaleShape;
  /// Sizes of the buffers, in bytes.
  int64_t bytes = 0;
  int64_t scaleBytes = 0;
};

/// Computes the geometry from the op and the type that its buffer holds; fails
/// with a diagnostic where [pack_c2], [pack_c3] or [pack_c5] are violated.
llvm::FailureOr<PackGeometry> getPackGeometry(PackOp op, mlir::Type holds);

} // namespace dsv4c::exec

#endif // DSV4C_DIALECT_EXEC_IR_PACKGEOMETRY_H
