//===- TileOps.td - Operations of the tile dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_OPS
#define DSV4C_TILE_OPS

include "mlir/IR/AttrTypeBase.td"
include "Tile/TileDialect.td"

#endif // DSV4C_TILE_OPS
