//===- Passes.h - Passes between dialects -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_PASSES_H
#define DSV4C_CONVERSION_PASSES_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

#endif // DSV4C_CONVERSION_PASSES_H
