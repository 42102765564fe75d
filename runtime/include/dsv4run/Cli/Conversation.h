//===- Conversation.h - Messages and the tokens they are ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_CONVERSATION_H
#define DSV4RUN_CLI_CONVERSATION_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "dsv4run/Chat/ChatMessage.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

/// Sets mode and effort by the words on, off and max; false for another one.
bool SetThinking(absl::string_view word, ChatOptions &options);
/// The word for mode and effort.
absl::string_view ThinkingWord(const ChatOptions &options);

/// The messages so far, and the tokens of the last prompt with the answer as it
/// was generated. The next prompt goes on with these tokens if its text does:
/// encoding the answer's text anew could give others, and their state would
/// have to be computed.
class Conversation {
public:
  ChatOptions options;
  std::vector<ChatMessage> messages;

  /// The last prompt and answer; empty at the start.
  struct History {
    std::string text;
    std::vector<int32_t> tokens;
  };
  const History &history() const { return history_; }
  void set_history(History history) { history_ = std::move(history); }

  struct Prompt {
    std::string text;
    std::vector<int32_t> tokens;
    ChatMode output_mode = ChatMode::kChat;
  };
  /// The prompt for an answer to the messages.
  absl::StatusOr<Prompt> NextPrompt(const Tokenizer &tokenizer,
                                    const ChatTexts &texts) const;

  /// Adds the answer. `tokens` and `text` are what the model wrote, without the
  /// end-of-sequence token.
  void AddAnswer(const Prompt &prompt, ChatMessage answer,
                 absl::Span<const int32_t> tokens, absl::string_view text);

  /// The system message at the start, or null.
  const std::string *system() const;
  /// Sets it, or removes it if the text is empty.
  void set_system(const std::string &text);
  /// Forgets all messages but the system message.
  void Reset();

private:
  History history_;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_CONVERSATION_H
