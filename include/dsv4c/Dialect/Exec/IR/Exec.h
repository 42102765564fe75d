//===- Exec.h - The exec dialect
//--------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_EXEC_IR_EXEC_H
#define DSV4C_DIALECT_EXEC_IR_EXEC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "Exec/ExecDialect.h.inc"
#include "Exec/ExecEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "Exec/ExecAttrs.h.inc"
#define GET_OP_CLASSES
#include "Exec/ExecOps.h.inc"

#endif // DSV4C_DIALECT_EXEC_IR_EXEC_H
