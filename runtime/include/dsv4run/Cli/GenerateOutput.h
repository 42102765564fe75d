//===- GenerateOutput.h - What generate writes ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_GENERATEOUTPUT_H
#define DSV4RUN_CLI_GENERATEOUTPUT_H

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Cli/BatchFile.h"
#include "dsv4run/Generation/Generate.h"
#include "dsv4run/Sampling/LogProbabilities.h"

namespace dsv4run {

/// Everything known of one prompt's result.
struct GenerateResult {
  std::string text;
  Generation generation;
  std::vector<LogProbabilities> log_probabilities; ///< per token, if asked for
};

/// An object with the keys prompt_tokens, tokens, finish_reason, timings, and
/// where they apply id, text, message, logprobs, seed and drafts.
nlohmann::json ResultJson(const PromptSpec &spec, const GenerateResult &result,
                          const Tokenizer *tokenizer,
                          const SamplingOptions &sampling, double load_seconds);

/// "prompt: 12 tokens, first new one after 8 ms; new: 97 tokens, 1580.2
/// tokens/s (length)", with a newline.
std::string Summary(size_t prompt_tokens, const Generation &generation);

} // namespace dsv4run

#endif // DSV4RUN_CLI_GENERATEOUTPUT_H
