//===- ExecAttrs.td - Attributes of the exec dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_ATTRS
#define DSV4C_EXEC_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "Exec/ExecDialect.td"

#endif // DSV4C_EXEC_ATTRS
