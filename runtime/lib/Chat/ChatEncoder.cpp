//===- ChatEncoder.cpp - A conversation as the model's prompt -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatEncoder.h"

#include <algorithm>

#include "ChatNames.h"
#include "MergedMessages.h"
#include "ToolArguments.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Chat/ControlTokens.h"
#include "dsv4run/Chat/PythonJson.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Renders turn after turn (spec section 6.2).
class Renderer {
public:
  Renderer(absl::Span<const ChatMessage> context,
           absl::Span<const ChatMessage> messages, const ChatTexts &texts,
           const ChatOptions &options)
      : context_(context), messages_(messages), texts_(texts),
        options_(options), turns_(MergeMessages(context, messages)) {}

  absl::StatusOr<EncodedChat> Render();

private:
  bool thinking() const { return options_.mode == ChatMode::kThinking; }

  void Text(absl::string_view text) { absl::StrAppend(&encoded_.text, text); }
  void Control(absl::string_view token) {
    encoded_.control.push_back({encoded_.text.size(), token.size()});
    Text(token);
  }
  /// A fixed text, in which tokens that are spelt out are tokens.
  void Fixed(absl::string_view text);

  absl::Status RenderTurn(size_t i);
  absl::Status Instructions(const MergedMessage &turn);
  absl::Status Blocks(const MergedMessage &turn);
  absl::Status Assistant(size_t i);
  absl::Status Calls(const MergedMessage &turn);
  void Transition(size_t i);
  absl::Status ErrorIn(const ChatMessage &message,
                       absl::string_view what) const;

  const absl::Span<const ChatMessage> context_, messages_;
  const ChatTexts &texts_;
  const ChatOptions options_;
  std::vector<MergedMessage> turns_;
  bool drop_thinking_ = false;
  ptrdiff_t last_user_ = -1;
  EncodedChat encoded_;
};

void Renderer::Fixed(absl::string_view text) {
  while (!text.empty()) {
    size_t at = text.size();
    absl::string_view found;
    for (absl::string_view token :
         {control::kDsml, control::kThink, control::kEndThink})
      if (size_t position = text.find(token); position < at) {
        at = position;
        found = token;
      }
    Text(text.substr(0, at));
    if (!found.empty())
      Control(found);
    text.remove_prefix(at + found.size());
  }
}

absl::Status Renderer::ErrorIn(const ChatMessage &message,
                               absl::string_view what) const {
  // Only messages are rendered, so it is one of them.
  return absl::InvalidArgumentError(
      absl::StrCat("messages[", &message - messages_.data(), "]: ", what));
}

absl::StatusOr<EncodedChat> Renderer::Render() {
  bool any_tools =
      std::any_of(turns_.begin(), turns_.end(), [](const MergedMessage &turn) {
        return !turn.message->tools.empty();
      });
  drop_thinking_ = options_.drop_thinking && !any_tools;
  last_user_ = LastUserIndex(turns_);
  if (thinking() && drop_thinking_) {
    // What a developer said goes with the reasoning about it.
    std::vector<MergedMessage> kept;
    for (size_t i = 0; i < turns_.size(); ++i)
      if (turns_[i].role != ChatRole::kDeveloper ||
          static_cast<ptrdiff_t>(i) >= last_user_)
        kept.push_back(turns_[i]);
    turns_ = std::move(kept);
    last_user_ = LastUserIndex(turns_);
  }

  if (options_.add_bos && context_.empty())
    Control(control::kBos);
  for (size_t i = 0; i < turns_.size(); ++i) {
    if (turns_[i].is_context)
      continue;
    if (i == 0 && context_.empty() && thinking() &&
        options_.effort == ReasoningEffort::kMax) {
      if (texts_.max_effort.empty())
        return absl::FailedPreconditionError(
            "reasoning effort max needs a paragraph from the checkpoint's "
            "encoding directory, which was not found");
      Fixed(texts_.max_effort);
    }
    DSV4RUN_RETURN_IF_ERROR(RenderTurn(i));
    Transition(i);
  }
  return std::move(encoded_);
}

