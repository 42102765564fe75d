//===- Cli.h - The command line of dsv4-run -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_CLI_H
#define DSV4RUN_CLI_CLI_H

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace dsv4run {

/// Results go to `out`, everything else to `err`.
struct CliStreams {
  std::istream &in;
  std::ostream &out;
  std::ostream &err;
  /// Whether `err` is a terminal on which progress can be shown.
  bool progress = false;
};

/// A subcommand: `arguments` without its own name. Returns the exit code, or an
/// error that is printed and makes the code 1, or 2 for usage errors.
using CommandFunction = absl::StatusOr<int> (*)(
    absl::Span<const std::string> arguments, CliStreams &streams);

absl::StatusOr<int> GenerateCommand(absl::Span<const std::string> arguments,
                                    CliStreams &streams);
absl::StatusOr<int> VerifyCommand(absl::Span<const std::string> arguments,
                                  CliStreams &streams);
absl::StatusOr<int> SynthCommand(absl::Span<const std::string> arguments,
                                 CliStreams &streams);
absl::StatusOr<int> BenchCommand(absl::Span<const std::string> arguments,
                                 CliStreams &streams);
absl::StatusOr<int> DevicesCommand(absl::Span<const std::string> arguments,
                                   CliStreams &streams);

/// Runs the subcommand that the first argument names, or `generate` if it names
/// none, and returns the process's exit code: 0 success, 1 failed run, 2 bad
/// usage.
int RunCli(absl::Span<const std::string> arguments, CliStreams &streams);

} // namespace dsv4run

#endif // DSV4RUN_CLI_CLI_H
