//===- SpecVectorsTest.cpp - The ids that the specification gives ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spec section 6.1. A vocabulary is rebuilt from the ids that belong to one
// whole piece, or to one byte by the byte-level alphabet. The other vectors run
// if DSV4_FLASH_CHECKPOINT names a directory with the published tokenizer.json.

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "Support/StatusMatchers.h"
#include "Tokenizer/RandomText.h"
#include "dsv4run/Tokenizer/ByteAlphabet.h"
#include "dsv4run/Tokenizer/BytePairEncoder.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "nlohmann/json.hpp"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

struct Vector {
  std::string text;
  std::vector<int32_t> ids;
};

/// Those that the split rules and the alphabet determine.
const Vector kSplitVectors[] = {
    {"The capital of France is", {671, 6102, 294, 8760, 344}},
    {"Hello, world!", {19923, 14, 2058, 3}},
    {"1234567890", {6895, 18009, 25744, 18}},
    {"3.14159", {21, 16, 9926, 3318}},
    {"a  b   c    d", {67, 223, 291, 262, 274, 361, 283}},
    {" \n ", {539, 223}},
    {"  \n  \n  ", {36320, 262}},
    {"\r\n", {204, 201}},
    {"中文123英文", {21134, 6895, 21207}},
    {"🙂", {80300, 227}},
    {"x->y", {90, 2105, 91}},
    {"foo(bar, baz)", {40897, 10, 6515, 14, 82942, 11}},
    {"[1][2]", {61, 19, 3014, 20, 63}},
    {std::string("\0\1\2", 3), {191, 192, 193}},
    {"\t\t x", {998, 1527}},
    {"e\u0301", {71, 17793}},
};

/// The texts of the ids above that are no single bytes.
const std::map<int32_t, std::string> kTokens = {
    {262, "  "},
    {274, " c"},
    {283, " d"},
    {291, " b"},
    {294, " of"},
    {344, " is"},
    {361, "   "},
    {539, " \n"},
    {671, "The"},
    {998, "\t\t"},
    {1527, " x"},
    {2058, " world"},
    {2105, "->"},
    {3014, "]["},
    {3318, "59"},
    {6102, " capital"},
    {6515, "bar"},
    {6895, "123"},
    {8760, " France"},
    {9926, "141"},
    {17793, "\xCC\x81"},
    {18009, "456"},
    {19923, "Hello"},
    {21134, "中文"},
    {21207, "英文"},
    {25744, "789"},
    {36320, "  \n  \n"},
    {40897, "foo"},
    {80300, "\xF0\x9F\x99"},
    {82942, " baz"},
};

/// Single bytes follow the three special tokens in the order of the alphabet's
/// code points.
std::array<int32_t, 256> ByteTokens() {
  std::map<char16_t, int> by_character;
  for (int byte = 0; byte < 256; ++byte)
    by_character[ByteAlphabet()[byte]] = byte;
  std::array<int32_t, 256> tokens;
  int32_t id = 3;
  for (auto [character, byte] : by_character)
    tokens[byte] = id++;
  return tokens;
}

std::string Spelling(const std::string &bytes) {
  std::string spelling;
  for (unsigned char byte : bytes)
    testing::AppendUtf8(spelling, ByteAlphabet()[byte]);
  return spelling;
}

