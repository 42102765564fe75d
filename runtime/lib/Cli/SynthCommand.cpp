//===- SynthCommand.cpp - dsv4-run synth ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Support/ThreadPool.h"
#include "dsv4run/Synthetic/WriteCheckpoint.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run synth config.json -o DIR

Writes a checkpoint of the configuration's shapes with synthetic weights: the same
bytes everywhere, for tests and benchmarks. DIR is created; it must be empty if it
exists. To run on such weights without writing them, give --weights synthetic to
the other commands.
)";

/// Writing next to what is there could complete somebody's half checkpoint.
absl::Status CheckEmpty(const std::string &directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error))
    return absl::OkStatus();
  if (!std::filesystem::is_directory(directory, error))
    return absl::AlreadyExistsError(
        absl::StrCat(directory, ": expected a directory, found a file"));
  bool empty = std::filesystem::is_empty(directory, error);
  if (error)
    return absl::PermissionDeniedError(
        absl::StrCat(directory, ": ", error.message()));
  if (!empty)
    return absl::AlreadyExistsError(absl::StrCat(
        directory, ": expected an empty directory; nothing was written"));
  return absl::OkStatus();
}

class SynthCommand : public Command {
public:
  absl::string_view name() const override { return "synth"; }
  absl::string_view summary() const override {
    return "write a synthetic checkpoint for a config.json";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override {
    table.Text("output", "DIR", &directory_, "where to write");
    table.ShortName('o', "output");
    table.Integer("threads", "N", &threads_, 1, 4096, "default: every CPU");
  }
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  std::string directory_;
  std::optional<int64_t> threads_;
};

absl::StatusOr<int> SynthCommand::Run(std::vector<std::string> &positional,
                                      CliStreams &streams) {
  if (positional.size() != 1)
    return UsageError(absl::StrCat("synth takes one config.json, found ",
                                   positional.size(), " arguments"));
  if (directory_.empty())
    return UsageError("synth needs -o DIR");

  DSV4RUN_ASSIGN_OR_RETURN(MappedFile config, MappedFile::Open(positional[0]));
  DSV4RUN_RETURN_IF_ERROR(CheckEmpty(directory_));
  DSV4RUN_ASSIGN_OR_RETURN(
      std::unique_ptr<ThreadPool> pool,
      ThreadPool::Create({static_cast<int>(threads_.value_or(0))}));
  WriteCheckpointOptions options;
  options.progress = streams.progress;
  absl::string_view text(reinterpret_cast<const char *>(config.bytes().data()),
                         config.bytes().size());
  DSV4RUN_ASSIGN_OR_RETURN(
      uint64_t bytes,
      WriteCheckpoint(text, positional[0], directory_, *pool, options));
  streams.err << "wrote " << FormatBytes(bytes) << " of tensors to "
              << directory_ << "\n";
  return 0;
}

} // namespace

std::unique_ptr<Command> MakeSynthCommand() {
  return std::make_unique<SynthCommand>();
}

} // namespace dsv4run
