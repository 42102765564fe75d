//===- Fp8Dialect.cpp - Registration of the fp8 dialect -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace dsv4c::fp8;

#include "Fp8/Fp8Dialect.cpp.inc"
#include "Fp8/Fp8Enums.cpp.inc"
#include "Fp8/Fp8Interfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "Fp8/Fp8Attrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "Fp8/Fp8Types.cpp.inc"
#define GET_OP_CLASSES
#include "Fp8/Fp8Ops.cpp.inc"

void Fp8Dialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Fp8/Fp8Attrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "Fp8/Fp8Types.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "Fp8/Fp8Ops.cpp.inc"
      >();
}

mlir::Operation *Fp8Dialect::materializeConstant(mlir::OpBuilder &builder,
                                                 mlir::Attribute value,
                                                 mlir::Type type,
                                                 mlir::Location loc) {
  return mlir::arith::ConstantOp::materialize(builder, value, type, loc);
}
