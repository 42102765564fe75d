//===- PreTokenizerTest.cpp - Split rules ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/PreTokenizer.h"

#include <random>
#include <string>
#include <typeinfo>
#include <vector>

#include "Support/StatusMatchers.h"
#include "Tokenizer/RandomText.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using testing::IsError;
using testing::IsInvalid;

std::vector<std::string> Split(const PreTokenizer &splitter,
                               const std::string &text) {
  std::vector<std::string> pieces;
  EXPECT_OK(splitter.Split(
      text, [&](absl::string_view piece) { pieces.emplace_back(piece); }));
  return pieces;
}

struct SplitCase {
  std::string text;
  std::vector<std::string> pieces;
};

// The texts of spec section 6.1's vectors, whose token counts the pieces
// explain, and the rules A to F one by one.
const SplitCase kSplitCases[] = {
    {"The capital of France is", {"The", " capital", " of", " France", " is"}},
    {"Hello, world!", {"Hello", ",", " world", "!"}},
    {"1234567890", {"123", "456", "789", "0"}},
    {"3.14159", {"3", ".", "141", "59"}},
    {"a  b   c    d", {"a", " ", " b", "  ", " c", "   ", " d"}},
    {" \n ", {" \n", " "}},
    {"  \n  \n  ", {"  \n  \n", "  "}},
    {"\r\n", {"\r\n"}},
    {"你好世界", {"你好世界"}},
    {"中文123英文", {"中文", "123", "英文"}},
    {"naïve café", {"naïve", " café"}},
    {"🙂", {"🙂"}},
    {"x->y", {"x", "->", "y"}},
    {"foo(bar, baz)", {"foo", "(bar", ",", " baz", ")"}},
    {"[1][2]", {"[", "1", "][", "2", "]"}},
    {std::string("\0\1\2", 3), {std::string("\0\1\2", 3)}},
    {"\t\t x", {"\t\t", " x"}},
    {"e\u0301", {"e\u0301"}},
    {"fib2", {"fib", "2"}},
    {"", {}},
    // A: only ASCII letters follow ASCII punctuation.
    {"don't", {"don", "'t"}},
    {"_été", {"_", "été"}},
    {"(été)", {"(", "été", ")"}},
    {"«abc»", {"«", "abc", "»"}},
    // B: any lead but a newline, letter, punctuation or symbol.
    {"\tx", {"\tx"}},
    {"\nx", {"\n", "x"}},
    {"\u00A0x", {"\u00A0x"}},
    {"\u0301", {"\u0301"}},
    // C: newlines stay with punctuation (pitfall P54).
    {"end.\n\nNext", {"end", ".\n\n", "Next"}},
    {" ...\r\n x", {" ...\r\n", " x"}},
    {"a =\tb", {"a", " =", "\tb"}},
    // D: up to the last newline of the run.
    {"\n\n  \n x", {"\n\n  \n", " x"}},
    // E and F: the lookahead sees only its own piece (spec section 6.1).
    {"a   1", {"a", "   ", "1"}},
    {"a   中", {"a", "   ", "中"}},
    {"a   ", {"a", "   "}},
    {"a \t!", {"a", " ", "\t", "!"}},
    // East Asian runs are split by the third pattern as well.
    {"カタカナ・ひらがな", {"カタカナ", "・", "ひらがな"}},
    {"a中b", {"a", "中", "b"}},
};

TEST(PreTokenizer, SplitsAsPublished) {
  ASSERT_OK_AND_ASSIGN(
      auto regexes, PreTokenizer::CreateFromRegexes(PublishedSplitPatterns()));
  auto fast = CreatePublishedSplitter();
  for (const SplitCase &split : kSplitCases) {
    EXPECT_THAT(Split(*fast, split.text), ElementsAreArray(split.pieces))
        << split.text;
    EXPECT_THAT(Split(*regexes, split.text), ElementsAreArray(split.pieces))
        << split.text;
  }
}

TEST(PreTokenizer, FastPathEqualsTheRegexesOnRandomText) {
  ASSERT_OK_AND_ASSIGN(
      auto regexes, PreTokenizer::CreateFromRegexes(PublishedSplitPatterns()));
  auto fast = CreatePublishedSplitter();
  std::mt19937_64 random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = testing::RandomText(random, 1 + random() % 30);
    ASSERT_EQ(Split(*fast, text), Split(*regexes, text)) << text;
  }
}

/// Each character alone and between letters, over all of Unicode.
TEST(PreTokenizer, FastPathEqualsTheRegexesOnEveryCharacter) {
  ASSERT_OK_AND_ASSIGN(
      auto regexes, PreTokenizer::CreateFromRegexes(PublishedSplitPatterns()));
  auto fast = CreatePublishedSplitter();
  std::string text;
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000)
      continue;
    testing::AppendUtf8(text, c);
    text += c % 3 == 0 ? "a" : c % 3 == 1 ? " " : ".";
    testing::AppendUtf8(text, c);
    text += '\n';
    if (c % 4096 == 4095) {
      ASSERT_EQ(Split(*fast, text), Split(*regexes, text)) << c;
      text.clear();
    }
  }
}

TEST(PreTokenizer, CreateRecognisesThePublishedPatterns) {
  auto fast = CreatePublishedSplitter();
  auto is_fast = [&](const std::vector<std::string> &patterns) {
    auto splitter = PreTokenizer::Create(patterns);
    const PreTokenizer &created = **splitter, &published = *fast;
    return typeid(created) == typeid(published);
  };
  EXPECT_TRUE(is_fast(PublishedSplitPatterns()));
  std::vector<std::string> escaped = PublishedSplitPatterns();
  escaped[2].replace(escaped[2].find('"'), 1, "\\\"");
  EXPECT_TRUE(is_fast(escaped));
  EXPECT_FALSE(is_fast({PublishedSplitPatterns()[0]}));
  EXPECT_FALSE(is_fast({"a"}));
}

TEST(PreTokenizer, AppliesOtherPatternsInOrder) {
  ASSERT_OK_AND_ASSIGN(auto splitter, PreTokenizer::Create({"b+", "[ab]c?"}));
  EXPECT_THAT(Split(*splitter, "abbc"), ElementsAre("a", "b", "b", "c"));
  ASSERT_OK_AND_ASSIGN(auto lookahead, PreTokenizer::Create({"(?=é)"}));
  EXPECT_THAT(Split(*lookahead, "aébé"), ElementsAre("a", "éb", "é"));
  ASSERT_OK_AND_ASSIGN(auto none, PreTokenizer::Create({}));
  EXPECT_THAT(Split(*none, "a b"), ElementsAre("a b"));
}

TEST(PreTokenizer, RejectsInvalidPatterns) {
  EXPECT_THAT(PreTokenizer::Create({"a", "[b"}),
              IsInvalid("invalid regular expression \"[b\": "
                        "U_REGEX_MISSING_CLOSE_BRACKET at character"));
  EXPECT_THAT(PreTokenizer::Create({std::string(9000, 'a')}),
              IsInvalid("of 9000 bytes exceeds the limit of 8192"));
}

TEST(PreTokenizer, StopsCatastrophicPatterns) {
  ASSERT_OK_AND_ASSIGN(auto splitter, PreTokenizer::Create({"(a|a)*b|(x+)+y"}));
  EXPECT_THAT(
      splitter->Split(std::string(5'000'000, 'a'), [](absl::string_view) {}),
      IsError(
          absl::StatusCode::kResourceExhausted,
          "splitting text by a regular expression of the tokenizer failed"));
}

} // namespace
} // namespace dsv4run
