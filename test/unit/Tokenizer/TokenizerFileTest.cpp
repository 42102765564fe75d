//===- TokenizerFileTest.cpp - Unsupported and hostile files --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "Support/StatusMatchers.h"
#include "Tokenizer/RandomText.h"
#include "dsv4run/Tokenizer/ByteAlphabet.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "nlohmann/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::IsInvalid;

/// The smallest tokenizer: 256 bytes, "ab" and "abc" and one added token.
json SmallTokenizer() {
  json vocab;
  for (int byte = 0; byte < 256; ++byte) {
    std::string spelling;
    testing::AppendUtf8(spelling, ByteAlphabet()[byte]);
    vocab[spelling] = byte;
  }
  vocab["ab"] = 256;
  vocab["abc"] = 257;
  return {
      {"added_tokens", {{{"id", 300}, {"content", "<x>"}, {"special", true}}}},
      {"pre_tokenizer",
       {{"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"},
           {"pattern", {{"Regex", " "}}},
           {"behavior", "Isolated"},
           {"invert", false}},
          {{"type", "ByteLevel"},
           {"add_prefix_space", false},
           {"use_regex", false}}}}}},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model",
       {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b", "ab c"}}}},
  };
}

absl::StatusOr<std::unique_ptr<Tokenizer>> Parse(const json &document) {
  return Tokenizer::Parse(document.dump(), "t.json");
}

/// SmallTokenizer with the value at a JSON pointer replaced.
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseWith(const char *pointer,
                                                     const json &value) {
  json document = SmallTokenizer();
  document[json::json_pointer(pointer)] = value;
  return Parse(document);
}

/// SmallTokenizer without the member at a JSON pointer.
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseWithout(const char *parent,
                                                        const char *key) {
  json document = SmallTokenizer();
  document[json::json_pointer(parent)].erase(key);
  return Parse(document);
}

TEST(TokenizerFile, ReadsASmallTokenizer) {
  ASSERT_OK_AND_ASSIGN(auto tokenizer, Parse(SmallTokenizer()));
  EXPECT_THAT(*tokenizer->Encode("abcab a<x>"),
              ElementsAre(257, 256, ' ', 'a', 300));
  EXPECT_THAT(tokenizer->Decode({299}), IsInvalid("found 299"));
}

TEST(TokenizerFile, ReadsBothSpellingsOfMerges) {
  ASSERT_OK_AND_ASSIGN(
      auto tokenizer,
      ParseWith("/model/merges", json::parse(R"([["a","b"],["ab","c"]])")));
  EXPECT_THAT(*tokenizer->Encode("abc"), ElementsAre(257));
}

TEST(TokenizerFile, IgnoresMergesIfAsked) {
  json document = SmallTokenizer();
  document["model"]["merges"] = json::array();
  ASSERT_OK_AND_ASSIGN(auto with_merges, Parse(document));
  EXPECT_THAT(*with_merges->Encode("abc"), ElementsAre('a', 'b', 'c'));
  document["model"]["ignore_merges"] = true;
  ASSERT_OK_AND_ASSIGN(auto without, Parse(document));
  EXPECT_THAT(*without->Encode("abc"), ElementsAre(257));
  EXPECT_THAT(*without->Encode("abcd"), ElementsAre('a', 'b', 'c', 'd'));
}

TEST(TokenizerFile, AcceptsSectionsThatDoNothing) {
  EXPECT_OK(ParseWith("/normalizer", nullptr));
  EXPECT_OK(ParseWith("/normalizer",
                      {{"type", "Sequence"}, {"normalizers", json::array()}}));
  EXPECT_OK(ParseWith("/post_processor", {{"type", "ByteLevel"}}));
  EXPECT_OK(ParseWith("/model/dropout", nullptr));
  EXPECT_OK(ParseWith("/added_tokens", nullptr));
}

TEST(TokenizerFile, RejectsUnsupportedSections) {
  EXPECT_THAT(
      ParseWith("/normalizer", {{"type", "NFC"}}),
      IsInvalid("t.json: /normalizer/type: expected \"Sequence\", found "
                "\"NFC\""));
  EXPECT_THAT(ParseWith("/normalizer", {{"type", "Sequence"},
                                        {"normalizers", {{{"type", "NFC"}}}}}),
              IsInvalid("/normalizer/normalizers: expected no normalizers"));
  EXPECT_THAT(ParseWith("/truncation", {{"max_length", 5}}),
              IsInvalid("/truncation: expected null"));
  EXPECT_THAT(ParseWith("/post_processor", {{"type", "TemplateProcessing"}}),
              IsInvalid("/post_processor/type: expected \"ByteLevel\""));
  EXPECT_THAT(ParseWith("/decoder/type", "WordPiece"),
              IsInvalid("/decoder/type: expected \"ByteLevel\""));
  EXPECT_THAT(ParseWith("/model/type", "Unigram"),
              IsInvalid("/model/type: expected \"BPE\", found \"Unigram\""));
  EXPECT_THAT(ParseWith("/model/dropout", 0.1),
              IsInvalid("/model/dropout: expected null"));
  EXPECT_THAT(ParseWith("/model/byte_fallback", true),
              IsInvalid("/model/byte_fallback: expected false"));
  EXPECT_THAT(ParseWith("/model/continuing_subword_prefix", "##"),
              IsInvalid("/model/continuing_subword_prefix: expected \"\""));
}

