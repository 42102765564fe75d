//===- RunFlags.h - How sequences are run, from the command line ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_RUNFLAGS_H
#define DSV4RUN_CLI_RUNFLAGS_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Cli/Options.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Generation/Drafter.h"

namespace dsv4run {

/// The exit code of a run that Ctrl-C ended.
inline constexpr int kInterruptedExit = 130;

/// Options that change no result: speed and what is told about it.
struct RunFlags {
  std::optional<int64_t> draft, prefix_cache_mib;
  bool quiet = false, verbose = false;

  void AddTo(OptionTable &table);
  /// A usage error for options that contradict each other.
  absl::Status Finish() const;

  int64_t drafts() const { return draft.value_or(0); }
  uint64_t prefix_cache_bytes() const;

  /// Null without --draft. Errors if the bundle cannot draft that many tokens.
  absl::StatusOr<std::unique_ptr<Drafter>> MakeDrafter(Session &session) const;
};

/// Device, model and memory, for --verbose.
std::string Describe(const LoadedModel &loaded, const Session &session);

} // namespace dsv4run

#endif // DSV4RUN_CLI_RUNFLAGS_H
