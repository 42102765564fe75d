//===- Fp8Enums.td - Enumerations of the fp8 dialect ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_ENUMS
#define DSV4C_FP8_ENUMS

include "mlir/IR/EnumAttr.td"

class Fp8_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::dsv4c::fp8";
  let genSpecializedAttr = 0;
}

def Fp8_LayoutKind : Fp8_Enum<"LayoutKind", "Order of a tensor's bytes", [
    I32EnumAttrCase<"RowMajor", 0, "row_major">,
    I32EnumAttrCase<"Panel", 1, "panel">
  ]>;

def Fp8_Encoding : Fp8_Enum<"Encoding", "Split of a code into fields", [
    I32EnumAttrCase<"E4M3", 0, "e4m3">,
    I32EnumAttrCase<"E5M2", 1, "e5m2">,
    I32EnumAttrCase<"E2M1", 2, "e2m1">,
    I32EnumAttrCase<"E8M0", 3, "e8m0">
  ]>;

def Fp8_FloatDialect : Fp8_Enum<"FloatDialect",
    "Who defined the exponent bias and the special codes", [
    I32EnumAttrCase<"Ocp", 0, "ocp">,
    I32EnumAttrCase<"Fnuz", 1, "fnuz">
  ]>;

def Fp8_Nibble : Fp8_Enum<"Nibble", "Half of a byte that holds an e2m1 code", [
    I32EnumAttrCase<"Low", 0, "low">,
    I32EnumAttrCase<"High", 1, "high">
  ]>;

#endif // DSV4C_FP8_ENUMS