TEST(TokenizerFile, RejectsUnsupportedSplits) {
  constexpr char kSplit[] = "/pre_tokenizer/pretokenizers/0";
  EXPECT_THAT(
      ParseWith("/pre_tokenizer/pretokenizers/0/behavior", "Removed"),
      IsInvalid("/pre_tokenizer/pretokenizers/0/behavior: expected "
                "\"Isolated\" (nothing else is supported), found \"Removed\""));
  EXPECT_THAT(ParseWith("/pre_tokenizer/pretokenizers/0/invert", true),
              IsInvalid("invert: expected false"));
  EXPECT_THAT(
      ParseWith("/pre_tokenizer/pretokenizers/0/pattern", {{"String", " "}}),
      IsInvalid("/pattern: missing key \"Regex\""));
  EXPECT_THAT(ParseWith("/pre_tokenizer/pretokenizers/0/pattern/Regex", "("),
              IsInvalid("/pre_tokenizer/pretokenizers: invalid regular "
                        "expression \"(\""));
  EXPECT_THAT(ParseWith(kSplit, {{"type", "Whitespace"}}),
              IsInvalid("/0/type: expected \"Split\", found \"Whitespace\""));
  EXPECT_THAT(ParseWith("/pre_tokenizer/pretokenizers/1/use_regex", true),
              IsInvalid("/1/use_regex: expected false"));
  EXPECT_THAT(
      ParseWith("/pre_tokenizer/pretokenizers/1/add_prefix_space", true),
      IsInvalid("/1/add_prefix_space: expected false"));
  EXPECT_THAT(ParseWith("/pre_tokenizer/pretokenizers", json::array()),
              IsInvalid("expected a last step of type ByteLevel"));
}

TEST(TokenizerFile, RejectsWrongVocabularies) {
  EXPECT_THAT(ParseWith("/model/vocab/a", "x"),
              IsInvalid("/model/vocab/a: expected an integer in [0, 2097151], "
                        "found \"x\""));
  EXPECT_THAT(ParseWith("/model/vocab/a", -1), IsInvalid("found -1"));
  EXPECT_THAT(ParseWith("/model/vocab/a", 1.5), IsInvalid("found 1.5"));
  EXPECT_THAT(ParseWith("/model/vocab/a", int64_t{1} << 40),
              IsInvalid("found 1099511627776"));
  EXPECT_THAT(ParseWith("/model/vocab/ab", 'z'), IsInvalid("is taken by"));
  EXPECT_THAT(ParseWith("/model/vocab/a b", 400),
              IsInvalid("/model/vocab: token \"a b\" (id 400): expected "
                        "characters of the byte-level alphabet"));
  EXPECT_THAT(ParseWith("/model/vocab", json::array()),
              IsInvalid("/model/vocab: expected an object"));
  EXPECT_THAT(ParseWithout("/model/vocab", "a"),
              IsInvalid("no token for byte 97: expected all 256"));
  EXPECT_THAT(ParseWithout("/model", "vocab"),
              IsInvalid("/model: missing key \"vocab\""));
}

TEST(TokenizerFile, RejectsWrongMerges) {
  auto with_merge = [](const json &merge) {
    return ParseWith("/model/merges", {"a b", merge});
  };
  EXPECT_THAT(with_merge("ab"),
              IsInvalid("/model/merges/1: expected two tokens separated by one "
                        "space, found \"ab\""));
  EXPECT_THAT(with_merge("a b c"), IsInvalid("separated by one space"));
  EXPECT_THAT(with_merge(7), IsInvalid("/model/merges/1: expected \"left "
                                       "right\""));
  EXPECT_THAT(with_merge("a zz"),
              IsInvalid("token \"zz\" is not in /model/vocab"));
  EXPECT_THAT(with_merge("b c"),
              IsInvalid("/model/merges/1: token \"bc\" is not in"));
  EXPECT_THAT(ParseWith("/model/merges", "a b"),
              IsInvalid("/model/merges: expected an array"));
}

TEST(TokenizerFile, RejectsWrongAddedTokens) {
  EXPECT_THAT(ParseWith("/added_tokens/0/lstrip", true),
              IsInvalid("/added_tokens/0/lstrip: expected false"));
  EXPECT_THAT(ParseWith("/added_tokens/0/content", ""),
              IsInvalid("/added_tokens/0/content: expected at least one"));
  EXPECT_THAT(ParseWith("/added_tokens/0/id", 'a'),
              IsInvalid("/added_tokens/0/id: id 97 is taken by \"a\""));
  EXPECT_THAT(ParseWith("/added_tokens/0/id", -5), IsInvalid("found -5"));
  EXPECT_THAT(ParseWith("/added_tokens/0/content", "ab"),
              IsInvalid("the vocabulary gives \"ab\" id 256, found 300"));
  EXPECT_THAT(ParseWith("/added_tokens/1", {{"id", 301}, {"content", "<x>"}}),
              IsInvalid("\"<x>\" is added twice"));
  EXPECT_THAT(ParseWith("/added_tokens/1", {{"id", 300}, {"content", "<y>"}}),
              IsInvalid("id 300 is taken by \"<x>\""));
  EXPECT_THAT(ParseWith("/added_tokens/1", 5), IsInvalid("expected an object"));
}

TEST(TokenizerFile, RejectsWhatIsNoTokenizer) {
  EXPECT_THAT(Tokenizer::Parse("", "t.json"), IsInvalid("invalid JSON"));
  EXPECT_THAT(Tokenizer::Parse("[]", "t.json"),
              IsInvalid("top level: expected an object"));
  EXPECT_THAT(Tokenizer::Parse("{}", "t.json"),
              IsInvalid("missing key \"decoder\""));
  EXPECT_THAT(Tokenizer::Parse(std::string(100000, '['), "t.json"),
              IsInvalid("nested more than"));
}

} // namespace
} // namespace dsv4run
