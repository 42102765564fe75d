//===- Conversation.cpp - Messages and the tokens they are ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Conversation.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// What a user types is text, even if it spells control tokens.
constexpr auto kSpellings = Tokenizer::AddedTokens::kText;

/// The part of a prompt from byte `begin` on, in front of which a control token
/// or the beginning of one lies.
EncodedChat Rest(const EncodedChat &chat, size_t begin) {
  EncodedChat rest;
  rest.text = chat.text.substr(begin);
  for (TextRange range : chat.control)
    if (range.begin >= begin)
      rest.control.push_back({range.begin - begin, range.size});
  return rest;
}

} // namespace

bool SetThinking(absl::string_view word, ChatOptions &options) {
  if (word != "on" && word != "off" && word != "max")
    return false;
  options.mode = word == "off" ? ChatMode::kChat : ChatMode::kThinking;
  options.effort =
      word == "max" ? ReasoningEffort::kMax : ReasoningEffort::kNone;
  return true;
}

absl::string_view ThinkingWord(const ChatOptions &options) {
  if (options.mode == ChatMode::kChat)
    return "off";
  return options.effort == ReasoningEffort::kMax ? "max" : "on";
}

absl::StatusOr<Conversation::Prompt>
Conversation::NextPrompt(const Tokenizer &tokenizer,
                         const ChatTexts &texts) const {
  DSV4RUN_ASSIGN_OR_RETURN(EncodedChat chat,
                           EncodeChat(messages, texts, options));
  Prompt prompt;
  prompt.output_mode = OutputMode(chat);
  // Text is cut into tokens anew behind a control token.
  bool continues = false;
  for (TextRange range : chat.control)
    continues |= range.begin == history_.text.size();
  continues = continues && !history_.text.empty() &&
              absl::StartsWith(chat.text, history_.text);
  if (continues) {
    prompt.tokens = history_.tokens;
    chat = Rest(chat, history_.text.size());
    prompt.text = history_.text;
  }
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> ids,
                           TokenizeChat(chat, tokenizer, kSpellings));
  prompt.tokens.insert(prompt.tokens.end(), ids.begin(), ids.end());
  prompt.text += chat.text;
  return prompt;
}

void Conversation::AddAnswer(const Prompt &prompt, ChatMessage answer,
                             absl::Span<const int32_t> tokens,
                             absl::string_view text) {
  history_.text = absl::StrCat(prompt.text, text);
  history_.tokens = prompt.tokens;
  history_.tokens.insert(history_.tokens.end(), tokens.begin(), tokens.end());
  messages.push_back(std::move(answer));
}

const std::string *Conversation::system() const {
  if (messages.empty() || messages.front().role != ChatRole::kSystem)
    return nullptr;
  return &messages.front().content;
}

void Conversation::set_system(const std::string &text) {
  if (system())
    messages.erase(messages.begin());
  if (text.empty())
    return;
  ChatMessage message;
  message.role = ChatRole::kSystem;
  message.content = text;
  messages.insert(messages.begin(), std::move(message));
}

void Conversation::Reset() {
  messages.resize(system() ? 1 : 0);
  history_ = History();
}

} // namespace dsv4run
