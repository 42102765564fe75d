//===- dsv4-opt.cpp - Run passes of the compiler on MLIR text -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dsv4c::registerDialects(registry);
  mlir::registerAllPasses();
  dsv4c::registerPassesAndPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "DeepSeek-V4 compiler driver\n", registry));
}
