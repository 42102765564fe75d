//===- Fp8TestDialect.h - Ops that only tests need ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_LIB_FP8TESTDIALECT_H
#define DSV4C_TEST_LIB_FP8TESTDIALECT_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/Dialect.h"

namespace dsv4c::test {

/// `test_fp8.weight`: any results, which count as bytes of a checkpoint.
class WeightOp
    : public mlir::Op<WeightOp, mlir::OpTrait::ZeroOperands,
                      mlir::OpTrait::VariadicResults,
                      mlir::OpTrait::ZeroRegions, mlir::OpTrait::ZeroSuccessors,
                      fp8::WeightSourceOpInterface::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WeightOp)
  using Op::Op;
  static llvm::StringRef getOperationName() { return "test_fp8.weight"; }
  static llvm::ArrayRef<llvm::StringRef> getAttributeNames() { return {}; }
};

class Fp8TestDialect : public mlir::Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Fp8TestDialect)
  explicit Fp8TestDialect(mlir::MLIRContext *context)
      : Dialect("test_fp8", context, mlir::TypeID::get<Fp8TestDialect>()) {
    addOperations<WeightOp>();
    allowUnknownOperations();
  }
  static llvm::StringRef getDialectNamespace() { return "test_fp8"; }
};

} // namespace dsv4c::test

#endif // DSV4C_TEST_LIB_FP8TESTDIALECT_H
