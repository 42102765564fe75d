//===- GenerateOutput.cpp - What generate writes --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/GenerateOutput.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Chat/ChatOutputParser.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

/// JSON has no infinity: a forbidden token has null.
nlohmann::json LogProbabilityJson(const TokenLogProbability &entry,
                                  const Tokenizer *tokenizer) {
  nlohmann::json json = {{"token", entry.token}, {"logprob", nullptr}};
  if (std::isfinite(entry.log_probability))
    json["logprob"] = entry.log_probability;
  if (tokenizer)
    if (auto bytes = tokenizer->TokenBytes(entry.token); bytes.ok())
      json["text"] = ReplaceInvalidUtf8(*bytes);
  return json;
}

/// The text taken apart (spec 6.6).
nlohmann::json MessageJson(ChatMode mode, const GenerateResult &result) {
  ChatOutputParser parser(mode);
  parser.Push(result.text);
  parser.Finish(result.generation.finish_reason == FinishReason::kStop);
  // The text is UTF-8, so that this cannot fail.
  return nlohmann::json::parse(ChatMessageToJson(parser.message()));
}

nlohmann::json TimingsJson(size_t prompt, const Generation &generation,
                           double load_seconds) {
  const double computed =
      static_cast<double>(prompt) - static_cast<double>(generation.reused);
  const double seconds = generation.first_token_seconds;
  return {{"load_seconds", load_seconds},
          {"first_token_seconds", seconds},
          {"prompt_tokens_reused", generation.reused},
          {"prompt_tokens_per_second", seconds > 0 ? computed / seconds : 0},
          {"decode_seconds", generation.decode_seconds},
          {"decode_tokens_per_second", generation.decode_rate()}};
}

} // namespace

nlohmann::json ResultJson(const PromptSpec &spec, const GenerateResult &result,
                          const Tokenizer *tokenizer,
                          const SamplingOptions &sampling,
                          double load_seconds) {
  const Generation &generation = result.generation;
  nlohmann::json json = {
      {"prompt_tokens", spec.tokens},
      {"tokens", generation.tokens},
      {"finish_reason", FinishReasonName(generation.finish_reason)},
      {"timings", TimingsJson(spec.tokens.size(), generation, load_seconds)}};
  if (!spec.id.is_null())
    json["id"] = spec.id;
  if (tokenizer)
    json["text"] = result.text;
  if (spec.output_mode)
    json["message"] = MessageJson(*spec.output_mode, result);
  if (sampling.temperature > 0)
    json["seed"] = sampling.seed;
  if (generation.drafted)
    json["drafts"] = {{"proposed", generation.drafted},
                      {"accepted", generation.accepted},
                      {"steps", generation.steps}};
  for (const LogProbabilities &token : result.log_probabilities) {
    nlohmann::json entry = LogProbabilityJson(token.chosen, tokenizer);
    entry["top"] = nlohmann::json::array();
    for (const TokenLogProbability &top : token.top)
      entry["top"].push_back(LogProbabilityJson(top, tokenizer));
    json["logprobs"].push_back(std::move(entry));
  }
  return json;
}

std::string Summary(size_t prompt_tokens, const Generation &generation) {
  std::string text = absl::StrFormat("prompt: %d tokens", prompt_tokens);
  if (generation.reused)
    absl::StrAppendFormat(&text, " (%d reused)", generation.reused);
  absl::StrAppendFormat(&text, ", first new one after %s; new: %d tokens",
                        FormatSeconds(generation.first_token_seconds),
                        generation.tokens.size());
  if (generation.decoded)
    absl::StrAppendFormat(&text, ", %.2f tokens/s", generation.decode_rate());
  if (generation.drafted)
    absl::StrAppendFormat(
        &text, "; drafts: %d of %d kept (%.1f%%), %.2f tokens per step",
        generation.accepted, generation.drafted,
        100.0 * generation.accepted / generation.drafted,
        static_cast<double>(generation.decoded) / generation.steps);
  absl::StrAppend(&text, " (", FinishReasonName(generation.finish_reason),
                  ")\n");
  return text;
}

} // namespace dsv4run
