//===- ExecTypes.td - Types of the exec dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_TYPES
#define DSV4C_EXEC_TYPES

include "mlir/IR/AttrTypeBase.td"
include "Exec/ExecDialect.td"

#endif // DSV4C_EXEC_TYPES
