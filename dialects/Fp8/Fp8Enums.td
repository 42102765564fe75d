//===- Fp8Enums.td - Enumerations of the fp8 dialect ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_ENUMS
#define DSV4C_FP8_ENUMS

include "mlir/IR/EnumAttr.td"

def Fp8_LayoutKind : I32EnumAttr<"LayoutKind", "Order of a tensor's bytes", [
    I32EnumAttrCase<"RowMajor", 0, "row_major">,
    I32EnumAttrCase<"Panel", 1, "panel">
  ]> {
  let cppNamespace = "::dsv4c::fp8";
  let genSpecializedAttr = 0;
}

#endif // DSV4C_FP8_ENUMS
