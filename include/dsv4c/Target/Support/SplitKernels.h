//===- SplitKernels.h - Deal kernels out to modules -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_SUPPORT_SPLITKERNELS_H
#define DSV4C_TARGET_SUPPORT_SPLITKERNELS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"

namespace dsv4c {

/// Moves the llvm.funcs of `body` that have a body to at most `count` modules
/// of similar size, each with copies of the variables and declarations that its
/// functions name.
llvm::SmallVector<mlir::OwningOpRef<mlir::ModuleOp>>
splitKernels(mlir::Block &body, unsigned count);

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_SPLITKERNELS_H
