//===- GenerateTextTest.cpp -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/GenerateText.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;

/// The tiny model's first logit is the id of the last token: count upwards.
GenerationOptions CountUp(int64_t max_new_tokens) {
  GenerationOptions options;
  options.max_new_tokens = max_new_tokens;
  options.choose = [](absl::Span<const float> logits, int64_t) {
    return static_cast<int32_t>(logits[0]) + 1;
  };
  return options;
}

TEST(GenerateText, ContinuesThePrompt) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  GenerationOptions options = CountUp(4);
  std::vector<int32_t> streamed, prompt = {9, 9, 9, 9, 9, 9, 9, 3};
  std::vector<int64_t> progress, positions;
  options.on_token = [&](int32_t token) {
    streamed.push_back(token);
    return absl::OkStatus();
  };
  options.on_prompt = [&](int64_t done, int64_t) { progress.push_back(done); };
  options.choose = [&, choose = options.choose](absl::Span<const float> logits,
                                                int64_t position) {
    positions.push_back(position);
    return choose(logits, position);
  };
  ASSERT_OK_AND_ASSIGN(Generation generation,
                       Generate(*tiny.session, prompt, options));
  EXPECT_THAT(generation.tokens, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(streamed, generation.tokens);
  EXPECT_EQ(generation.finish_reason, "length");
  EXPECT_EQ(generation.decode_steps, 3);
  EXPECT_THAT(progress, ElementsAre(6, 8));
  EXPECT_THAT(positions, ElementsAre(8, 9, 10, 11));
  // The slot is free again.
  EXPECT_EQ(tiny.session->pool().free_window_pages(), 9);
}

TEST(GenerateText, StopsAtStopIds) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  GenerationOptions options = CountUp(10);
  options.stop_ids = {1, 5};
  ASSERT_OK_AND_ASSIGN(Generation generation,
                       Generate(*tiny.session, {2}, options));
  EXPECT_THAT(generation.tokens, ElementsAre(3, 4));
  EXPECT_EQ(generation.finish_reason, "stop");
}

TEST(GenerateText, EndsWithTheContext) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  std::vector<int32_t> prompt(30, 0);
  ASSERT_OK_AND_ASSIGN(Generation generation,
                       Generate(*tiny.session, prompt, CountUp(10)));
  // 30 positions hold the prompt, two more new tokens; the third is only
  // chosen.
  EXPECT_THAT(generation.tokens, ElementsAre(1, 2, 3));
  EXPECT_EQ(generation.finish_reason, "context");
}

TEST(GenerateText, RefusesBadPrompts) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  GenerationOptions options = CountUp(1);
  EXPECT_THAT(Generate(*tiny.session, {}, options), IsInvalid("no tokens"));
  EXPECT_THAT(Generate(*tiny.session, {0, 16}, options),
              IsInvalid("token 1 of the prompt has id 16"));
  std::vector<int32_t> prompt(33, 0);
  EXPECT_THAT(Generate(*tiny.session, prompt, options),
              IsError(absl::StatusCode::kOutOfRange,
                      "33 tokens; this bundle's state holds 32"));
}

TEST(GenerateText, AFailingWriterEndsTheRun) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  GenerationOptions options = CountUp(10);
  options.on_token = [](int32_t) { return absl::DataLossError("full"); };
  EXPECT_THAT(Generate(*tiny.session, {0}, options),
              IsError(absl::StatusCode::kDataLoss, "full"));
  EXPECT_EQ(tiny.session->pool().free_window_pages(), 9);
}

} // namespace
} // namespace dsv4run
