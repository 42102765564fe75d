//===- Passes.h - Passes of the fp8 dialect -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_FP8_TRANSFORMS_PASSES_H
#define DSV4C_DIALECT_FP8_TRANSFORMS_PASSES_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace dsv4c::fp8 {

#define GEN_PASS_DECL
#include "Fp8/Fp8Passes.h.inc"

/// Adds the rewrites of fp8-expand-conversions, for use in other lowerings.
void populateExpandConversionsPatterns(mlir::RewritePatternSet &patterns);

#define GEN_PASS_REGISTRATION
#include "Fp8/Fp8Passes.h.inc"

} // namespace dsv4c::fp8

#endif // DSV4C_DIALECT_FP8_TRANSFORMS_PASSES_H
