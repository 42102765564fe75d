//===- ExecOps.td - Operations of the exec dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_OPS
#define DSV4C_EXEC_OPS

include "mlir/IR/AttrTypeBase.td"
include "Exec/ExecDialect.td"

#endif // DSV4C_EXEC_OPS
