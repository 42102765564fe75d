//===- Parts.h - Parts of a launch ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A part is a connected group of ops of a launch. For each kind there is one
// file that says how many workgroups it needs and writes what workgroup `local`
// of them does.

#ifndef DSV4C_CONVERSION_DSV4TOTILE_PARTS_H
#define DSV4C_CONVERSION_DSV4TOTILE_PARTS_H

#include "KernelWriter.h"

#include <functional>

namespace dsv4c {

struct Part {
  int64_t workgroups;
  std::function<void(KernelWriter &, mlir::Value local)> write;
};

using Ops = llvm::ArrayRef<mlir::Operation *>;

/// True if another launch or the program's results read `value`.
bool isYielded(mlir::Value value);

/// Ops that work on a token's row each (RowPart.cpp).
mlir::FailureOr<Part> makeRowPart(Ops ops, const StepSizes &sizes);
/// A product and what works on tiles of its result (ProductPart.cpp).
mlir::FailureOr<Part> makeProductPart(Ops ops, const StepSizes &sizes);
/// Products with the weights of a token's experts (ExpertPart.cpp).
mlir::FailureOr<Part> makeExpertPart(Ops ops, const StepSizes &sizes);
/// Sparse attention (AttentionPart.cpp).
mlir::FailureOr<Part> makeAttentionPart(Ops ops, const StepSizes &sizes);
/// Scores of the indexer (IndexPart.cpp).
mlir::FailureOr<Part> makeIndexPart(Ops ops, const StepSizes &sizes,
                                    const PoolGeometry &pool);

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_PARTS_H
