//===- VerifyAgainst.h - dsv4-run verify --against ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_CLI_VERIFYAGAINST_H
#define DSV4RUN_LIB_CLI_VERIFYAGAINST_H

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Verify/CompareLaunches.h"

namespace dsv4run {

struct AgainstOptions {
  /// "host", for the same bundle's host code, or another bundle for the host.
  std::string reference;
  std::vector<int64_t> steps = {16, 1}; ///< tokens of each step
  std::optional<int64_t> sample;
  /// Of whose first sequence the tokens are, or nothing for made-up tokens.
  std::string golden, golden_case;
};

/// Runs the steps of one sequence on the loaded model and on the reference,
/// which gets the same checkpoint, and compares every launch. Where both have a
/// draft block, it runs after each step. Of bundles that have no whole step,
/// the layers run one after the other.
absl::StatusOr<LaunchReport> VerifyAgainst(const ModelOptions &model,
                                           const AgainstOptions &options,
                                           const LoadedModel &loaded,
                                           CliStreams &streams);

} // namespace dsv4run

#endif // DSV4RUN_LIB_CLI_VERIFYAGAINST_H
