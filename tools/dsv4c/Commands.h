//===- Commands.h - Subcommands of dsv4c ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TOOLS_DSV4C_COMMANDS_H
#define DSV4C_TOOLS_DSV4C_COMMANDS_H

namespace dsv4c {

/// Exit codes of the command line tools.
enum ExitCode { kSuccess = 0, kFailure = 1, kBadUsage = 2 };

/// `argv[0]` is the name of the subcommand.
int runCompile(int argc, char **argv);
int runInspect(int argc, char **argv);

} // namespace dsv4c

#endif // DSV4C_TOOLS_DSV4C_COMMANDS_H
