//===- StreamingDecoderTest.cpp - Whole characters only -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/StreamingDecoder.h"

#include <random>
#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "Tokenizer/RandomText.h"
#include "dsv4run/Tokenizer/Utf8.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;
using testing::SourcePath;

class StreamingDecoderTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        tokenizer_, Tokenizer::Load(SourcePath("models/dsv4-shakespeare")));
  }
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(StreamingDecoderTest, WaitsForTheWholeCharacter) {
  // The vocabulary has no token beyond one byte of it.
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode("🙂"));
  ASSERT_EQ(ids.size(), 4u);
  StreamingDecoder decoder(*tokenizer_);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(*decoder.Push(ids[i]), "");
  EXPECT_EQ(*decoder.Push(ids[3]), "🙂");
  EXPECT_EQ(decoder.Flush(), "");
}

TEST_F(StreamingDecoderTest, FlushesTheRest) {
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode("é"));
  StreamingDecoder decoder(*tokenizer_);
  EXPECT_EQ(*decoder.Push(ids[0]), "");
  EXPECT_EQ(decoder.Flush(), "\xC3");
  EXPECT_EQ(decoder.Flush(), "");
}

TEST_F(StreamingDecoderTest, OutputIsTheDecodedTextInWholeCharacters) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 500; ++round) {
    std::string text = testing::RandomText(random, 30);
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer_->Encode(text));
    StreamingDecoder decoder(*tokenizer_);
    std::string output;
    for (int32_t id : ids) {
      ASSERT_OK_AND_ASSIGN(std::string part, decoder.Push(id));
      ASSERT_EQ(ValidUtf8Prefix(part), part.size());
      output += part;
    }
    EXPECT_EQ(decoder.Flush(), "");
    EXPECT_EQ(output, text);
  }
}

TEST_F(StreamingDecoderTest, LosesNoInvalidBytes) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 500; ++round) {
    std::vector<int32_t> ids;
    for (int i = 0; i < 50; ++i)
      ids.push_back(random() % tokenizer_->id_limit());
    StreamingDecoder decoder(*tokenizer_);
    std::string output;
    for (int32_t id : ids)
      output += *decoder.Push(id);
    output += decoder.Flush();
    EXPECT_EQ(output, *tokenizer_->Decode(ids));
  }
}

/// Pitfall P55: parsers of the model's output need its markers.
TEST_F(StreamingDecoderTest, KeepsSpecialTokens) {
  StreamingDecoder decoder(*tokenizer_);
  EXPECT_EQ(*decoder.Push(*tokenizer_->FindAddedToken("</think>")), "</think>");
  EXPECT_EQ(*decoder.Push(1), "<｜end▁of▁sentence｜>");
}

TEST_F(StreamingDecoderTest, RejectsUnknownIds) {
  StreamingDecoder decoder(*tokenizer_);
  EXPECT_THAT(decoder.Push(5000), IsInvalid("found 5000"));
}

} // namespace
} // namespace dsv4run
