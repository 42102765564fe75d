//===- Cli.h - The command line of dsv4-run -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_CLI_H
#define DSV4RUN_CLI_CLI_H

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace dsv4run {

/// Results go to `out`, everything else to `err`.
struct CliStreams {
  std::istream &in;
  std::ostream &out;
  std::ostream &err;
  /// Whether `err` is a terminal on which progress can be shown.
  bool progress = false;
  /// Whether `out` is a terminal that shows colours, and the user wants them.
  bool color = false;
  /// The file behind `in` if it is a terminal, or -1.
  int terminal = -1;
};

/// Runs the subcommand that the first argument names, or `generate` if it names
/// none, and returns the process's exit code: 0 success, 1 failed run, 2 bad
/// usage.
int RunCli(absl::Span<const std::string> arguments, CliStreams &streams);

} // namespace dsv4run

#endif // DSV4RUN_CLI_CLI_H
