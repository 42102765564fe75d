//===- ChatOutputParser.h - The model's text as a message ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATOUTPUTPARSER_H
#define DSV4RUN_CHAT_CHATOUTPUTPARSER_H

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "dsv4run/Chat/ChatMessage.h"

namespace dsv4run {

/// A piece of the message, in the order in which the model writes it. All
/// pieces of one kind (and one call) joined are the message's field.
struct ChatDelta {
  enum class Kind {
    kReasoning,
    kContent,
    kToolCall,      ///< a call starts; the text is its name
    kToolArguments, ///< a part of the JSON text of the call's arguments
  };
  Kind kind;
  std::string text;
  size_t call = 0; ///< index of the call, for the last two kinds
};

/// Takes the model's output apart (spec section 6.6), piece by piece as it is
/// generated and decoded with special tokens kept. Text that may be the start
/// of a marker is held back until the next piece tells.
///
/// Whatever the model writes gives a message. Deviations from the format are
/// put right where what is meant is plain, and noted: a call block before
/// "</think>", a wrong number of newlines, text after the block, truncated
/// output, ... A call with a deviation inside is not `well_formed` and should
/// not be run.
class ChatOutputParser {
public:
  /// `mode` is OutputMode of the prompt.
  explicit ChatOutputParser(ChatMode mode);

  /// More text. What comes after the end-of-sequence token is only noted.
  std::vector<ChatDelta> Push(absl::string_view text);

  /// The end of the output; `stopped` if it ended by the end-of-sequence token
  /// (which need not have been pushed), rather than for want of room. Gives out
  /// what was held back.
  std::vector<ChatDelta> Finish(bool stopped);

  /// Role kAssistant. Until Finish, without what is held back.
  const ChatMessage &message() const { return message_; }

  /// For each of the message's calls, whether it is complete and exactly as the
  /// format has it.
  const std::vector<bool> &well_formed() const { return well_formed_; }

  /// Deviations, as "byte 17: expected ..., found ...".
  const std::vector<std::string> &deviations() const { return deviations_; }

private:
  ChatMessage message_;
  std::vector<bool> well_formed_;
  std::vector<std::string> deviations_;
};

/// The message of a whole output, which includes the end-of-sequence token.
/// Any deviation is an error that names it.
absl::StatusOr<ChatMessage> ParseChatOutput(absl::string_view text,
                                            ChatMode mode);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATOUTPUTPARSER_H
