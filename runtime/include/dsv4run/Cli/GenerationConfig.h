//===- GenerationConfig.h - Files beside the weights ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_GENERATIONCONFIG_H
#define DSV4RUN_CLI_GENERATIONCONFIG_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

/// What generation_config.json says.
struct GenerationConfig {
  std::vector<int32_t> stop_ids;
  bool do_sample = true;
  double temperature = 1, top_p = 1;
};

/// The directory of the checkpoint; empty for synthetic weights.
std::string WeightsDirectory(const ModelOptions &model);

/// The file beside the weights, or the defaults with `eos` as the only stop id.
absl::StatusOr<GenerationConfig> ReadGenerationConfig(const ModelOptions &model,
                                                      int32_t eos);

/// The tokenizer in `path`, or tokenizer.json beside the weights if `path` is
/// empty. Null if there is none and it is not `required`.
absl::StatusOr<std::unique_ptr<Tokenizer>>
LoadTokenizer(const ModelOptions &model, const std::string &path,
              bool required);

} // namespace dsv4run

#endif // DSV4RUN_CLI_GENERATIONCONFIG_H
