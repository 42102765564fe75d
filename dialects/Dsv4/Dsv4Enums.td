//===- Dsv4Enums.td - Enumerations of the dsv4 dialect --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_ENUMS
#define DSV4C_DSV4_ENUMS

include "mlir/IR/EnumAttr.td"

def Dsv4_CacheKind : I32EnumAttr<"CacheKind", "What the rows of a cache are", [
    I32EnumAttrCase<"Window", 0, "window">,
    I32EnumAttrCase<"Entries", 1, "entries">,
    I32EnumAttrCase<"Index", 2, "index">
  ]> {
  let cppNamespace = "::dsv4c::dsv4";
  let genSpecializedAttr = 0;
}

def Dsv4_RopeKind : I32EnumAttr<"RopeKind", "Frequency table of a rotary embedding", [
    I32EnumAttrCase<"Plain", 0, "plain">,
    I32EnumAttrCase<"Compressed", 1, "compressed">
  ]> {
  let cppNamespace = "::dsv4c::dsv4";
  let genSpecializedAttr = 0;
}

def Dsv4_TokenField : I32EnumAttr<"TokenField", "Which ids of a step's tokens", [
    I32EnumAttrCase<"Ids", 0, "ids">,
    I32EnumAttrCase<"NextIds", 1, "next_ids">
  ]> {
  let cppNamespace = "::dsv4c::dsv4";
  let genSpecializedAttr = 0;
}

#endif // DSV4C_DSV4_ENUMS
