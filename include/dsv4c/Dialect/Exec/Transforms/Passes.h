//===- Passes.h - Passes of the exec dialect ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_EXEC_TRANSFORMS_PASSES_H
#define DSV4C_DIALECT_EXEC_TRANSFORMS_PASSES_H

#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c::exec {

#define GEN_PASS_DECL
#include "Exec/ExecPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "Exec/ExecPasses.h.inc"

} // namespace dsv4c::exec

#endif // DSV4C_DIALECT_EXEC_TRANSFORMS_PASSES_H
