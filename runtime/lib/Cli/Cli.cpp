//===- Cli.cpp - The command line of dsv4-run -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Cli.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Options.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kVersion = "dsv4-run " DSV4RUN_VERSION "\n";

constexpr absl::string_view kHelp =
    R"(dsv4-run runs a .dsv4 bundle, made by dsv4c compile, on a checkpoint as published.

usage: dsv4-run [generate] model.dsv4 --weights DIR (--prompt TEXT | --tokens LIST | -)
       dsv4-run <command> ...

commands:
  generate   continue a prompt (the default)
  verify     compare with golden outputs; exit 0 only within tolerance
  bench      tokens per second and share of the memory bandwidth
  synth      write a synthetic checkpoint for a config.json
  devices    what this machine can run

dsv4-run <command> --help explains the command and its options.
dsv4-run --version prints the version.
exit code: 0 success, 1 failed run, 2 bad usage
)";

struct Command {
  absl::string_view name;
  CommandFunction function;
};

constexpr Command kCommands[] = {
    {"generate", GenerateCommand}, {"verify", VerifyCommand},
    {"bench", BenchCommand},       {"synth", SynthCommand},
    {"devices", DevicesCommand},
};

} // namespace

int RunCli(absl::Span<const std::string> arguments, CliStreams &streams) {
  if (arguments.empty()) {
    streams.err << kHelp;
    return 2;
  }
  if (arguments[0] == "--help" || arguments[0] == "help") {
    streams.out << kHelp;
    return 0;
  }
  if (arguments[0] == "--version") {
    streams.out << kVersion;
    return 0;
  }
  const Command *command = nullptr;
  for (const Command &candidate : kCommands)
    if (arguments[0] == candidate.name)
      command = &candidate;
  absl::StatusOr<int> result =
      command ? command->function(arguments.subspan(1), streams)
              : GenerateCommand(arguments, streams);
  streams.out.flush();
  if (result.ok() && streams.out.fail())
    result = absl::DataLossError("the output could not be written");
  if (result.ok())
    return *result;
  streams.err << "dsv4-run: error: " << result.status().message() << "\n";
  if (!IsUsageError(result.status()))
    return 1;
  streams.err << "dsv4-run " << (command ? command->name : "")
              << (command ? " " : "") << "--help explains the usage\n";
  return 2;
}

} // namespace dsv4run
