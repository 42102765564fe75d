//===- Dsv4.h - The dsv4 dialect
//--------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_DSV4_IR_DSV4_H
#define DSV4C_DIALECT_DSV4_IR_DSV4_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "Dsv4/Dsv4Dialect.h.inc"
#include "Dsv4/Dsv4Enums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "Dsv4/Dsv4Attrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "Dsv4/Dsv4Types.h.inc"
#define GET_OP_CLASSES
#include "Dsv4/Dsv4Ops.h.inc"

#endif // DSV4C_DIALECT_DSV4_IR_DSV4_H
