//===- PlantedErrors.h - Wrong programs that verification must find -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_TOOLS_PLANTEDERRORS_H
#define DSV4C_TEST_TOOLS_PLANTEDERRORS_H

#include "mlir/IR/BuiltinOps.h"

namespace dsv4c::test {

/// An error that implementations of the model have made, as a change of the IR
/// after one stage of the compiler.
struct PlantedError {
  llvm::StringLiteral name;
  llvm::StringLiteral stage;
  /// Returns in how many places the error was planted.
  int64_t (*plant)(mlir::ModuleOp module);
};

llvm::ArrayRef<PlantedError> plantedErrors();

} // namespace dsv4c::test

#endif // DSV4C_TEST_TOOLS_PLANTEDERRORS_H
