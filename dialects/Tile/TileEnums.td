//===- TileEnums.td - Enumerations of the tile dialect --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_ENUMS
#define DSV4C_TILE_ENUMS

include "mlir/IR/EnumAttr.td"

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "Combining function of a reduction", [
    I32EnumAttrCase<"Add", 0, "add">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">
  ]> {
  let cppNamespace = "::dsv4c::tile";
  let genSpecializedAttr = 0;
}

#endif // DSV4C_TILE_ENUMS
