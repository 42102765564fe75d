//===- KernelParameter.h - What a kernel takes a parameter for ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_EXEC_IR_KERNELPARAMETER_H
#define DSV4C_DIALECT_EXEC_IR_KERNELPARAMETER_H

#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"

namespace dsv4c::exec {

/// Argument attributes of a tile.kernel: the type of the graph value, the part
/// of it that the buffer holds, and whether the kernel writes the buffer.
inline constexpr char kHoldsAttrName[] = "exec.holds";
inline constexpr char kPartAttrName[] = "exec.part";
inline constexpr char kWritesAttrName[] = "exec.writes";

struct KernelParameter {
  mlir::MemRefType type;
  mlir::Type holds;
  Part part = Part::Whole;
  bool writes = false;

  /// Least size of a buffer bound to it; 0 if the leading dimension is dynamic.
  int64_t getLeastBytes() const;
};

/// Parameters of a kernel are its arguments without the workgroup index.
unsigned getNumParameters(tile::KernelOp kernel);

/// Parameter `index`, failure without a diagnostic if it is no memref or lacks
/// exec.holds or exec.part.
llvm::FailureOr<KernelParameter> getParameter(tile::KernelOp kernel,
                                              unsigned index);

} // namespace dsv4c::exec

#endif // DSV4C_DIALECT_EXEC_IR_KERNELPARAMETER_H
