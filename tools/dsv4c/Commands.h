//===- Commands.h - Subcommands of dsv4c ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TOOLS_DSV4C_COMMANDS_H
#define DSV4C_TOOLS_DSV4C_COMMANDS_H

#include "mlir/IR/BuiltinOps.h"
#include <functional>

namespace dsv4c {

/// Exit codes of the command line tools.
enum ExitCode { kSuccess = 0, kFailure = 1, kBadUsage = 2 };

/// Sees the module after the stages "import", "graph", "tile" and "exec", and
/// may change it. Tests plant errors this way, to show that verification finds
/// them.
using StageHook =
    std::function<mlir::LogicalResult(llvm::StringRef stage, mlir::ModuleOp)>;

/// `argv[0]` is the name of the subcommand.
int runCompile(int argc, char **argv, StageHook afterStage = {});
int runInspect(int argc, char **argv);
int runKernels(int argc, char **argv);
int runReport(int argc, char **argv);

} // namespace dsv4c

#endif // DSV4C_TOOLS_DSV4C_COMMANDS_H
