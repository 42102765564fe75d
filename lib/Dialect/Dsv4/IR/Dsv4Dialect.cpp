//===- Dsv4Dialect.cpp - Registration of the dsv4 dialect
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace dsv4c::dsv4;

#include "Dsv4/Dsv4Dialect.cpp.inc"
#include "Dsv4/Dsv4Enums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "Dsv4/Dsv4Attrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "Dsv4/Dsv4Types.cpp.inc"
#define GET_OP_CLASSES
#include "Dsv4/Dsv4Ops.cpp.inc"

void Dsv4Dialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Dsv4/Dsv4Attrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "Dsv4/Dsv4Types.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "Dsv4/Dsv4Ops.cpp.inc"
      >();
}
