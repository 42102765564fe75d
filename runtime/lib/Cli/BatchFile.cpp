//===- BatchFile.cpp - Prompts from lines of JSON -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/BatchFile.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Chat/ChatRequest.h"
#include "dsv4run/Cli/Conversation.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

absl::Status ReadNumber(const JsonNode &node, double min, double max,
                        std::optional<double> *target) {
  const nlohmann::json &value = node.value();
  if (!value.is_number() || !(value.get<double>() >= min) ||
      !(value.get<double>() <= max))
    return node.Expected(absl::StrCat("a number from ", min, " to ", max));
  *target = value.get<double>();
  return absl::OkStatus();
}

absl::Status ReadInteger(const JsonNode &node, int64_t min, int64_t max,
                         std::optional<int64_t> *target) {
  DSV4RUN_ASSIGN_OR_RETURN(*target, node.Int(min, max));
  return absl::OkStatus();
}

absl::Status ReadStop(const JsonNode &node, std::vector<std::string> *stop) {
  stop->clear();
  auto add = [&](const JsonNode &item) -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(std::string text, item.String());
    if (text.empty())
      return item.Expected("a text that is not empty");
    stop->push_back(std::move(text));
    return absl::OkStatus();
  };
  if (!node.value().is_array())
    return add(node);
  for (size_t i = 0; i < node.value().size(); ++i)
    DSV4RUN_RETURN_IF_ERROR(add(node.At(i)));
  return absl::OkStatus();
}

absl::Status ReadBias(const JsonNode &node,
                      std::vector<std::pair<int32_t, float>> *biases) {
  DSV4RUN_RETURN_IF_ERROR(node.ExpectObject());
  biases->clear();
  for (const auto &[key, value] : node.value().items()) {
    int32_t id;
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode bias, node.Get(key));
    if (!absl::SimpleAtoi(key, &id) || id < 0)
      return bias.Error("expected a token id as key");
    if (!value.is_number())
      return bias.Expected("a number");
    biases->push_back({id, value.get<float>()});
  }
  return absl::OkStatus();
}

absl::Status ReadTokens(const JsonNode &node, std::vector<int32_t> *ids) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t count, node.ArraySize());
  for (size_t i = 0; i < count; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t id, node.At(i).Int(0, INT32_MAX));
    ids->push_back(static_cast<int32_t>(id));
  }
  return absl::OkStatus();
}

absl::Status NeedTokenizer(const JsonNode &node, const TextTools &tools) {
  if (tools.tokenizer)
    return absl::OkStatus();
  return node.Error("text needs a tokenizer; give --tokenizer FILE, or "
                    "\"tokens\" instead");
}

absl::Status ReadPrompt(const JsonNode &node, const TextTools &tools,
                        std::vector<int32_t> *ids) {
  DSV4RUN_ASSIGN_OR_RETURN(std::string text, node.String());
  DSV4RUN_RETURN_IF_ERROR(NeedTokenizer(node, tools));
  DSV4RUN_ASSIGN_OR_RETURN(*ids, tools.tokenizer->Encode(text));
  return absl::OkStatus();
}

/// The conversation of a line, which is read again: the order of keys in tools
/// matters, and a parsed document has lost it.
absl::Status ReadMessages(absl::string_view line, const JsonNode &root,
                          const TextTools &tools, PromptSpec &spec) {
  DSV4RUN_RETURN_IF_ERROR(NeedTokenizer(root, tools));
  DSV4RUN_ASSIGN_OR_RETURN(ChatRequest request,
                           ParseChatRequest(line, root.source()));
  ChatOptions options;
  options.render_tools = !request.tools_forbidden;
  if (std::optional<JsonNode> node = root.Find("think")) {
    DSV4RUN_ASSIGN_OR_RETURN(std::string word, node->String());
    if (!SetThinking(word, options))
      return node->Expected("on, off or max");
  }
  DSV4RUN_ASSIGN_OR_RETURN(EncodedChat chat,
                           EncodeChat(request.messages, tools.texts, options));
  spec.output_mode = OutputMode(chat);
  DSV4RUN_ASSIGN_OR_RETURN(
      spec.tokens,
      TokenizeChat(chat, *tools.tokenizer, Tokenizer::AddedTokens::kText));
  return absl::OkStatus();
}

