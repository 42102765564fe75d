//===- TokenizerTest.cpp - The published construction end to end ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/Tokenizer.h"

#include <random>
#include <string>
#include <vector>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "Tokenizer/RandomText.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "nlohmann/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;
using testing::ReadFile;
using testing::SourcePath;

class TokenizerTest : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    auto tokenizer = Tokenizer::Load(SourcePath("models/dsv4-shakespeare"));
    ASSERT_OK(tokenizer);
    tokenizer_ = tokenizer->release();
  }
  static void TearDownTestSuite() { delete tokenizer_; }
  static const Tokenizer *tokenizer_;
};

const Tokenizer *TokenizerTest::tokenizer_ = nullptr;

std::vector<int32_t> ReadIds(const Checkpoint &golden,
                             const std::string &name) {
  absl::StatusOr<TensorView> view = golden.Find(name);
  EXPECT_OK(view);
  absl::StatusOr<std::vector<int32_t>> ids = ToInt32s(*view);
  EXPECT_OK(ids);
  return *ids;
}

TEST_F(TokenizerTest, MatchesTheGoldenRuns) {
  std::string data = SourcePath("test/golden/data/dsv4-shakespeare/");
  auto texts = nlohmann::json::parse(ReadFile(data + "golden.json"));
  ASSERT_OK_AND_ASSIGN(auto golden,
                       Checkpoint::Open(data + "golden-acc64.safetensors"));
  ASSERT_EQ(texts.size(), 4u);
  for (const auto &[name, entry] : texts.items()) {
    std::string prompt = entry["prompt"], text = entry["text"];
    std::vector<int32_t> prompt_ids = ReadIds(*golden, name + ".prompt");
    std::vector<int32_t> generated_ids = ReadIds(*golden, name + ".generated");
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> encoded,
                         tokenizer_->Encode(prompt));
    // The official encoder writes the beginning of a sequence as text.
    if (prompt_ids[0] == *tokenizer_->FindAddedToken("<｜begin▁of▁sentence｜>"))
      encoded.insert(encoded.begin(), prompt_ids[0]);
    EXPECT_EQ(encoded, prompt_ids) << name;
    ASSERT_OK_AND_ASSIGN(std::string decoded,
                         tokenizer_->Decode(generated_ids));
    EXPECT_EQ(decoded, text) << name;
  }
}

TEST_F(TokenizerTest, RoundTripsAnyBytes) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text = round % 2 ? testing::RandomBytes(random, random() % 100)
                                 : testing::RandomText(random, random() % 60);
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode(text));
    ASSERT_OK_AND_ASSIGN(std::string decoded, tokenizer_->Decode(ids));
    ASSERT_EQ(decoded, text);
  }
}

TEST_F(TokenizerTest, MatchesAddedTokens) {
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids,
                       tokenizer_->Encode("<｜User｜><think></think><think"));
  ASSERT_GE(ids.size(), 4u);
  EXPECT_EQ(ids[0], 3);
  EXPECT_EQ(ids[1], 5);
  EXPECT_EQ(ids[2], 6);
  EXPECT_NE(ids[3], 5);
  EXPECT_EQ(*tokenizer_->Decode(ids), "<｜User｜><think></think><think");
}

TEST_F(TokenizerTest, AddedTokensMayBeText) {
  for (const char *text :
       {"<think>", "a<｜User｜>b", "<｜end▁of▁sentence｜>"}) {
    ASSERT_OK_AND_ASSIGN(
        std::vector<int32_t> ids,
        tokenizer_->Encode(text, Tokenizer::AddedTokens::kText));
    for (int32_t id : ids)
      EXPECT_FALSE(tokenizer_->IsSpecial(id)) << text;
    EXPECT_EQ(*tokenizer_->Decode(ids), text);
  }
}

TEST_F(TokenizerTest, KnowsItsTokens) {
  EXPECT_EQ(tokenizer_->id_limit(), 1024);
  EXPECT_EQ(tokenizer_->FindAddedToken("</think>"), 6);
  EXPECT_FALSE(tokenizer_->FindAddedToken("think").has_value());
  EXPECT_TRUE(tokenizer_->IsSpecial(1));
  EXPECT_FALSE(tokenizer_->IsSpecial(100));
  EXPECT_FALSE(tokenizer_->IsSpecial(-1));
  EXPECT_EQ(*tokenizer_->TokenBytes(7), "!");
  for (int32_t id : {-1, 1024, INT32_MAX, INT32_MIN})
    EXPECT_THAT(tokenizer_->Decode({id}),
                IsInvalid("expected a token id in [0, 1024)"));
}

TEST_F(TokenizerTest, EncodesNothing) {
  EXPECT_THAT(*tokenizer_->Encode(""), ElementsAre());
  EXPECT_EQ(*tokenizer_->Decode({}), "");
}

TEST_F(TokenizerTest, WordsComeBackAsOneToken) {
  for (const char *word : {" the", "ing", " that", "\n"}) {
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode(word));
    EXPECT_EQ(ids.size(), 1u) << word;
  }
}

TEST(Tokenizer, NamesMissingFiles) {
  testing::TempDir dir;
  EXPECT_THAT(Tokenizer::Load(dir.path()),
              IsError(absl::StatusCode::kNotFound, "tokenizer.json"));
}

} // namespace
} // namespace dsv4run
