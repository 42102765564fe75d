//===- ExecDialect.cpp - Registration of the exec dialect
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace dsv4c::exec;

#include "Exec/ExecDialect.cpp.inc"
#include "Exec/ExecEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "Exec/ExecAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "Exec/ExecOps.cpp.inc"

void ExecDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Exec/ExecAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "Exec/ExecOps.cpp.inc"
      >();
}
