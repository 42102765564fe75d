//===- ChatOutputParserTest.cpp - Well-formed, deviating and cut output ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatOutputParser.h"

#include <random>
#include <string>
#include <vector>

#include "Support/StatusMatchers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsv4run/Chat/PythonJson.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsInvalid;

constexpr char kEos[] = "<｜end▁of▁sentence｜>";

std::string Expand(absl::string_view text) {
  return absl::StrReplaceAll(
      text,
      {{"[EOS]", kEos}, {"⟦", "<｜DSML｜"}, {"⟧", "</｜DSML｜"}, {"⏎", "\n"}});
}

/// Two calls as the encoder renders them.
const char kCalls[] = "⏎⏎⟦tool_calls>⏎⟦invoke name=\"add\">⏎"
                      "⟦parameter name=\"x\" string=\"false\">5⟧parameter>⏎"
                      "⟦parameter name=\"tag\" string=\"true\">5⟧parameter>⏎"
                      "⟧invoke>⏎⟦invoke name=\"none\">⏎⏎⟧invoke>⏎⟧tool_calls>";

absl::StatusOr<ChatMessage> Strict(absl::string_view text,
                                   ChatMode mode = ChatMode::kChat) {
  return ParseChatOutput(Expand(text), mode);
}

struct Outcome {
  ChatMessage message;
  std::vector<bool> well_formed;
  std::vector<std::string> deviations;
};

Outcome Tolerant(absl::string_view text, ChatMode mode = ChatMode::kChat,
                 bool stopped = true) {
  ChatOutputParser parser(mode);
  parser.Push(Expand(text));
  parser.Finish(stopped);
  return {parser.message(), parser.well_formed(), parser.deviations()};
}

std::string Calls(const ChatMessage &message) {
  std::string text;
  for (const ToolCall &call : message.tool_calls)
    absl::StrAppend(&text, call.name, call.arguments, ";");
  return text;
}

/// The example of spec section 6.6.
TEST(ChatOutput, TheWorkedExample) {
  ASSERT_OK_AND_ASSIGN(
      ChatMessage message,
      Strict("why</think>⏎⏎⟦tool_calls>⏎⟦invoke name=\"add\">⏎"
             "⟦parameter name=\"x\" string=\"false\">5⟧parameter>⏎"
             "⟦parameter name=\"tag\" string=\"true\">5⟧parameter>⏎"
             "⟧invoke>⏎⟧tool_calls>[EOS]",
             ChatMode::kThinking));
  EXPECT_EQ(message.role, ChatRole::kAssistant);
  EXPECT_EQ(message.reasoning_content, "why");
  EXPECT_EQ(message.content, "");
  EXPECT_EQ(Calls(message), R"(add{"x": 5, "tag": "5"};)");
  EXPECT_EQ(ChatMessageToJson(message),
            R"({"role": "assistant", "content": "", "reasoning_content": "why")"
            R"(, "tool_calls": [{"type": "function", "function": {"name": )"
            R"("add", "arguments": "{\"x\": 5, \"tag\": \"5\"}"}}]})");
}

TEST(ChatOutput, PlainText) {
  ASSERT_OK_AND_ASSIGN(ChatMessage message, Strict("Hi.\n\n<b>\n[EOS]"));
  EXPECT_EQ(message.content, "Hi.\n\n<b>\n");
  EXPECT_EQ(message.reasoning_content, "");
  ASSERT_OK_AND_ASSIGN(message,
                       Strict("r\n</think>c[EOS]", ChatMode::kThinking));
  EXPECT_EQ(message.reasoning_content, "r\n");
  EXPECT_EQ(message.content, "c");
  ASSERT_OK_AND_ASSIGN(message, Strict("</think>[EOS]", ChatMode::kThinking));
  EXPECT_EQ(message.reasoning_content + message.content, "");
}

TEST(ChatOutput, ContentBeforeCalls) {
  ASSERT_OK_AND_ASSIGN(ChatMessage message,
                       Strict(absl::StrCat("a\n", kCalls, "[EOS]")));
  EXPECT_EQ(message.content, "a\n"); // two newlines belong to the block
  EXPECT_EQ(Calls(message), R"(add{"x": 5, "tag": "5"};none{};)");
}

TEST(ChatOutput, OneOrTwoNewlinesWithoutParameters) {
  for (const char *gap : {"⏎", "⏎⏎"})
    EXPECT_OK(Strict(absl::StrCat("⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">", gap,
                                  "⟧invoke>⏎⟧tool_calls>[EOS]")));
}

