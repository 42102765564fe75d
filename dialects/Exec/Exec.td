//===- Exec.td - The exec dialect: the step as a schedule -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC
#define DSV4C_EXEC

include "Exec/ExecDialect.td"
include "Exec/ExecAttrs.td"
include "Exec/ExecOps.td"

#endif // DSV4C_EXEC
