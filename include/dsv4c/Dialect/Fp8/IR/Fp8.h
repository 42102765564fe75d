//===- Fp8.h - The fp8 dialect --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DIALECT_FP8_IR_FP8_H
#define DSV4C_DIALECT_FP8_IR_FP8_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "Fp8/Fp8Dialect.h.inc"
#include "Fp8/Fp8Enums.h.inc"

#include "Fp8/Fp8Interfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "Fp8/Fp8Attrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "Fp8/Fp8Types.h.inc"
#define GET_OP_CLASSES
#include "Fp8/Fp8Ops.h.inc"

#endif // DSV4C_DIALECT_FP8_IR_FP8_H
