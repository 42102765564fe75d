//===- Command.h - A subcommand of dsv4-run -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_COMMAND_H
#define DSV4RUN_CLI_COMMAND_H

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/Options.h"

namespace dsv4run {

/// What a subcommand is: its options and texts are data, from which parsing,
/// --help and shell completion follow. One object serves one invocation.
class Command {
public:
  virtual ~Command();

  virtual absl::string_view name() const = 0;
  /// One line, for the list of commands.
  virtual absl::string_view summary() const = 0;
  /// The text of --help in front of the options.
  virtual absl::string_view help() const = 0;
  /// Options other than --help.
  virtual void AddOptions(OptionTable &table) = 0;
  /// Runs with the options filled in. `positional` are the arguments that are
  /// no options; what the command takes of them it erases, before it does
  /// anything: see ExpectNoMore. Returns the exit code.
  virtual absl::StatusOr<int> Run(std::vector<std::string> &positional,
                                  CliStreams &streams) = 0;
};

/// A usage error that names the first argument, if there is one.
absl::Status ExpectNoMore(const std::vector<std::string> &positional);

/// Parses the arguments, then prints the help or runs the command.
absl::StatusOr<int> RunCommand(Command &command,
                               absl::Span<const std::string> arguments,
                               CliStreams &streams);

/// All of them, in the order of dsv4-run --help.
std::vector<std::unique_ptr<Command>> MakeCommands();

std::unique_ptr<Command> MakeGenerateCommand();
std::unique_ptr<Command> MakeChatCommand();
std::unique_ptr<Command> MakeVerifyCommand();
std::unique_ptr<Command> MakeBenchCommand();
std::unique_ptr<Command> MakeSynthCommand();
std::unique_ptr<Command> MakeDevicesCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeCompletionCommand();

} // namespace dsv4run

#endif // DSV4RUN_CLI_COMMAND_H
