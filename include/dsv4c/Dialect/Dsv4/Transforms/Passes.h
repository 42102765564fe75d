//===- Passes.h - Passes on the model's graph -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_DSV4_TRANSFORMS_PASSES_H
#define DSV4C_DIALECT_DSV4_TRANSFORMS_PASSES_H

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

#endif // DSV4C_DIALECT_DSV4_TRANSFORMS_PASSES_H
