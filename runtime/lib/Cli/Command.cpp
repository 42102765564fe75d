//===- Command.cpp - A subcommand of dsv4-run -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Command.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

Command::~Command() = default;

absl::Status ExpectNoMore(const std::vector<std::string> &positional) {
  if (positional.empty())
    return absl::OkStatus();
  return UsageError(
      absl::StrCat("unexpected argument \"", positional[0], "\""));
}

absl::StatusOr<int> RunCommand(Command &command,
                               absl::Span<const std::string> arguments,
                               CliStreams &streams) {
  OptionTable table;
  command.AddOptions(table);
  bool help = false;
  table.Flag("help", &help, "this text");
  table.ShortName('h', "help");
  std::vector<std::string> positional;
  DSV4RUN_RETURN_IF_ERROR(table.Parse(arguments, &positional));
  if (help) {
    streams.out << command.help() << "\n" << table.Help();
    return 0;
  }
  return command.Run(positional, streams);
}

std::vector<std::unique_ptr<Command>> MakeCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(MakeGenerateCommand());
  commands.push_back(MakeChatCommand());
  commands.push_back(MakeVerifyCommand());
  commands.push_back(MakeBenchCommand());
  commands.push_back(MakeSynthCommand());
  commands.push_back(MakeDevicesCommand());
  commands.push_back(MakeDoctorCommand());
  commands.push_back(MakeCompletionCommand());
  return commands;
}

} // namespace dsv4run