bool ConcernsMessages(absl::string_view key) {
  return key == "messages" || key == "tools" || key == "tool_choice" ||
         key == "response_format" || key == "think";
}

absl::Status ReadKey(const std::string &key, const JsonNode &node,
                     const TextTools &tools, PromptSpec &spec) {
  SamplingFlags &s = spec.sampling;
  if (key == "id") {
    spec.id = node.value();
    return absl::OkStatus();
  }
  if (key == "prompt")
    return ReadPrompt(node, tools, &spec.tokens);
  if (key == "tokens")
    return ReadTokens(node, &spec.tokens);
  if (key == "max_new_tokens") {
    DSV4RUN_ASSIGN_OR_RETURN(spec.max_new_tokens, node.Int(1, INT32_MAX));
    return absl::OkStatus();
  }
  if (key == "greedy") {
    DSV4RUN_ASSIGN_OR_RETURN(s.greedy, node.Bool());
    return absl::OkStatus();
  }
  if (key == "temperature")
    return ReadNumber(node, 0, 100, &s.temperature);
  if (key == "top_p")
    return ReadNumber(node, 1e-6, 1, &s.top_p);
  if (key == "min_p")
    return ReadNumber(node, 0, 1, &s.min_p);
  if (key == "repetition_penalty")
    return ReadNumber(node, 1e-3, 1e3, &s.repetition_penalty);
  if (key == "frequency_penalty")
    return ReadNumber(node, -100, 100, &s.frequency_penalty);
  if (key == "presence_penalty")
    return ReadNumber(node, -100, 100, &s.presence_penalty);
  if (key == "top_k")
    return ReadInteger(node, 0, INT32_MAX, &s.top_k);
  if (key == "seed")
    return ReadInteger(node, 0, INT64_MAX, &s.seed);
  if (key == "logit_bias")
    return ReadBias(node, &s.logit_bias);
  if (key == "stop")
    return ReadStop(node, &s.stop);
  return node.Error("unknown key");
}

absl::StatusOr<PromptSpec> ParseLine(absl::string_view line,
                                     const std::string &source,
                                     const PromptSpec &defaults,
                                     const TextTools &tools) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document, ParseJson(line, source));
  JsonNode root(document, source);
  DSV4RUN_RETURN_IF_ERROR(root.ExpectObject());
  const bool messages = document.contains("messages");
  if (document.contains("prompt") + document.contains("tokens") + messages != 1)
    return root.Error(
        "expected one of \"prompt\", \"tokens\" and \"messages\"");
  PromptSpec spec = defaults;
  for (const auto &item : document.items()) {
    if (messages && ConcernsMessages(item.key()))
      continue;
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, root.Get(item.key()));
    DSV4RUN_RETURN_IF_ERROR(ReadKey(item.key(), node, tools, spec));
  }
  if (messages)
    DSV4RUN_RETURN_IF_ERROR(ReadMessages(line, root, tools, spec));
  if (spec.tokens.empty())
    return root.Error("the prompt is empty");
  return spec;
}

} // namespace

absl::StatusOr<std::vector<PromptSpec>> ParseBatch(absl::string_view text,
                                                   absl::string_view source,
                                                   const PromptSpec &defaults,
                                                   const TextTools &tools) {
  std::vector<PromptSpec> specs;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty())
      continue;
    DSV4RUN_ASSIGN_OR_RETURN(
        PromptSpec spec,
        ParseLine(line, absl::StrCat(source, ":", number), defaults, tools));
    specs.push_back(std::move(spec));
  }
  if (specs.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": expected a JSON object per line, found none"));
  return specs;
}

} // namespace dsv4run
