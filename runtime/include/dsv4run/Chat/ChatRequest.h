//===- ChatRequest.h - Messages from JSON ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATREQUEST_H
#define DSV4RUN_CHAT_CHATREQUEST_H

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Chat/ChatMessage.h"

namespace dsv4run {

struct ChatRequest {
  std::vector<ChatMessage> messages;
  /// tool_choice is "none": ChatOptions::render_tools has to be false.
  bool tools_forbidden = false;
};

/// Reads an array of messages, or an object with the key `messages`. An object
/// may also have `tools`, `tool_choice` ("auto" or "none") and
/// `response_format`, as chat interfaces have them: tools and format go to the
/// first message if it is a system or developer message, else to an empty
/// system message in front. Other keys of the object are not looked at.
///
/// A message has `role` and `content`, and as its role allows
/// `reasoning_content`, `tool_calls`, `tool_call_id`, `tools`,
/// `response_format`, `task`, `wo_eos` (spec section 6.2). `content` is a
/// string or an array of {"type": "text", "text": ...}; parts of other types
/// become "[Unsupported TYPE]". Keys that mean nothing here are not looked at.
///
/// `source` names the text in messages. Errors name the message by its JSON
/// pointer: "messages.json: /messages/2/tool_calls/0/function: missing key
/// \"name\"".
absl::StatusOr<ChatRequest> ParseChatRequest(absl::string_view text,
                                             absl::string_view source);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATREQUEST_H