/// A tokenizer.json with these tokens. The first two parts that the merges so
/// far make of a token's bytes are merged until it is one; what is needed on
/// the way gets ids from 100,000.
nlohmann::json RebuiltFile() {
  nlohmann::json vocab, merges = nlohmann::json::array();
  const std::array<int32_t, 256> byte_tokens = ByteTokens();
  std::map<int32_t, std::string> bytes_of;
  std::map<std::string, int32_t> ids;
  auto add = [&](const std::string &bytes, int32_t id) {
    bytes_of[id] = bytes;
    ids[bytes] = id;
    vocab[Spelling(bytes)] = id;
  };
  for (int byte = 0; byte < 256; ++byte)
    add(std::string(1, static_cast<char>(byte)), byte_tokens[byte]);
  for (const auto &[id, bytes] : kTokens)
    add(bytes, id);
  BytePairEncoder encoder(byte_tokens);
  int32_t next = 100'000;
  for (const auto &[id, bytes] : kTokens)
    for (;;) {
      std::vector<int32_t> parts;
      encoder.Encode(bytes, parts);
      if (parts.size() == 1)
        break;
      const std::string &left = bytes_of[parts[0]], &right = bytes_of[parts[1]];
      if (!ids.count(left + right))
        add(left + right, next++);
      encoder.AddMerge(parts[0], parts[1], ids[left + right]);
      merges.push_back({Spelling(left), Spelling(right)});
    }
  nlohmann::json steps = nlohmann::json::array();
  for (const std::string &pattern : PublishedSplitPatterns())
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  steps.push_back({{"type", "ByteLevel"},
                   {"add_prefix_space", false},
                   {"trim_offsets", true},
                   {"use_regex", false}});
  return {{"normalizer",
           {{"type", "Sequence"}, {"normalizers", nlohmann::json::array()}}},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
}

void ExpectVectors(const Tokenizer &tokenizer,
                   absl::Span<const Vector> vectors) {
  for (const Vector &vector : vectors) {
    EXPECT_EQ(*tokenizer.Encode(vector.text), vector.ids) << vector.text;
    EXPECT_EQ(*tokenizer.Decode(vector.ids), vector.text) << vector.text;
  }
}

TEST(SpecVectors, SplitsAndAlphabet) {
  ASSERT_OK_AND_ASSIGN(auto tokenizer,
                       Tokenizer::Parse(RebuiltFile().dump(), "rebuilt"));
  ExpectVectors(*tokenizer, kSplitVectors);
}

// With the published file.

class PublishedTokenizer : public ::testing::Test {
protected:
  void SetUp() override {
    const char *directory = std::getenv("DSV4_FLASH_CHECKPOINT");
    if (!directory ||
        !std::filesystem::exists(std::string(directory) + "/tokenizer.json"))
      GTEST_SKIP()
          << "DSV4_FLASH_CHECKPOINT names no directory with tokenizer.json";
    ASSERT_OK_AND_ASSIGN(tokenizer_, Tokenizer::Load(directory));
  }
  std::unique_ptr<Tokenizer> tokenizer_;
};

const Vector kOtherVectors[] = {
    {"你好世界", {30594, 3427}},
    {"naïve café", {2720, 91223, 57664}},
    {"<tool_result>", {30, 72461, 46148, 32}},
    {"</tool_result>", {1718, 72461, 46148, 32}},
    {"<｜DSML｜tool_calls", {30, 128825, 72461, 4941, 12548}},
};

TEST_F(PublishedTokenizer, Vectors) {
  ExpectVectors(*tokenizer_, kSplitVectors);
  ExpectVectors(*tokenizer_, kOtherVectors);
}

TEST_F(PublishedTokenizer, SizesAndSpecialIds) {
  EXPECT_EQ(tokenizer_->id_limit(), 129'280);
  for (int32_t id = 0; id < 129'280; ++id)
    ASSERT_OK(tokenizer_->TokenBytes(id));
  const std::pair<int32_t, const char *> special[] = {
      {0, "<｜begin▁of▁sentence｜>"},
      {1, "<｜end▁of▁sentence｜>"},
      {2, "<｜▁pad▁｜>"},
      {128802, "<｜fim▁end｜>"},
      {128803, "<｜User｜>"},
      {128804, "<｜Assistant｜>"},
      {128821, "<think>"},
      {128822, "</think>"},
      {128825, "｜DSML｜"},
      {128828, "<｜latest_reminder｜>"},
      {128829, "<｜action｜>"},
      {128830, "<｜query｜>"},
      {128831, "<｜authority｜>"},
      {128832, "<｜domain｜>"},
      {128836, "<｜title｜>"},
      {128844, "<｜extracted_url｜>"},
      {128845, "<｜read_url｜>"},
  };
  for (auto [id, content] : special)
    EXPECT_EQ(tokenizer_->FindAddedToken(content), id) << content;
}

TEST_F(PublishedTokenizer, RoundTripsAnyBytes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = round % 2 ? testing::RandomBytes(random, random() % 100)
                                 : testing::RandomText(random, random() % 60);
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode(text));
    ASSERT_EQ(*tokenizer_->Decode(ids), text);
  }
}

} // namespace
} // namespace dsv4run
