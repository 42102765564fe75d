//===- ExecEnums.td - Enumerations of the exec dialect --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_ENUMS
#define DSV4C_EXEC_ENUMS

include "mlir/IR/EnumAttr.td"

class Exec_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::dsv4c::exec";
  let genSpecializedAttr = 0;
}

def Exec_Space : Exec_Enum<"Space", "Where a buffer lives", [
    I32EnumAttrCase<"Arena", 0, "arena">,
    I32EnumAttrCase<"Weights", 1, "weights">,
    I32EnumAttrCase<"State", 2, "state">,
    I32EnumAttrCase<"Input", 3, "input">,
    I32EnumAttrCase<"Output", 4, "output">
  ]>;

def Exec_Part : Exec_Enum<"Part", "Part of a graph value that a buffer holds", [
    I32EnumAttrCase<"Whole", 0, "whole">,
    I32EnumAttrCase<"Codes", 1, "codes">,
    I32EnumAttrCase<"Scales", 2, "scales">,
    I32EnumAttrCase<"Tail", 3, "tail">,
    I32EnumAttrCase<"U", 4, "u">,
    I32EnumAttrCase<"S", 5, "s">
  ]>;

def Exec_Fact : Exec_Enum<"Fact", "What a pack program finds out about a weight", [
    I32EnumAttrCase<"ScaleMin", 0, "scale_min">,
    I32EnumAttrCase<"ScaleMax", 1, "scale_max">,
    I32EnumAttrCase<"ScaleSpread", 2, "scale_spread">,
    I32EnumAttrCase<"NegativeZeros", 3, "negative_zeros">,
    I32EnumAttrCase<"LocalSpread", 4, "local_spread">
  ]>;

def Exec_PackKind : Exec_Enum<"PackKind", "Kind of a pack program", [
    I32EnumAttrCase<"Tensor", 0, "tensor">,
    I32EnumAttrCase<"Scaled", 1, "scaled">,
    I32EnumAttrCase<"IdTable", 2, "id_table">,
    I32EnumAttrCase<"RopeTable", 3, "rope_table">
  ]>;

#endif // DSV4C_EXEC_ENUMS
