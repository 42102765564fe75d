//===- ChatOutputParser.h - The model's text as a message -----------------===//
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
  /// What the next text is part of.
  enum class State {
    kReasoning,
    kContent,
    kBetweenCalls,      ///< before "<｜DSML｜invoke" or the end of the block
    kCallName,          ///< behind "<｜DSML｜invoke"
    kBetweenParameters, ///< before "<｜DSML｜parameter" or the end of the call
    kParameterHead,     ///< behind "<｜DSML｜parameter"
    kValue,
    kEnded,
  };
  /// Where a marker begins in the pending text, or how much of it is surely no
  /// part of one.
  struct Found {
    size_t position;
    int marker; // -1 for none
  };

  bool Step();
  bool StepText();
  bool StepBetweenCalls();
  bool StepCallName();
  bool StepBetweenParameters();
  bool StepParameterHead();
  bool StepValue();
  bool HandleTag(int marker);

  Found Find(absl::Span<const absl::string_view> markers);
  absl::string_view pending() const;
  std::string Take(size_t size);
  void Skip(size_t size) { at_ += size; }
  void Emit(ChatDelta::Kind kind, absl::string_view text);
  void Deviate(absl::string_view expected, absl::string_view found);
  void DeviateInCall(absl::string_view expected, absl::string_view found);
  void ExpectGap(absl::string_view gap, absl::string_view expected);
  void StartCall(absl::string_view name);
  void EndCall(bool complete);

  State state_;
  std::string buffer_;
  size_t at_ = 0;            // of the first pending byte in buffer_
  size_t searched_ = 0;      // no marker begins in front of it
  size_t buffer_offset_ = 0; // of buffer_ in the output
  bool finishing_ = false, saw_eos_ = false;
  bool after_calls_ = false; // content that follows a block
  bool stray_noted_ = false; // text behind the block or the end
  bool after_name_ = false;  // no parameter yet
  bool string_value_ = false, skip_value_ = false;
  std::vector<std::string> parameter_names_; // of the open call
  std::vector<ChatDelta> deltas_;

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