/// Pitfall P57: string="true" is text whatever it looks like; "false" is taken
/// as it is.
TEST(ChatOutput, ValuesAreNotRetyped) {
  auto arguments = [](absl::string_view parameters) {
    ChatMessage message =
        *Strict(absl::StrCat("⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎", parameters,
                             "⟧invoke>⏎⟧tool_calls>[EOS]"));
    return message.tool_calls[0].arguments;
  };
  EXPECT_EQ(arguments("⟦parameter name=\"a\" string=\"true\">true⟧parameter>⏎"),
            R"({"a": "true"})");
  EXPECT_EQ(arguments("⟦parameter name=\"a\" string=\"false\">{\"k\":1}"
                      "⟧parameter>⏎"),
            R"({"a": {"k":1}})");
  EXPECT_EQ(arguments("⟦parameter name=\"a\" string=\"false\">x y⟧parameter>⏎"),
            R"({"a": x y})");
  EXPECT_EQ(arguments("⟦parameter name=\"a\" string=\"true\">\"\n\\<⟦⟧ é"
                      "⟧parameter>⏎"),
            Expand(R"({"a": "\"\n\\<⟦⟧ é"})"));
  EXPECT_EQ(arguments("⟦parameter name=\"a\"b\" string=\"true\">⟧parameter>⏎"),
            R"({"a\"b": ""})");
}

struct StrictCase {
  const char *text;
  ChatMode mode;
  const char *error;
};

constexpr ChatMode kChat = ChatMode::kChat, kThinking = ChatMode::kThinking;

const StrictCase kStrictCases[] = {
    {"answer", kChat,
     "output of the model: byte 6: expected the end of the sequence, found the "
     "end of the output"},
    {"r", kThinking, "expected \"</think>\", found the end of the output"},
    {"r[EOS]", kThinking,
     "byte 1: expected \"</think>\", found the end of the sequence"},
    {"r⏎⏎⟦tool_calls>⏎⟧tool_calls>[EOS]", kThinking,
     "byte 1: expected \"</think>\" before tool calls"},
    {"a[EOS]b", kChat,
     "expected nothing after the end of the sequence, found "
     "\"b\""},
    {"a<think>[EOS]", kChat,
     "expected no special token in the content, found \"<think>\""},
    {"a</think>[EOS]", kChat,
     "byte 1: expected no special token in the content, found \"</think>\""},
    {"<｜begin▁of▁sentence｜></think>[EOS]", kThinking,
     "expected no special token in the reasoning"},
    {"⟦invoke name=\"f\">[EOS]", kChat,
     "expected no special token in the content, found \"｜DSML｜\""},
    {"a⏎⟦tool_calls>⏎⟧tool_calls>[EOS]", kChat,
     "expected two newlines before the tool calls, found one"},
    {"a⟦tool_calls>⏎⟧tool_calls>[EOS]", kChat,
     "expected two newlines before the tool calls, found none"},
    {"⏎⏎⟦tool_calls>⏎⟧tool_calls> [EOS]", kChat,
     "expected nothing after the tool calls, found \" \""},
    {"⏎⏎⟦tool_calls> ⏎⟧tool_calls>[EOS]", kChat,
     "expected \">\\n\", found \"> \\n\""},
    {"⏎⏎⟦tool_calls>⏎[EOS]", kChat,
     "expected the end of the tool calls, found the end of the sequence"},
    {"⏎⏎⟦tool_calls>⏎⟧parameter>⏎⟧tool_calls>[EOS]", kChat,
     "expected a tool call, found \"</｜DSML｜parameter\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke nam=\"f\">⏎⟧invoke>⏎⟧tool_calls>[EOS]", kChat,
     "expected name=\"NAME\"> of a tool call, found \" nam=\\\"f\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f⏎⟧invoke>⏎⟧tool_calls>[EOS]", kChat,
     "expected name=\"NAME\"> of a tool call, found \" name=\\\"f\\n\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⟧invoke>⏎⟧tool_calls>[EOS]", kChat,
     "expected one or two newlines, found \"\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎⟦parameter name=\"a\">1⟧parameter>⏎"
     "⟧invoke>⏎⟧tool_calls>[EOS]",
     kChat, "name=\"NAME\" string=\"true|false\"> of a parameter, found"},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
     "⟦parameter name=\"a\" string=\"true\">1⟧parameter>⏎"
     "⟦parameter name=\"a\" string=\"true\">2⟧parameter>⏎"
     "⟧invoke>⏎⟧tool_calls>[EOS]",
     kChat, "expected each parameter once, found \"a\" again"},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
     "⟦parameter name=\"a\" string=\"true\">1⟧parameter> ⏎"
     "⟧invoke>⏎⟧tool_calls>[EOS]",
     kChat, "expected \">\\n\", found \"> \\n\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
     "⟦parameter name=\"a\" string=\"true\">1/｜DSML｜parameter>⏎"
     "⟧invoke>⏎⟧tool_calls>[EOS]",
     kChat, "expected \"</｜DSML｜parameter\", found \"/｜DSML｜parameter\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎⟧tool_calls>[EOS]", kChat,
     "expected the end of a tool call, found \"</｜DSML｜tool_calls>\""},
    {"⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
     "⟦parameter name=\"a\" string=\"true\">1",
     kChat, "expected the end of a tool call, found the end of the output"},
};

