//===- BatchFile.h - Prompts from lines of JSON ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_BATCHFILE_H
#define DSV4RUN_CLI_BATCHFILE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "dsv4run/Chat/ChatTexts.h"
#include "dsv4run/Cli/SamplingFlags.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "nlohmann/json.hpp"

namespace dsv4run {

/// One prompt with the settings that it runs with.
struct PromptSpec {
  nlohmann::json id; ///< as in the file; null if there is none
  std::vector<int32_t> tokens;
  SamplingFlags sampling;
  int64_t max_new_tokens = 0;
  /// How the output is to be taken apart, if the prompt is a conversation.
  std::optional<ChatMode> output_mode;
};

/// What text becomes tokens with.
struct TextTools {
  const Tokenizer *tokenizer = nullptr; ///< may be null
  ChatTexts texts;
};

/// Reads a JSON object per line; empty lines are skipped. Keys: `prompt`
/// (text), `tokens` (ids) or `messages` (a conversation to answer, with
/// `tools`, `tool_choice` and `response_format` as in ChatRequest.h and
/// `think`: on, off or max), of which one has to be there; `id` (anything);
/// max_new_tokens, greedy, temperature, top_p, top_k, min_p,
/// repetition_penalty, frequency_penalty, presence_penalty, logit_bias (an
/// object from ids to biases), stop (a text or an array) and seed. What a line
/// lacks is as in `defaults`. Another key is an error.
///
/// Without a tokenizer, no line may have text. `source` names the text in
/// messages: "prompts.jsonl:3: /top_p: expected a number from ..., found 2".
absl::StatusOr<std::vector<PromptSpec>> ParseBatch(absl::string_view text,
                                                   absl::string_view source,
                                                   const PromptSpec &defaults,
                                                   const TextTools &tools);

} // namespace dsv4run

#endif // DSV4RUN_CLI_BATCHFILE_H
