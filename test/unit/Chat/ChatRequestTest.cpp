//===- ChatRequestTest.cpp - Good and bad JSON ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatRequest.h"

#include <string>

#include "Support/StatusMatchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsInvalid;

absl::StatusOr<ChatRequest> Parse(const std::string &json) {
  return ParseChatRequest(json, "m.json");
}

/// Keys of tools keep their order and get Python's separators (pitfall P56).
TEST(ChatRequest, ReadsEveryField) {
  ASSERT_OK_AND_ASSIGN(ChatRequest request, Parse(R"({"messages": [
    {"role": "system", "content": "s", "tools": [{"type": "function",
       "function": {"name": "f", "parameters": {"b": 1.0, "a": "é"}}}],
     "response_format": {"type": "json_object"}},
    {"role": "user", "content": "u", "task": "read_url", "name": "ignored"},
    {"role": "assistant", "content": null, "reasoning_content": "r",
     "wo_eos": true, "tool_calls": [{"id": "1", "type": "function",
       "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "1", "content": "t", "tool_calls": null},
    {"role": "latest_reminder", "content": "l"},
    {"role": "developer", "content": "d"}], "model": "ignored"})"));
  ASSERT_EQ(request.messages.size(), 6u);
  const ChatMessage &system = request.messages[0];
  EXPECT_EQ(system.role, ChatRole::kSystem);
  EXPECT_EQ(system.content, "s");
  EXPECT_THAT(
      system.tools,
      ElementsAre(R"({"name": "f", "parameters": {"b": 1.0, "a": "é"}})"));
  EXPECT_EQ(system.response_format, R"({"type": "json_object"})");
  EXPECT_EQ(request.messages[1].role, ChatRole::kUser);
  EXPECT_EQ(request.messages[1].task, ChatTask::kReadUrl);
  const ChatMessage &assistant = request.messages[2];
  EXPECT_EQ(assistant.role, ChatRole::kAssistant);
  EXPECT_EQ(assistant.content, "");
  EXPECT_EQ(assistant.reasoning_content, "r");
  EXPECT_TRUE(assistant.without_eos);
  ASSERT_EQ(assistant.tool_calls.size(), 1u);
  EXPECT_EQ(assistant.tool_calls[0].id, "1");
  EXPECT_EQ(assistant.tool_calls[0].name, "f");
  EXPECT_EQ(assistant.tool_calls[0].arguments, "{}");
  EXPECT_EQ(request.messages[3].role, ChatRole::kTool);
  EXPECT_EQ(request.messages[3].tool_call_id, "1");
  EXPECT_EQ(request.messages[4].role, ChatRole::kLatestReminder);
  EXPECT_EQ(request.messages[5].role, ChatRole::kDeveloper);
  EXPECT_FALSE(request.tools_forbidden);
}

TEST(ChatRequest, JoinsParts) {
  ASSERT_OK_AND_ASSIGN(ChatRequest request, Parse(R"([{"role": "tool",
    "content": [{"type": "text", "text": "a"}, {"type": "image_url", "x": 1},
                {"type": "text", "text": "b"}]}])"));
  EXPECT_EQ(request.messages[0].content, "a\n\n[Unsupported image_url]\n\nb");
}

TEST(ChatRequest, PutsToolsInFront) {
  ASSERT_OK_AND_ASSIGN(ChatRequest request, Parse(R"({
    "messages": [{"role": "user", "content": "u"}],
    "tools": [{"function": {"name": "f"}}], "tool_choice": "none",
    "response_format": {"type": "text"}})"));
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(request.messages[0].role, ChatRole::kSystem);
  EXPECT_EQ(request.messages[0].content, "");
  EXPECT_THAT(request.messages[0].tools, ElementsAre(R"({"name": "f"})"));
  EXPECT_EQ(request.messages[0].response_format, "");
  EXPECT_TRUE(request.tools_forbidden);

  ASSERT_OK_AND_ASSIGN(request, Parse(R"({
    "messages": [{"role": "system", "content": "s"}], "tools": [],
    "tool_choice": "auto", "response_format": {"type": "json_object"}})"));
  ASSERT_EQ(request.messages.size(), 1u);
  EXPECT_EQ(request.messages[0].response_format, R"({"type": "json_object"})");
}

TEST(ChatRequest, JsonOfAMessageReadsBack) {
  constexpr char kMessages[] =
      R"([{"role": "system", "content": "s\n", "tools": [{"type": "function", "function": {"name": "f"}}], "response_format": {"a": 1}}, )"
      R"({"role": "assistant", "content": "", "reasoning_content": "r", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}], "task": "title", "wo_eos": true}, )"
      R"({"role": "tool", "content": "x", "tool_call_id": "1"}])";
  ASSERT_OK_AND_ASSIGN(ChatRequest request, Parse(kMessages));
  std::string json = "[";
  for (const ChatMessage &message : request.messages)
    json += (json.size() > 1 ? ", " : "") + ChatMessageToJson(message);
  EXPECT_EQ(json + "]", kMessages);
}

struct BadCase {
  const char *json, *error;
};

const BadCase kBadCases[] = {
    {"5", "m.json: top level: expected an array of messages or an object with "
          "\"messages\", found 5"},
    {"{}", "m.json: top level: missing key \"messages\""},
    {R"({"messages": 5})", "m.json: /messages: expected an array, found 5"},
    {"[5]", "m.json: /0: expected an object, found 5"},
    {R"([{"content": "x"}])", "m.json: /0: missing key \"role\""},
    {R"([{"role": "user", "content": ""}, {"role": "bot", "content": "x"}])",
     "m.json: /1/role: expected one of system, developer, user, assistant, "
     "tool, latest_reminder, found \"bot\""},
    {R"({"messages": [{"role": "user"}]})",
     "m.json: /messages/0: missing key \"content\""},
    {R"([{"role": "user", "content": null}])",
     "/0/content: expected a string or an array of parts, found null"},
    {R"([{"role": "user", "content": [{"type": "text"}]}])",
     "/0/content/0: missing key \"text\""},
    {R"([{"role": "user", "content": ["x"]}])",
     "/0/content/0: expected an object, found \"x\""},
    {R"([{"role": "developer", "content": ""}])",
     "/0/content: expected text in a developer message, found \"\""},
    {R"([{"role": "user", "content": "x", "task": "sing"}])",
     "/0/task: expected one of action, query, authority, domain, title, "
     "read_url, found \"sing\""},
    {R"([{"role": "user", "content": "x", "tools": []}])",
     "/0/tools: expected in a system or developer message only, found in one "
     "of role user"},
    {R"([{"role": "system", "content": "x", "tool_calls": []}])",
     "/0/tool_calls: expected in an assistant message only"},
    {R"([{"role": "assistant", "content": "x", "tool_call_id": "1"}])",
     "/0/tool_call_id: expected in a tool message only"},
    {R"([{"role": "system", "tools": [{"function": {"name": "f"}}, {}]}])",
     "/0/tools/1: missing key \"function\""},
    {R"([{"role": "system", "tools": [{"type": "mcp", "function": {}}]}])",
     "/0/tools/0/type: expected \"function\" (nothing else is supported), "
     "found \"mcp\""},
    {R"([{"role": "system", "tools": [{"function": {"name": ""}}]}])",
     "/0/tools/0/function/name: expected at least one character"},
    {R"([{"role": "system", "response_format": "json"}])",
     "/0/response_format: expected an object, found \"json\""},
    {R"([{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}])",
     "/0/tool_calls/0/function: missing key \"arguments\""},
    {R"([{"role": "assistant", "tool_calls":
          [{"function": {"name": "f", "arguments": {}}}]}])",
     "/0/tool_calls/0/function/arguments: expected a string, found an object"},
    {R"([{"role": "assistant", "tool_calls":
          [{"function": {"name": "f", "arguments": "[1]"}}]}])",
     "/0/tool_calls/0/function/arguments: expected the text of a JSON object, "
     "found \"[1]\""},
    {R"([{"role": "assistant", "wo_eos": 1}])",
     "/0/wo_eos: expected true or false, found 1"},
    {R"({"messages": [], "tool_choice": "required"})",
     "/tool_choice: expected \"auto\" or \"none\""},
    {R"({"messages": [{"role": "system", "tools":
          [{"function": {"name": "f"}}]}],
         "tools": [{"function": {"name": "g"}}]})",
     "/tools: expected tools here or in the first message, found both"},
    {R"({"messages": [{"role": "system", "response_format": {"a": 1}}],
         "response_format": {"b": 2}})",
     "/response_format: expected a response format here or in the first "
     "message, found both"},
    {R"([{"role": "user", "role": "user"}])", "duplicate key \"role\""},
    {"[", "m.json: invalid JSON at byte 1: expected a value"},
};

TEST(ChatRequest, ErrorsNameMessageAndField) {
  for (const BadCase &bad : kBadCases)
    EXPECT_THAT(Parse(bad.json), IsInvalid(bad.error)) << bad.json;
}

} // namespace
} // namespace dsv4run