TEST(ChatOutput, StrictParsingNamesDeviations) {
  for (const StrictCase &entry : kStrictCases)
    EXPECT_THAT(Strict(entry.text, entry.mode), IsInvalid(entry.error))
        << entry.text;
}

// What spec section 6.6 says that production parsers have to tolerate.

TEST(ChatOutput, ToleratesAMissingEndOfThinking) {
  Outcome outcome = Tolerant(absl::StrCat("why", kCalls, "[EOS]"), kThinking);
  EXPECT_EQ(outcome.message.reasoning_content, "why");
  EXPECT_EQ(outcome.message.content, "");
  EXPECT_EQ(Calls(outcome.message), R"(add{"x": 5, "tag": "5"};none{};)");
  EXPECT_THAT(outcome.well_formed, ElementsAre(true, true));
  EXPECT_THAT(outcome.deviations,
              ElementsAre(HasSubstr("\"</think>\" before tool calls")));
}

TEST(ChatOutput, ToleratesFewerNewlines) {
  std::string calls = Expand(kCalls).substr(2);
  for (const char *newlines : {"", "\n"}) {
    Outcome outcome = Tolerant(absl::StrCat("a", newlines, calls, "[EOS]"));
    EXPECT_EQ(outcome.message.content, "a");
    EXPECT_THAT(outcome.well_formed, ElementsAre(true, true));
  }
}

TEST(ChatOutput, ToleratesTextAndBlocksBehindABlock) {
  Outcome outcome = Tolerant(absl::StrCat("a", kCalls, "\n\nb", kCalls, "\n"));
  EXPECT_EQ(outcome.message.content, "ab");
  EXPECT_THAT(outcome.well_formed, ElementsAre(true, true, true, true));
  EXPECT_FALSE(outcome.deviations.empty());
}

TEST(ChatOutput, ToleratesCutOutput) {
  std::string text = Expand(absl::StrCat("why</think>c", kCalls));
  for (size_t cut = 0; cut < text.size(); ++cut) {
    Outcome outcome = Tolerant(text.substr(0, cut), kThinking, false);
    EXPECT_FALSE(outcome.deviations.empty()) << cut;
    EXPECT_EQ(outcome.message.content.find("DSML"), std::string::npos) << cut;
    for (size_t i = 0; i < outcome.well_formed.size(); ++i)
      if (outcome.well_formed[i])
        EXPECT_OK(PythonJson::Parse(outcome.message.tool_calls[i].arguments,
                                    "arguments"))
            << cut;
  }
  Outcome outcome = Tolerant("⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
                             "⟦parameter name=\"a\" string=\"true\">he⟧par",
                             kChat, false);
  EXPECT_EQ(Calls(outcome.message), Expand("f{\"a\": \"he⟧par;"));
  EXPECT_THAT(outcome.well_formed, ElementsAre(false));
}

/// A call that lost something must not be run.
TEST(ChatOutput, DamagedCallsAreNotWellFormed) {
  Outcome outcome =
      Tolerant("⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
               "⟦parameter name=\"a\">1⟧parameter>⏎"
               "⟦parameter name=\"b\" string=\"false\">2⟧parameter>⏎"
               "⟧invoke>⏎⟦invoke name=\"g\">⏎⏎⟧invoke>⏎"
               "⟦invoke name=\"h\">⏎⟧tool_calls>[EOS]");
  EXPECT_EQ(Calls(outcome.message), R"(f{"b": 2};g{};h{};)");
  EXPECT_THAT(outcome.well_formed, ElementsAre(false, true, false));
}

TEST(ChatOutput, ParametersAreNotGivenTwice) {
  Outcome outcome =
      Tolerant("⏎⏎⟦tool_calls>⏎⟦invoke name=\"f\">⏎"
               "⟦parameter name=\"a\" string=\"false\">1⟧parameter>⏎"
               "⟦parameter name=\"a\" string=\"false\">2⟧parameter>⏎"
               "⟧invoke>⏎⟧tool_calls>[EOS]");
  EXPECT_EQ(Calls(outcome.message), R"(f{"a": 1};)");
  EXPECT_THAT(outcome.well_formed, ElementsAre(false));
}

