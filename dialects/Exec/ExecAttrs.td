//===- ExecAttrs.td - Attributes of the exec dialect ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_ATTRS
#define DSV4C_EXEC_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "Exec/ExecDialect.td"
include "Exec/ExecEnums.td"

def Exec_SpaceAttr : EnumAttr<Exec_Dialect, Exec_Space, "space">;
def Exec_PartAttr : EnumAttr<Exec_Dialect, Exec_Part, "part">;
def Exec_PackKindAttr : EnumAttr<Exec_Dialect, Exec_PackKind, "pack_kind">;

def Exec_ConditionAttr : AttrDef<Exec_Dialect, "Condition"> {
  let mnemonic = "condition";
  let summary = "A fact about the weight in a buffer lies in [min, max]";
  let description = [{
    Facts are what pack programs return. A condition is evaluated once, when weights
    are loaded; see `exec.launch`.

    ```mlir
    #exec.condition<scale_spread of @w in 0 to 12>
    ```
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$buffer,
                        EnumParameter<Exec_Fact>:$fact,
                        "int64_t":$min, "int64_t":$max);
  let assemblyFormat = "`<` $fact `of` $buffer `in` $min `to` $max `>`";
}

#endif // DSV4C_EXEC_ATTRS