absl::Status Renderer::RenderTurn(size_t i) {
  const MergedMessage &turn = turns_[i];
  const std::string &content = turn.message->content;
  bool instructs =
      turn.role == ChatRole::kSystem || turn.role == ChatRole::kDeveloper;
  if (!instructs && !turn.message->tools.empty())
    return ErrorIn(*turn.message,
                   absl::StrCat("expected tools in a system or developer "
                                "message only, found in one of role ",
                                ChatRoleName(turn.message->role)));
  switch (turn.role) {
  case ChatRole::kDeveloper:
    if (content.empty())
      return ErrorIn(*turn.message, "expected text in a developer message");
    Control(control::kUser);
    [[fallthrough]];
  case ChatRole::kSystem:
    Text(content);
    return Instructions(turn);
  case ChatRole::kUser:
  case ChatRole::kTool: // merged into user turns
    Control(control::kUser);
    return Blocks(turn);
  case ChatRole::kLatestReminder:
    Control(control::kLatestReminder);
    Text(content);
    return absl::OkStatus();
  case ChatRole::kAssistant:
    return Assistant(i);
  }
  return absl::OkStatus();
}

absl::Status Renderer::Instructions(const MergedMessage &turn) {
  const ChatMessage &message = *turn.message;
  if (!message.tools.empty() && options_.render_tools) {
    if (texts_.tools_prefix.empty() || texts_.tools_suffix.empty())
      return absl::FailedPreconditionError(
          "tools need texts from the checkpoint's encoding directory, which "
          "were not found");
    Text("\n\n");
    Fixed(texts_.tools_prefix);
    Text(absl::StrJoin(message.tools, "\n"));
    Fixed(texts_.tools_suffix);
  }
  if (!message.response_format.empty()) {
    if (texts_.response_format_header.empty())
      return absl::FailedPreconditionError(
          "a response format needs a text from the checkpoint's encoding "
          "directory, which was not found");
    Text("\n\n");
    Fixed(texts_.response_format_header);
    Text(message.response_format);
  }
  return absl::OkStatus();
}

absl::Status Renderer::Blocks(const MergedMessage &turn) {
  absl::string_view separator;
  for (const ChatMessage *block : turn.blocks) {
    // The published encoder loses such a task without a word.
    if (block->task != (block == turn.message ? turn.task : std::nullopt))
      return ErrorIn(*block,
                     "expected no task in a message that is merged into "
                     "the one before");
    Text(separator);
    separator = "\n\n";
    if (block->role == ChatRole::kTool)
      Text(absl::StrCat("<tool_result>", block->content, "</tool_result>"));
    else
      Text(block->content);
  }
  return absl::OkStatus();
}

absl::Status Renderer::Assistant(size_t i) {
  const MergedMessage &turn = turns_[i];
  bool answers_task = i > 0 && turns_[i - 1].task;
  if (thinking() && !answers_task &&
      (!drop_thinking_ || static_cast<ptrdiff_t>(i) > last_user_)) {
    Text(turn.message->reasoning_content);
    Control(control::kEndThink);
  }
  Text(turn.message->content);
  DSV4RUN_RETURN_IF_ERROR(Calls(turn));
  if (!turn.message->without_eos)
    Control(control::kEos);
  return absl::OkStatus();
}

