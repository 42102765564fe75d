//===- dsv4c-planted.cpp - dsv4c compile with an error planted ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: dsv4c-planted <error> <arguments of dsv4c compile>
//
// Compiles only what op-by-op verification runs. The error "none" plants
// nothing.

#include "../../../tools/dsv4c/Commands.h"
#include "PlantedErrors.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dsv4c;

/// Every launch runs the kernel that is right for any weights, so that there is
/// one kernel each to plant errors in and to compile.
static void keepUnconditionalKernels(ModuleOp module) {
  llvm::SmallPtrSet<Operation *, 16> used;
  SymbolTable symbols(module);
  module.walk([&](exec::LaunchOp launch) {
    if (FlatSymbolRefAttr otherwise = launch.getOtherwiseAttr()) {
      launch.setKernelAttr(otherwise);
      launch.removeOtherwiseAttr();
      launch.removeConditionsAttr();
    }
    used.insert(symbols.lookup(launch.getKernel()));
  });
  for (auto kernel :
       llvm::make_early_inc_range(module.getOps<tile::KernelOp>()))
    if (!used.contains(kernel))
      kernel.erase();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  StringRef name = argc > 1 ? argv[1] : "";
  const test::PlantedError *error =
      llvm::find_if(test::plantedErrors(),
                    [&](const auto &each) { return each.name == name; });
  if (error == test::plantedErrors().end() && name != "none") {
    llvm::errs() << "dsv4c-planted: '" << name
                 << "' is not an error; expected none";
    for (const test::PlantedError &each : test::plantedErrors())
      llvm::errs() << ", " << each.name;
    llvm::errs() << '\n';
    return kBadUsage;
  }
  return runCompile(argc - 1, argv + 1,
                    [&](StringRef stage, ModuleOp module) -> LogicalResult {
                      if (stage == "import")
                        for (StringRef entry : {"step", "draft"})
                          module.lookupSymbol(entry)->erase();
                      if (stage == "tile")
                        keepUnconditionalKernels(module);
                      if (name == "none" || stage != error->stage)
                        return success();
                      int64_t count = error->plant(module);
                      if (!count)
                        return module.emitError("no place to plant '")
                               << name << "'";
                      llvm::errs() << "planted " << name << " in " << count
                                   << " places\n";
                      return success();
                    });
}
