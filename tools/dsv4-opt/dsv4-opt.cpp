//===- dsv4-opt.cpp - Run passes of the compiler on MLIR text -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Exec/Transforms/Passes.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "dsv4c/Target/Host/HostObject.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<dsv4c::fp8::Fp8Dialect, dsv4c::dsv4::Dsv4Dialect,
                  dsv4c::tile::TileDialect, dsv4c::exec::ExecDialect>();
  mlir::registerAllPasses();
  dsv4c::dsv4::registerDsv4Passes();
  dsv4c::registerDsv4cConversionPasses();
  dsv4c::exec::registerExecPasses();
  dsv4c::fp8::registerFp8Passes();
  dsv4c::tile::registerTilePasses();
  dsv4c::host::registerHostPipeline();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "DeepSeek-V4 compiler driver\n", registry));
}