TEST(ChatOutput, DeviationsAreBounded) {
  std::string text = "⏎⏎⟦tool_calls>";
  for (int i = 0; i < 1000; ++i)
    text += "x⟧parameter";
  EXPECT_EQ(Tolerant(text).deviations.size(), 100u);
}

/// Joins the pieces of each field again.
void Collect(const std::vector<ChatDelta> &deltas, ChatMessage &message) {
  for (const ChatDelta &delta : deltas) {
    switch (delta.kind) {
    case ChatDelta::Kind::kReasoning:
      message.reasoning_content += delta.text;
      break;
    case ChatDelta::Kind::kContent:
      message.content += delta.text;
      break;
    case ChatDelta::Kind::kToolCall:
      ASSERT_EQ(delta.call, message.tool_calls.size());
      message.tool_calls.push_back({"", delta.text, ""});
      break;
    case ChatDelta::Kind::kToolArguments:
      ASSERT_EQ(delta.call + 1, message.tool_calls.size());
      message.tool_calls.back().arguments += delta.text;
      break;
    }
  }
}

/// However the text is cut into pieces, the pieces given out make up the same
/// message.
TEST(ChatOutputStream, IsTheSameForAllCuts) {
  std::vector<std::string> texts = {
      absl::StrCat("why\n\n<b></think>c\n\n\n", kCalls, "[EOS]"),
      absl::StrCat("why", kCalls, " more", kCalls, "[EOS]x")};
  for (const StrictCase &entry : kStrictCases)
    texts.push_back(entry.text);
  std::mt19937_64 random(1);
  for (const std::string &written : texts)
    for (ChatMode mode : {kChat, kThinking}) {
      std::string text = Expand(written);
      Outcome whole = Tolerant(text, mode);
      for (int round = 0; round < 20; ++round) {
        size_t longest = round == 0 ? 1 : 1 + random() % 12;
        ChatOutputParser parser(mode);
        ChatMessage collected;
        for (size_t at = 0; at < text.size();) {
          size_t size = 1 + random() % longest;
          Collect(parser.Push(text.substr(at, size)), collected);
          at += size;
        }
        Collect(parser.Finish(true), collected);
        collected.role = ChatRole::kAssistant;
        std::string expected = ChatMessageToJson(whole.message);
        ASSERT_EQ(ChatMessageToJson(parser.message()), expected) << written;
        ASSERT_EQ(ChatMessageToJson(collected), expected) << written;
        ASSERT_EQ(parser.well_formed(), whole.well_formed) << written;
        ASSERT_EQ(parser.deviations().size(), whole.deviations.size())
            << written;
      }
    }
}

/// Only what may be the start of a marker waits.
TEST(ChatOutputStream, HoldsBackOnlyWhatMayBeAMarker) {
  ChatOutputParser parser(kThinking);
  auto push = [&](absl::string_view text) {
    std::string out;
    for (const ChatDelta &delta : parser.Push(text))
      out += delta.text;
    return out;
  };
  EXPECT_EQ(push("a < b"), "a < b");
  EXPECT_EQ(push("\n"), "");
  EXPECT_EQ(push("\n"), "");
  EXPECT_EQ(push("\n"), "\n");
  EXPECT_EQ(push("<"), "");
  EXPECT_EQ(push("/thin"), "\n\n");
  EXPECT_EQ(push("g"), "</thing");
  EXPECT_EQ(push("</think>x"), "x");
  EXPECT_EQ(push("\n\n<｜DSML｜tool_call"), "");
  EXPECT_EQ(push("s>\n"), "");
  EXPECT_EQ(push("<｜DSML｜invoke name=\"f\""), "");
  EXPECT_EQ(push(">\n<｜DSML｜parameter name=\"a\" string=\"true\">"),
            "f{\"a\": \"");
  EXPECT_EQ(push("1\n2</"), "1\\n2");
  EXPECT_EQ(push("b>"), "</b>");
  EXPECT_EQ(push("</｜DSML｜parameter>\n</｜DSML｜invoke"), "\"}");
}

TEST(ChatOutputStream, LongGarbageTakesLinearTime) {
  ChatOutputParser parser(kChat);
  parser.Push(Expand("⏎⏎⟦tool_calls>"));
  for (int i = 0; i < 200'000; ++i)
    parser.Push("< \" \n garbage ");
  parser.Finish(false);
  EXPECT_EQ(parser.message().content, "");
}

} // namespace
} // namespace dsv4run
