//===- TextStreamTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/TextStream.h"

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;

class TextStreamTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(tokenizer_, Tokenizer::Load(testing::SourcePath(
                                         "models/dsv4-shakespeare")));
  }
  /// Everything that is shown until the end or a stop string.
  std::string Show(const std::string &text, std::vector<std::string> stop) {
    absl::StatusOr<TextStream> stream =
        TextStream::Create(tokenizer_.get(), std::move(stop));
    EXPECT_OK(stream);
    std::string shown;
    stopped_ = false;
    absl::StatusOr<std::vector<int32_t>> ids = tokenizer_->Encode(text);
    EXPECT_OK(ids);
    for (int32_t id : *ids) {
      shown += *stream->Push(id);
      if (stream->stopped())
        break;
    }
    shown += stream->Finish();
    stopped_ = stream->stopped();
    return shown;
  }

  std::unique_ptr<Tokenizer> tokenizer_;
  bool stopped_ = false;
};

TEST_F(TextStreamTest, EndsInFrontOfAStopString) {
  EXPECT_EQ(Show("What light? A dagger", {"ght? A", "zzz"}), "What li");
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(Show("What light", {"lights"}), "What light");
  EXPECT_FALSE(stopped_);
  EXPECT_EQ(Show("caf\xC3\xA9 \xE4\xBD\xA0", {"\xE4\xBD\xA0"}), "caf\xC3\xA9 ");
}

TEST_F(TextStreamTest, IdsWithoutATokenizer) {
  ASSERT_OK_AND_ASSIGN(TextStream stream, TextStream::Create(nullptr, {}));
  EXPECT_EQ(*stream.Push(12), "12");
  EXPECT_EQ(*stream.Push(3), " 3");
  EXPECT_EQ(stream.Finish(), "");
}

TEST_F(TextStreamTest, PassesErrorsOn) {
  EXPECT_THAT(TextStream::Create(nullptr, {""}), IsInvalid("stop string 0"));
  EXPECT_THAT(TextStream::Create(nullptr, {"a", "\xA0"}),
              IsInvalid("stop string 1: expected UTF-8"));
  ASSERT_OK_AND_ASSIGN(TextStream stream,
                       TextStream::Create(tokenizer_.get(), {}));
  EXPECT_THAT(stream.Push(1 << 20).status(), IsInvalid("1048576"));
}

} // namespace
} // namespace dsv4run
