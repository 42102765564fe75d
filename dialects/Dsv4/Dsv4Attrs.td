//===- Dsv4Attrs.td - Attributes of the dsv4 dialect ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_ATTRS
#define DSV4C_DSV4_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "Dsv4/Dsv4Dialect.td"
include "Dsv4/Dsv4Enums.td"

def Dsv4_RopeKindAttr : EnumAttr<Dsv4_Dialect, Dsv4_RopeKind, "rope_kind">;
def Dsv4_TokenFieldAttr : EnumAttr<Dsv4_Dialect, Dsv4_TokenField, "token_field">;

#endif // DSV4C_DSV4_ATTRS
