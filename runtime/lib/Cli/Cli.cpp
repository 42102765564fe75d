//===- Cli.cpp - The command line of dsv4-run -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Cli.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Cli/Command.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kVersion = "dsv4-run " DSV4RUN_VERSION "\n";

constexpr absl::string_view kHelp =
    R"(dsv4-run runs a .dsv4 bundle, made by dsv4c compile, on a checkpoint as published.

usage: dsv4-run [generate] model.dsv4 --weights DIR (--prompt TEXT | --prompt-file FILE | --tokens LIST | --batch FILE | -)
       dsv4-run <command> ...

commands:
)";

constexpr absl::string_view kHelpEnd =
    R"(
dsv4-run <command> --help explains the command and its options.
dsv4-run --version prints the version.
exit code: 0 success, 1 failed run, 2 bad usage, 130 interrupted by Ctrl-C
)";

std::string Help() {
  std::string text(kHelp);
  for (const std::unique_ptr<Command> &command : MakeCommands())
    absl::StrAppendFormat(&text, "  %-10s %s\n", command->name(),
                          command->summary());
  absl::StrAppend(&text, kHelpEnd);
  return text;
}

} // namespace

int RunCli(absl::Span<const std::string> arguments, CliStreams &streams) {
  if (arguments.empty()) {
    streams.err << Help();
    return 2;
  }
  if (arguments[0] == "--help" || arguments[0] == "-h" ||
      arguments[0] == "help") {
    streams.out << Help();
    return 0;
  }
  if (arguments[0] == "--version") {
    streams.out << kVersion;
    return 0;
  }
  std::unique_ptr<Command> command;
  for (std::unique_ptr<Command> &candidate : MakeCommands())
    if (arguments[0] == candidate->name())
      command = std::move(candidate);
  const bool named = command != nullptr;
  if (!named)
    command = MakeGenerateCommand();
  absl::StatusOr<int> result =
      RunCommand(*command, arguments.subspan(named), streams);
  streams.out.flush();
  if (result.ok() && streams.out.fail())
    result = absl::DataLossError("the output could not be written");
  if (result.ok())
    return *result;
  streams.err << "dsv4-run: error: " << result.status().message() << "\n";
  if (!IsUsageError(result.status()))
    return 1;
  streams.err << "dsv4-run " << (named ? command->name() : "")
              << (named ? " " : "") << "--help explains the usage\n";
  return 2;
}

} // namespace dsv4run
