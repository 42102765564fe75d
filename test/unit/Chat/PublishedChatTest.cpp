//===- PublishedChatTest.cpp - With a published checkpoint ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs if DSV4_FLASH_CHECKPOINT names a directory with the published
// tokenizer.json and encoding/.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "Support/StatusMatchers.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

std::string Checkpoint() {
  const char *directory = std::getenv("DSV4_FLASH_CHECKPOINT");
  return directory ? directory : "";
}

TEST(PublishedChat, TextsAreFound) {
  if (!std::filesystem::exists(Checkpoint() + "/encoding"))
    GTEST_SKIP() << "DSV4_FLASH_CHECKPOINT names no directory with encoding/";
  ASSERT_OK_AND_ASSIGN(ChatTexts texts, LoadChatTexts(Checkpoint()));
  EXPECT_FALSE(texts.tools_prefix.empty());
  EXPECT_FALSE(texts.tools_suffix.empty());
  EXPECT_FALSE(texts.response_format_header.empty());
  EXPECT_FALSE(texts.max_effort.empty());
}

/// The ids of the official second test (spec section 6.5, example 10).
TEST(PublishedChat, OfficialIds) {
  if (!std::filesystem::exists(Checkpoint() + "/tokenizer.json"))
    GTEST_SKIP()
        << "DSV4_FLASH_CHECKPOINT names no directory with tokenizer.json";
  ASSERT_OK_AND_ASSIGN(auto tokenizer, Tokenizer::Load(Checkpoint()));
  std::vector<ChatMessage> messages(5);
  messages[0].role = ChatRole::kSystem;
  messages[0].content = "You are a helpful assistant.";
  messages[1].content = "Hello";
  messages[2].role = ChatRole::kAssistant;
  messages[2].content = "Hi there! How can I help you?";
  messages[3].content = "What is the capital of France?";
  messages[4].role = ChatRole::kAssistant;
  messages[4].reasoning_content =
      "The user asks about the capital of France. It is Paris.";
  messages[4].content = "The capital of France is Paris.";
  ASSERT_OK_AND_ASSIGN(EncodedChat encoded, EncodeChat(messages, {}));
  const std::vector<int32_t> expected = {
      0,      3476,   477,    260,    11502, 22896, 16,    128803, 19923,
      128804, 128822, 23166,  1031,   3,     1730,  588,   342,    1694,
      440,    33,     1,      128803, 3085,  344,   270,   6102,   294,
      8760,   33,     128804, 128821, 671,   3967,  20407, 943,    270,
      6102,   294,    8760,   16,     983,   344,   11111, 16,     128822,
      671,    6102,   294,    8760,   344,   11111, 16,    1};
  for (auto added :
       {Tokenizer::AddedTokens::kMatch, Tokenizer::AddedTokens::kText})
    EXPECT_EQ(*TokenizeChat(encoded, *tokenizer, added), expected);
}

} // namespace
} // namespace dsv4run
