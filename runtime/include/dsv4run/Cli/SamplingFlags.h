//===- SamplingFlags.h - How tokens are chosen, from the command line -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_SAMPLINGFLAGS_H
#define DSV4RUN_CLI_SAMPLINGFLAGS_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Cli/GenerationConfig.h"
#include "dsv4run/Cli/Options.h"
#include "dsv4run/Sampling/Sampler.h"

namespace dsv4run {

/// Options of sampling; what is not given comes from generation_config.json.
struct SamplingFlags {
  bool greedy = false;
  std::optional<double> temperature, top_p, min_p, repetition_penalty,
      frequency_penalty, presence_penalty;
  std::optional<int64_t> top_k, seed;
  std::vector<std::pair<int32_t, float>> logit_bias;
  std::vector<std::string> stop;

  void AddTo(OptionTable &table);
  /// A usage error for options that contradict each other.
  absl::Status Finish();

  /// A random seed if none is given.
  SamplingOptions Choose(const GenerationConfig &config) const;

private:
  std::vector<std::string> bias_texts_; ///< as on the command line
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_SAMPLINGFLAGS_H