absl::Status Renderer::Calls(const MergedMessage &turn) {
  if (turn.message->tool_calls.empty())
    return absl::OkStatus();
  auto open = [&](absl::string_view rest) {
    Text("<");
    Control(control::kDsml);
    Text(rest);
  };
  auto close = [&](absl::string_view rest) {
    Text("</");
    Control(control::kDsml);
    Text(rest);
  };
  Text("\n\n");
  open("tool_calls>\n");
  for (size_t i = 0; i < turn.message->tool_calls.size(); ++i) {
    const ToolCall &call = turn.message->tool_calls[i];
    absl::StatusOr<PythonJson> arguments = ParseToolArguments(call.arguments);
    if (!arguments.ok())
      return ErrorIn(*turn.message,
                     absl::StrCat("tool_calls[", i, "].arguments: ",
                                  arguments.status().message()));
    open(absl::StrCat("invoke name=\"", call.name, "\">\n"));
    absl::string_view separator;
    for (const auto &[key, value] : arguments->members) {
      bool is_string = value.kind == PythonJson::Kind::kString;
      Text(separator);
      separator = "\n";
      open(absl::StrCat("parameter name=\"", key, "\" string=\"",
                        is_string ? "true" : "false", "\">",
                        is_string ? value.text : value.Dump()));
      close("parameter>");
    }
    Text("\n");
    close("invoke>\n");
  }
  close("tool_calls>");
  return absl::OkStatus();
}

void Renderer::Transition(size_t i) {
  const MergedMessage &turn = turns_[i];
  if (i + 1 < turns_.size() && turns_[i + 1].role != ChatRole::kAssistant &&
      turns_[i + 1].role != ChatRole::kLatestReminder)
    return;
  absl::string_view think = thinking() ? control::kThink : control::kEndThink;
  if (turn.task) {
    if (*turn.task == ChatTask::kAction) {
      Control(control::kAssistant);
      Control(think);
    }
    Control(ChatTaskToken(*turn.task));
  } else if (turn.role == ChatRole::kUser ||
             turn.role == ChatRole::kDeveloper) {
    Control(control::kAssistant);
    bool is_past = drop_thinking_ && static_cast<ptrdiff_t>(i) < last_user_;
    Control(is_past ? control::kEndThink : think);
  }
}

} // namespace

absl::StatusOr<ReasoningEffort> ParseReasoningEffort(absl::string_view text) {
  if (text == "none")
    return ReasoningEffort::kNone;
  if (text == "high")
    return ReasoningEffort::kHigh;
  if (text == "max")
    return ReasoningEffort::kMax;
  return absl::InvalidArgumentError(
      absl::StrCat("reasoning effort: expected none, high or max, found ",
                   QuoteForMessage(text)));
}

absl::StatusOr<EncodedChat> EncodeChat(absl::Span<const ChatMessage> messages,
                                       const ChatTexts &texts,
                                       const ChatOptions &options,
                                       absl::Span<const ChatMessage> context) {
  return Renderer(context, messages, texts, options).Render();
}

ChatMode OutputMode(const EncodedChat &prompt) {
  if (prompt.control.empty())
    return ChatMode::kChat;
  auto [begin, size] = prompt.control.back();
  bool open = begin + size == prompt.text.size() &&
              absl::string_view(prompt.text).substr(begin) == control::kThink;
  return open ? ChatMode::kThinking : ChatMode::kChat;
}

absl::StatusOr<std::vector<int32_t>>
TokenizeChat(const EncodedChat &prompt, const Tokenizer &tokenizer,
             Tokenizer::AddedTokens added_tokens) {
  const absl::string_view text = prompt.text;
  std::vector<int32_t> ids;
  size_t done = 0;
  auto encode_until = [&](size_t end) -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(
        std::vector<int32_t> part,
        tokenizer.Encode(text.substr(done, end - done), added_tokens));
    ids.insert(ids.end(), part.begin(), part.end());
    return absl::OkStatus();
  };
  for (auto [begin, size] : prompt.control) {
    absl::string_view token = text.substr(begin, size);
    std::optional<int32_t> id = tokenizer.FindAddedToken(token);
    if (!id)
      return absl::FailedPreconditionError(
          absl::StrCat("the chat format needs the token ", token,
                       ", which the tokenizer does not have"));
    DSV4RUN_RETURN_IF_ERROR(encode_until(begin));
    ids.push_back(*id);
    done = begin + size;
  }
  DSV4RUN_RETURN_IF_ERROR(encode_until(text.size()));
  return ids;
}

} // namespace dsv4run
