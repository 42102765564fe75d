//===- ChatMessage.cpp - Messages as JSON ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatMessage.h"

#include "ChatNames.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Chat/PythonJson.h"

namespace dsv4run {

std::string ChatMessageToJson(const ChatMessage &message) {
  std::vector<std::string> members;
  auto add = [&](absl::string_view key, absl::string_view json) {
    members.push_back(absl::StrCat(QuoteJson(key), ": ", json));
  };
  auto add_text = [&](absl::string_view key, absl::string_view text) {
    if (!text.empty())
      add(key, QuoteJson(text));
  };
  add("role", QuoteJson(ChatRoleName(message.role)));
  add("content", QuoteJson(message.content));
  add_text("reasoning_content", message.reasoning_content);
  if (!message.tool_calls.empty()) {
    std::vector<std::string> calls;
    for (const ToolCall &call : message.tool_calls)
      calls.push_back(absl::StrCat(
          "{",
          call.id.empty() ? ""
                          : absl::StrCat("\"id\": ", QuoteJson(call.id), ", "),
          R"("type": "function", "function": {"name": )", QuoteJson(call.name),
          ", \"arguments\": ", QuoteJson(call.arguments), "}}"));
    add("tool_calls", absl::StrCat("[", absl::StrJoin(calls, ", "), "]"));
  }
  add_text("tool_call_id", message.tool_call_id);
  if (!message.tools.empty()) {
    std::vector<std::string> tools;
    for (const std::string &function : message.tools)
      tools.push_back(
          absl::StrCat(R"({"type": "function", "function": )", function, "}"));
    add("tools", absl::StrCat("[", absl::StrJoin(tools, ", "), "]"));
  }
  if (!message.response_format.empty())
    add("response_format", message.response_format);
  if (message.task)
    add("task", QuoteJson(ChatTaskName(*message.task)));
  if (message.without_eos)
    add("wo_eos", "true");
  return absl::StrCat("{", absl::StrJoin(members, ", "), "}");
}

} // namespace dsv4run
