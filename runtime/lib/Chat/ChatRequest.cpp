//===- ChatRequest.cpp - Messages from JSON -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatRequest.h"

#include <utility>

#include "ChatNames.h"
#include "ToolArguments.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Chat/PythonJson.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using Kind = PythonJson::Kind;
using Node = PythonJsonNode;

/// A string, or the texts of an array of parts joined by blank lines.
absl::StatusOr<std::string> ReadContent(const Node &node) {
  if (node.is(Kind::kString))
    return node.String();
  if (!node.is(Kind::kArray))
    return node.Expected("a string or an array of parts");
  std::vector<std::string> parts;
  for (size_t i = 0; i < node.value().elements.size(); ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(Node type_node, node.At(i).Get("type"));
    DSV4RUN_ASSIGN_OR_RETURN(std::string type, type_node.String());
    if (type == "text") {
      DSV4RUN_ASSIGN_OR_RETURN(Node text_node, node.At(i).Get("text"));
      DSV4RUN_ASSIGN_OR_RETURN(std::string text, text_node.String());
      parts.push_back(std::move(text));
    } else {
      parts.push_back(absl::StrCat("[Unsupported ", type, "]"));
    }
  }
  return absl::StrJoin(parts, "\n\n");
}

/// An optional member that is a string.
absl::Status ReadString(const Node &parent, absl::string_view key,
                        std::string &value) {
  if (std::optional<Node> node = parent.Find(key)) {
    DSV4RUN_ASSIGN_OR_RETURN(value, node->String());
  }
  return absl::OkStatus();
}

/// The member `function` of a tool or a tool call.
absl::StatusOr<Node> ReadFunction(const Node &parent) {
  DSV4RUN_RETURN_IF_ERROR(parent.ExpectObject());
  if (std::optional<Node> type = parent.Find("type"))
    if (!type->is(Kind::kString) || type->value().text != "function")
      return type->Expected("\"function\" (nothing else is supported)");
  DSV4RUN_ASSIGN_OR_RETURN(Node function, parent.Get("function"));
  DSV4RUN_RETURN_IF_ERROR(function.ExpectObject());
  return function;
}

absl::StatusOr<std::string> ReadName(const Node &function) {
  DSV4RUN_ASSIGN_OR_RETURN(Node node, function.Get("name"));
  DSV4RUN_ASSIGN_OR_RETURN(std::string name, node.String());
  if (name.empty())
    return node.Expected("at least one character");
  return name;
}

absl::StatusOr<std::vector<ToolCall>> ReadToolCalls(const Node &list) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, list.ArraySize());
  std::vector<ToolCall> calls(size);
  for (size_t i = 0; i < size; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(Node function, ReadFunction(list.At(i)));
    DSV4RUN_RETURN_IF_ERROR(ReadString(list.At(i), "id", calls[i].id));
    DSV4RUN_ASSIGN_OR_RETURN(calls[i].name, ReadName(function));
    DSV4RUN_ASSIGN_OR_RETURN(Node arguments, function.Get("arguments"));
    DSV4RUN_ASSIGN_OR_RETURN(calls[i].arguments, arguments.String());
    absl::Status status = ParseToolArguments(calls[i].arguments).status();
    if (!status.ok())
      return arguments.Error(status.message());
  }
  return calls;
}

absl::StatusOr<std::vector<std::string>> ReadTools(const Node &list) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, list.ArraySize());
  std::vector<std::string> tools;
  for (size_t i = 0; i < size; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(Node function, ReadFunction(list.At(i)));
    DSV4RUN_RETURN_IF_ERROR(ReadName(function).status());
    tools.push_back(function.value().Dump());
  }
  return tools;
}

/// Empty for the format {"type": "text"}, which asks for nothing.
absl::StatusOr<std::string> ReadResponseFormat(const Node &node) {
  DSV4RUN_RETURN_IF_ERROR(node.ExpectObject());
  if (std::optional<Node> type = node.Find("type"))
    if (type->is(Kind::kString) && type->value().text == "text")
      return std::string();
  return node.value().Dump();
}

bool IsInstruction(ChatRole role) {
  return role == ChatRole::kSystem || role == ChatRole::kDeveloper;
}

/// Fields that would be lost in a message of another role are errors.
absl::Status CheckRoles(const Node &node, ChatRole role) {
  struct {
    const char *key;
    bool belongs;
    const char *roles;
  } const fields[] = {
      {"tools", IsInstruction(role), "a system or developer message"},
      {"response_format", IsInstruction(role), "a system or developer message"},
      {"tool_calls", role == ChatRole::kAssistant, "an assistant message"},
      {"reasoning_content", role == ChatRole::kAssistant,
       "an assistant message"},
      {"wo_eos", role == ChatRole::kAssistant, "an assistant message"},
      {"tool_call_id", role == ChatRole::kTool, "a tool message"},
  };
  for (const auto &field : fields)
    if (std::optional<Node> found = node.Find(field.key);
        found && !field.belongs)
      return found->Error(absl::StrCat("expected in ", field.roles,
                                       " only, found in one of role ",
                                       ChatRoleName(role)));
  return absl::OkStatus();
}

