//===- ChatExamples.h - Conversations and short names for tests -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_CHAT_CHATEXAMPLES_H
#define DSV4RUN_UNITTEST_CHAT_CHATEXAMPLES_H

#include <string>
#include <vector>

#include "Support/StatusMatchers.h"
#include "absl/strings/str_replace.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "dsv4run/Chat/ChatRequest.h"
#include "gtest/gtest.h"

namespace dsv4run::testing {

/// Stand-ins for the texts of a checkpoint; the first has tokens as the
/// published one has.
inline ChatTexts StandIns() {
  return {"PREFIX <｜DSML｜x> <think>\n\n", "\n\nSUFFIX\n", "FORMAT\n",
          "MAX\n\n"};
}

/// Spells out the short names of the specification; dots are for the eye.
inline std::string Expand(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"·", ""},
                                    {"[BOS]", "<｜begin▁of▁sentence｜>"},
                                    {"[EOS]", "<｜end▁of▁sentence｜>"},
                                    {"[USER]", "<｜User｜>"},
                                    {"[ASSIST]", "<｜Assistant｜>"},
                                    {"[REM]", "<｜latest_reminder｜>"},
                                    {"[THINK]", "<think>"},
                                    {"[/THINK]", "</think>"},
                                    {"⟦", "<｜DSML｜"},
                                    {"⟧", "</｜DSML｜"},
                                    {"⏎", "\n"}});
}

inline std::vector<ChatMessage> Messages(absl::string_view json) {
  absl::StatusOr<ChatRequest> request = ParseChatRequest(json, "test");
  EXPECT_OK(request);
  return request->messages;
}

inline absl::StatusOr<EncodedChat> Encode(absl::string_view json,
                                          const ChatOptions &options,
                                          absl::string_view context = "[]") {
  return EncodeChat(Messages(json), StandIns(), options, Messages(context));
}

inline std::string Text(absl::string_view json, const ChatOptions &options,
                        absl::string_view context = "[]") {
  absl::StatusOr<EncodedChat> encoded = Encode(json, options, context);
  EXPECT_OK(encoded);
  return encoded.ok() ? encoded->text : "";
}

inline ChatOptions Chat() {
  ChatOptions options;
  options.mode = ChatMode::kChat;
  return options;
}

inline ChatOptions Thinking() { return {}; }

inline ChatOptions KeepThinking() {
  ChatOptions options;
  options.drop_thinking = false;
  return options;
}

inline ChatOptions WithEffort(ReasoningEffort effort) {
  ChatOptions options;
  options.effort = effort;
  return options;
}

inline constexpr char kBrief[] = R"([{"role": "system", "content": "Be brief."},
                              {"role": "user", "content": "Hi"}])";

inline constexpr char kTurns[] = R"([
  {"role": "user", "content": "a"},
  {"role": "assistant", "content": "b", "reasoning_content": "r1"},
  {"role": "user", "content": "c"}])";

inline constexpr char kToolTurns[] = R"([
  {"role": "system", "content": "S", "tools": [{"type": "function",
    "function": {"name": "add", "parameters": {"type": "object"}}}]},
  {"role": "user", "content": "go"},
  {"role": "assistant", "reasoning_content": "R", "content": "", "tool_calls": [
    {"id": "c1", "type": "function", "function":
      {"name": "add", "arguments": "{\"x\": 5, \"tag\": \"5\"}"}},
    {"id": "c2", "type": "function", "function":
      {"name": "add", "arguments": "{}"}}]},
  {"role": "tool", "tool_call_id": "c2", "content": "two"},
  {"role": "tool", "tool_call_id": "c1", "content": "one"}])";

inline constexpr char kRenderedCalls[] =
    "⏎⏎⟦tool_calls>⏎⟦invoke name=\"add\">⏎"
    "⟦parameter name=\"x\" string=\"false\">5⟧parameter>⏎"
    "⟦parameter name=\"tag\" string=\"true\">5⟧parameter>⏎"
    "⟧invoke>⏎⟦invoke name=\"add\">⏎⏎⟧invoke>⏎⟧tool_calls>";

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_CHAT_CHATEXAMPLES_H
