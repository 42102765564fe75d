//===- WorkedExamplesTest.cpp - The examples of the specification ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Chat/ChatExamples.h"
#include "dsv4run/Support/Sha256.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::Chat;
using testing::Expand;
using testing::kBrief;
using testing::KeepThinking;
using testing::kRenderedCalls;
using testing::kToolTurns;
using testing::kTurns;
using testing::Text;
using testing::Thinking;
using testing::WithEffort;

// Spec section 6.5, by number.

TEST(WorkedExamples, One_Chat) {
  EXPECT_EQ(Text(R"([{"role": "user", "content": "Hi"}])", Chat()),
            Expand("[BOS]·[USER]·Hi·[ASSIST]·[/THINK]"));
}

TEST(WorkedExamples, Two_Thinking) {
  EXPECT_EQ(Text(kBrief, Thinking()),
            Expand("[BOS]·Be brief.·[USER]·Hi·[ASSIST]·[THINK]"));
}

/// Right behind the first token: no prefix of other efforts can be used again
/// (pitfall P60).
TEST(WorkedExamples, Three_EffortMax) {
  EXPECT_EQ(Text(kBrief, WithEffort(ReasoningEffort::kMax)),
            Expand("[BOS]·MAX⏎⏎·Be brief.·[USER]·Hi·[ASSIST]·[THINK]"));
}

TEST(WorkedExamples, Four_DropsThinking) {
  EXPECT_EQ(Text(kTurns, Thinking()),
            Expand("[BOS]·[USER]·a·[ASSIST]·[/THINK]·b·[EOS]·[USER]·c·[ASSIST]"
                   "·[THINK]"));
}

TEST(WorkedExamples, Five_KeepsThinking) {
  EXPECT_EQ(Text(kTurns, KeepThinking()),
            Expand("[BOS]·[USER]·a·[ASSIST]·[THINK]·r1·[/THINK]·b·[EOS]·[USER]"
                   "·c·[ASSIST]·[THINK]"));
}

TEST(WorkedExamples, Six_MergesUsers) {
  EXPECT_EQ(Text(R"([{"role": "user", "content": "a"},
                     {"role": "user", "content": "b"}])",
                 Chat()),
            Expand("[BOS]·[USER]·a⏎⏎b·[ASSIST]·[/THINK]"));
}

TEST(WorkedExamples, Seven_Tools) {
  EXPECT_EQ(Text(kToolTurns, Thinking()),
            Expand("[BOS]·S⏎⏎·PREFIX <｜DSML｜x> [THINK]⏎⏎"
                   R"({"name": "add", "parameters": {"type": "object"}})"
                   "⏎⏎SUFFIX⏎·[USER]·go·[ASSIST]·[THINK]·R·[/THINK]") +
                Expand(kRenderedCalls) +
                Expand("[EOS]·[USER]·<tool_result>one</tool_result>⏎⏎"
                       "<tool_result>two</tool_result>·[ASSIST]·[THINK]"));
}

TEST(WorkedExamples, Eight_LatestReminder) {
  EXPECT_EQ(Text(R"([{"role": "user", "content": "q"},
                     {"role": "latest_reminder", "content": "d"}])",
                 Chat()),
            Expand("[BOS]·[USER]·q·[ASSIST]·[/THINK]·[REM]·d"));
}

TEST(WorkedExamples, Nine_Tasks) {
  for (const char *task : {"query", "authority", "domain", "title", "read_url"})
    EXPECT_EQ(Text(absl::StrReplaceAll(
                       R"([{"role": "user", "content": "q", "task": "TASK"}])",
                       {{"TASK", task}}),
                   Chat()),
              Expand("[BOS]·[USER]·q·<｜") + task + "｜>");
  constexpr char kAction[] =
      R"([{"role": "user", "content": "q", "task": "action"}])";
  EXPECT_EQ(Text(kAction, Thinking()),
            Expand("[BOS]·[USER]·q·[ASSIST]·[THINK]·<｜action｜>"));
  EXPECT_EQ(Text(kAction, Chat()),
            Expand("[BOS]·[USER]·q·[ASSIST]·[/THINK]·<｜action｜>"));
  EXPECT_EQ(
      Text(R"([{"role": "user", "content": "q"},
                     {"role": "assistant", "content": "answer",
                      "task": "title"}])",
           Chat()),
      Expand("[BOS]·[USER]·q·[ASSIST]·[/THINK]·answer·[EOS]·<｜title｜>"));
}

/// The official encoder's output for its second test, by its size and the first
/// digits of its hash (spec section 6.4); its ids are in 6.5.
TEST(WorkedExamples, Ten_OfficialOutput) {
  std::string text = Text(R"([
      {"role": "system", "content": "You are a helpful assistant."},
      {"role": "user", "content": "Hello"},
      {"role": "assistant", "content": "Hi there! How can I help you?",
       "reasoning_content": "left out"},
      {"role": "user", "content": "What is the capital of France?"},
      {"role": "assistant", "content": "The capital of France is Paris.",
       "reasoning_content":
         "The user asks about the capital of France. It is Paris."}])",
                          Thinking());
  EXPECT_EQ(text.size(), 342u);
  EXPECT_EQ(Sha256Hex(text).substr(0, 8), "ca66b01a");
}

} // namespace
} // namespace dsv4run
