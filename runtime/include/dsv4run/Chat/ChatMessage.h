//===- ChatMessage.h - Messages of a conversation -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATMESSAGE_H
#define DSV4RUN_CHAT_CHATMESSAGE_H

#include <optional>
#include <string>
#include <vector>

namespace dsv4run {

enum class ChatRole {
  kSystem,
  kDeveloper,
  kUser,
  kAssistant,
  kTool,
  kLatestReminder,
};

/// An instruction that asks for a short answer of a fixed kind instead of a
/// reply (spec section 6.2).
enum class ChatTask { kAction, kQuery, kAuthority, kDomain, kTitle, kReadUrl };

struct ToolCall {
  /// Joins the call with its result. The model writes none: calls that
  /// ChatOutputParser found have an empty one.
  std::string id;
  std::string name;
  /// The text of a JSON object.
  std::string arguments;
};

/// A message with the fields of spec section 6.2. All text is UTF-8.
struct ChatMessage {
  ChatRole role = ChatRole::kUser;
  std::string content;
  /// Of an assistant message.
  std::string reasoning_content;
  std::vector<ToolCall> tool_calls;
  /// The id of the call that this tool message answers.
  std::string tool_call_id;
  /// Of a system or developer message: the function object of each tool, as
  /// JSON text in the spelling of PythonJson.h.
  std::vector<std::string> tools;
  /// Of a system or developer message: JSON text in the same spelling; empty
  /// for none.
  std::string response_format;
  std::optional<ChatTask> task;
  /// Leaves an assistant message open, so that the model continues it.
  bool without_eos = false;
};

/// The message as one line of JSON, with the keys that chat interfaces use; a
/// key with an empty value is left out except content.
std::string ChatMessageToJson(const ChatMessage &message);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATMESSAGE_H
