//===- Passes.h - Passes on kernels -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_TILE_TRANSFORMS_PASSES_H
#define DSV4C_DIALECT_TILE_TRANSFORMS_PASSES_H

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c::tile {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Tile/TilePasses.h.inc"

} // namespace dsv4c::tile

#endif // DSV4C_DIALECT_TILE_TRANSFORMS_PASSES_H
