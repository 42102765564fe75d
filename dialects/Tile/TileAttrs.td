//===- TileAttrs.td - Attributes of the tile dialect ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_ATTRS
#define DSV4C_TILE_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "Tile/TileDialect.td"
include "Tile/TileEnums.td"

def Tile_ReduceKindAttr
    : EnumAttr<Tile_Dialect, Tile_ReduceKind, "reduce_kind">;

#endif // DSV4C_TILE_ATTRS
