//===- ChatPrinterTest.cpp ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ChatPrinter.h"

#include <sstream>

#include "gmock/gmock.h"

namespace dsv4run {
namespace {

using Kind = ChatDelta::Kind;

std::string Print(bool color, const std::vector<ChatDelta> &deltas) {
  std::ostringstream out;
  ChatPrinter printer(out, color);
  for (const ChatDelta &delta : deltas)
    printer.Print({delta});
  printer.Finish();
  return out.str();
}

const std::vector<ChatDelta> kAnswer = {
    {Kind::kReasoning, "so"},    {Kind::kReasoning, "..."},
    {Kind::kContent, ""},        {Kind::kContent, "Yes"},
    {Kind::kToolCall, "add"},    {Kind::kToolArguments, "{\"x\": "},
    {Kind::kToolArguments, "1}"}};

TEST(ChatPrinter, DimsReasoningAndCalls) {
  EXPECT_EQ(Print(true, kAnswer), "\x1b[2mso...\n\x1b[0mYes\n\x1b[2madd "
                                  "\x1b[2m{\"x\": 1}\x1b[0m\n");
}

TEST(ChatPrinter, NamesThemWithoutColours) {
  EXPECT_EQ(Print(false, kAnswer),
            "[reasoning]\nso...\n[answer]\nYes\n[call]\nadd {\"x\": 1}\n");
}

TEST(ChatPrinter, PlainAnswersAreJustText) {
  EXPECT_EQ(Print(false, {{Kind::kContent, "a\n"}, {Kind::kContent, "b\n"}}),
            "a\nb\n");
  EXPECT_EQ(Print(false, {}), "");
  EXPECT_EQ(Print(true, {}), "");
}

} // namespace
} // namespace dsv4run
