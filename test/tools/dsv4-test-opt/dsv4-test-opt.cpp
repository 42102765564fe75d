//===- dsv4-test-opt.cpp - dsv4-opt plus ops that only tests need ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "../../lib/Fp8TestDialect.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<dsv4c::fp8::Fp8Dialect, dsv4c::test::Fp8TestDialect>();
  mlir::registerAllPasses();
  dsv4c::fp8::registerFp8Passes();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "DeepSeek-V4 compiler driver for tests\n", registry));
}
