//===- ChatEncoder.h - A conversation as the model's prompt ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATENCODER_H
#define DSV4RUN_CHAT_CHATENCODER_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Chat/ChatMessage.h"
#include "dsv4run/Chat/ChatTexts.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

enum class ChatMode {
  kChat,     ///< the model answers at once
  kThinking, ///< the model reasons first
};

/// kNone and kHigh are the same prompt; kMax puts a paragraph in front, in
/// thinking mode only (spec section 6.2).
enum class ReasoningEffort { kNone, kHigh, kMax };

/// "none", "high" or "max".
absl::StatusOr<ReasoningEffort> ParseReasoningEffort(absl::string_view text);

struct ChatOptions {
  ChatMode mode = ChatMode::kThinking;
  /// Leaves out the reasoning of turns before the last user message. Without
  /// effect if any message has tools.
  bool drop_thinking = true;
  ReasoningEffort effort = ReasoningEffort::kNone;
  bool add_bos = true;
  /// False for tool_choice "none": no tools block, but reasoning is kept as if
  /// there were one, since earlier turns may have used tools.
  bool render_tools = true;
};

/// Part of a text.
struct TextRange {
  size_t begin, size;
};

/// The prompt as text. Its control tokens are where they are known to be: the
/// same characters inside a message are text.
struct EncodedChat {
  std::string text;
  std::vector<TextRange> control; ///< in order, disjoint
};

/// The prompt after which the model writes the next assistant message. It ends
/// in "<think>" exactly if the model is to reason (see OutputMode).
///
/// `context` are messages in front whose prompt has been given to the model
/// already: they decide what follows, but only `messages` are encoded, without
/// a beginning-of-sequence token if there is any context.
///
/// Errors name the message by its index: "messages[2]: ...".
absl::StatusOr<EncodedChat>
EncodeChat(absl::Span<const ChatMessage> messages, const ChatTexts &texts,
           const ChatOptions &options = {},
           absl::Span<const ChatMessage> context = {});

/// The mode that the output of a prompt has to be parsed in: kThinking if the
/// prompt leaves the reasoning open.
ChatMode OutputMode(const EncodedChat &prompt);

/// The ids of the prompt. With kMatch, tokens spelt out in messages become
/// tokens, as in the published encoder; with kText only the encoder's own do,
/// so that no message can forge a turn. Without such spellings both are the
/// same. An error if the tokenizer lacks a control token that is needed.
absl::StatusOr<std::vector<int32_t>>
TokenizeChat(const EncodedChat &prompt, const Tokenizer &tokenizer,
             Tokenizer::AddedTokens added_tokens);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATENCODER_H
