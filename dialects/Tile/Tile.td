//===- Tile.td - The tile dialect: kernels --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE
#define DSV4C_TILE

include "Tile/TileDialect.td"
include "Tile/TileAttrs.td"
include "Tile/TileTargetAttrs.td"
include "Tile/TileOps.td"

#endif // DSV4C_TILE