absl::StatusOr<ChatMessage> ReadMessage(const Node &node) {
  ChatMessage message;
  DSV4RUN_ASSIGN_OR_RETURN(Node role_node, node.Get("role"));
  DSV4RUN_ASSIGN_OR_RETURN(std::string role_name, role_node.String());
  std::optional<ChatRole> role = FindChatRole(role_name);
  if (!role)
    return role_node.Expected(absl::StrCat("one of ", ChatRoleNames()));
  message.role = *role;
  DSV4RUN_RETURN_IF_ERROR(CheckRoles(node, *role));

  // A system message may consist of tools, an assistant's of calls.
  bool may_lack_content =
      *role == ChatRole::kSystem || *role == ChatRole::kAssistant;
  std::optional<Node> content = node.Find("content");
  if (!content && !may_lack_content) {
    DSV4RUN_ASSIGN_OR_RETURN(content, node.Get("content"));
  }
  if (content) {
    DSV4RUN_ASSIGN_OR_RETURN(message.content, ReadContent(*content));
  }
  if (*role == ChatRole::kDeveloper && message.content.empty())
    return content->Expected("text in a developer message");

  DSV4RUN_RETURN_IF_ERROR(
      ReadString(node, "reasoning_content", message.reasoning_content));
  DSV4RUN_RETURN_IF_ERROR(
      ReadString(node, "tool_call_id", message.tool_call_id));
  if (std::optional<Node> calls = node.Find("tool_calls")) {
    DSV4RUN_ASSIGN_OR_RETURN(message.tool_calls, ReadToolCalls(*calls));
  }
  if (std::optional<Node> tools = node.Find("tools")) {
    DSV4RUN_ASSIGN_OR_RETURN(message.tools, ReadTools(*tools));
  }
  if (std::optional<Node> format = node.Find("response_format")) {
    DSV4RUN_ASSIGN_OR_RETURN(message.response_format,
                             ReadResponseFormat(*format));
  }
  if (std::optional<Node> task = node.Find("task")) {
    DSV4RUN_ASSIGN_OR_RETURN(std::string name, task->String());
    message.task = FindChatTask(name);
    if (!message.task)
      return task->Expected(absl::StrCat("one of ", ChatTaskNames()));
  }
  if (std::optional<Node> without_eos = node.Find("wo_eos")) {
    DSV4RUN_ASSIGN_OR_RETURN(message.without_eos, without_eos->Bool());
  }
  return message;
}

absl::StatusOr<std::vector<ChatMessage>> ReadMessages(const Node &list) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, list.ArraySize());
  std::vector<ChatMessage> messages;
  for (size_t i = 0; i < size; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(ChatMessage message, ReadMessage(list.At(i)));
    messages.push_back(std::move(message));
  }
  return messages;
}

/// What a request says for the whole conversation goes to its first message.
absl::Status ReadRequestFields(const Node &root, ChatRequest &request) {
  if (std::optional<Node> choice = root.Find("tool_choice")) {
    request.tools_forbidden =
        choice->is(Kind::kString) && choice->value().text == "none";
    bool automatic =
        choice->is(Kind::kString) && choice->value().text == "auto";
    if (!automatic && !request.tools_forbidden)
      return choice->Expected("\"auto\" or \"none\" (the chat format cannot "
                              "express anything else)");
  }
  std::vector<std::string> tools;
  std::optional<Node> tools_node = root.Find("tools");
  if (tools_node) {
    DSV4RUN_ASSIGN_OR_RETURN(tools, ReadTools(*tools_node));
  }
  std::string format;
  std::optional<Node> format_node = root.Find("response_format");
  if (format_node) {
    DSV4RUN_ASSIGN_OR_RETURN(format, ReadResponseFormat(*format_node));
  }
  if (tools.empty() && format.empty())
    return absl::OkStatus();

  std::vector<ChatMessage> &messages = request.messages;
  if (messages.empty() || !IsInstruction(messages[0].role)) {
    messages.emplace(messages.begin());
    messages[0].role = ChatRole::kSystem;
  }
  if (!tools.empty() && !messages[0].tools.empty())
    return tools_node->Error("expected tools here or in the first message, "
                             "found both");
  if (!format.empty() && !messages[0].response_format.empty())
    return format_node->Error("expected a response format here or in the first "
                              "message, found both");
  if (!tools.empty())
    messages[0].tools = std::move(tools);
  if (!format.empty())
    messages[0].response_format = std::move(format);
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<ChatRequest> ParseChatRequest(absl::string_view text,
                                             absl::string_view source) {
  DSV4RUN_ASSIGN_OR_RETURN(PythonJson document,
                           PythonJson::Parse(text, source));
  Node root(document, source);
  ChatRequest request;
  if (root.is(Kind::kArray)) {
    DSV4RUN_ASSIGN_OR_RETURN(request.messages, ReadMessages(root));
    return request;
  }
  if (!root.is(Kind::kObject))
    return root.Expected("an array of messages or an object with \"messages\"");
  DSV4RUN_ASSIGN_OR_RETURN(Node messages, root.Get("messages"));
  DSV4RUN_ASSIGN_OR_RETURN(request.messages, ReadMessages(messages));
  DSV4RUN_RETURN_IF_ERROR(ReadRequestFields(root, request));
  return request;
}

} // namespace dsv4run
