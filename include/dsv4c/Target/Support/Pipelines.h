//===- Pipelines.h - What the pipelines of targets share --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_SUPPORT_PIPELINES_H
#define DSV4C_TARGET_SUPPORT_PIPELINES_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/Pass/PassManager.h"

namespace dsv4c {

/// On a gpu.module, before anything becomes an instruction: refuses bytes that
/// an instruction would read in the wrong FP8 dialect.
void addInstructionChecks(mlir::OpPassManager &modules,
                          const tile::TargetFacts &target);

/// On functions of vectors: what has no instruction becomes arithmetic. FP8
/// first, since its expansion may use math and bf16.
void addSoftwareArithmetic(mlir::OpPassManager &functions);

/// On functions: memory accesses and control flow without structure.
void addFlatControlFlow(mlir::OpPassManager &functions);

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_PIPELINES_H
