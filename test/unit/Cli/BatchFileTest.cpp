//===- BatchFileTest.cpp --------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/BatchFile.h"

#include <algorithm>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsInvalid;
using ::testing::Pair;

TEST(BatchFile, LinesOverrideTheDefaults) {
  PromptSpec defaults;
  defaults.max_new_tokens = 7;
  defaults.sampling.temperature = 0.5;
  defaults.sampling.stop = {"x"};
  ASSERT_OK_AND_ASSIGN(
      std::vector<PromptSpec> specs,
      ParseBatch("{\"tokens\": [1, 2]}\r\n\n"
                 "{\"tokens\": [3], \"id\": {\"a\": 1}, \"max_new_tokens\": 2, "
                 "\"temperature\": 0, \"top_p\": 0.5, \"top_k\": 3, \"min_p\": "
                 "0.1, \"seed\": 9, \"stop\": [\"a\", \"b\"], \"logit_bias\": "
                 "{\"5\": -1.5}, \"repetition_penalty\": 1.5, "
                 "\"frequency_penalty\": 0.25, \"presence_penalty\": -1}\n"
                 "{\"tokens\": [4], \"stop\": \"end\", \"greedy\": true}",
                 "p.jsonl", defaults, {}));
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_THAT(specs[0].tokens, ElementsAre(1, 2));
  EXPECT_TRUE(specs[0].id.is_null());
  EXPECT_EQ(specs[0].max_new_tokens, 7);
  EXPECT_THAT(specs[0].sampling.stop, ElementsAre("x"));
  SamplingOptions sampling = specs[1].sampling.Choose({});
  EXPECT_EQ(specs[1].id.dump(), "{\"a\":1}");
  EXPECT_EQ(specs[1].max_new_tokens, 2);
  EXPECT_EQ(sampling.temperature, 0);
  EXPECT_EQ(sampling.top_p, 0.5f);
  EXPECT_EQ(sampling.top_k, 3);
  EXPECT_EQ(sampling.min_p, 0.1f);
  EXPECT_EQ(sampling.seed, 9u);
  EXPECT_EQ(sampling.repetition_penalty, 1.5f);
  EXPECT_EQ(sampling.frequency_penalty, 0.25f);
  EXPECT_EQ(sampling.presence_penalty, -1);
  EXPECT_THAT(sampling.logit_bias, ElementsAre(Pair(5, -1.5f)));
  EXPECT_THAT(specs[1].sampling.stop, ElementsAre("a", "b"));
  EXPECT_THAT(specs[2].sampling.stop, ElementsAre("end"));
  EXPECT_EQ(specs[2].sampling.Choose({}).temperature, 0);
}

TEST(BatchFile, TextIsEncoded) {
  ASSERT_OK_AND_ASSIGN(auto tokenizer, Tokenizer::Load(testing::SourcePath(
                                           "models/dsv4-shakespeare")));
  ASSERT_OK_AND_ASSIGN(std::vector<PromptSpec> specs,
                       ParseBatch("{\"prompt\": \"ROMEO:\\n\"}", "p", {},
                                  {tokenizer.get(), {}}));
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, tokenizer->Encode("ROMEO:\n"));
  EXPECT_EQ(specs[0].tokens, ids);
}

TEST(BatchFile, MessagesBecomeAPrompt) {
  ASSERT_OK_AND_ASSIGN(auto tokenizer, Tokenizer::Load(testing::SourcePath(
                                           "models/dsv4-shakespeare")));
  auto parse = [&](const char *text) {
    return ParseBatch(text, "p.jsonl", {}, {tokenizer.get(), {}});
  };
  ASSERT_OK_AND_ASSIGN(
      std::vector<PromptSpec> specs,
      parse("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}\n"
            "{\"messages\": [{\"role\": \"user\", \"content\": "
            "\"<think>\"}], \"think\": \"off\", \"seed\": 1}"));
  ASSERT_OK_AND_ASSIGN(
      std::vector<int32_t> ids,
      tokenizer->Encode(
          "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜><think>"));
  EXPECT_EQ(specs[0].tokens, ids);
  EXPECT_EQ(specs[0].output_mode, ChatMode::kThinking);
  EXPECT_EQ(specs[1].output_mode, ChatMode::kChat);
  EXPECT_EQ(specs[1].sampling.seed, 1);
  // Spelt out in a message, a control token is text.
  int32_t think = *tokenizer->FindAddedToken("<think>");
  EXPECT_EQ(std::count(specs[1].tokens.begin(), specs[1].tokens.end(), think),
            0);

  auto error = [&](const char *text) { return parse(text).status(); };
  EXPECT_THAT(error("{\"messages\": [{\"role\": \"x\", \"content\": \"\"}]}"),
              IsInvalid("p.jsonl:1: /messages/0/role"));
  EXPECT_THAT(error("{\"messages\": [{\"role\": \"user\", \"content\": "
                    "\"a\"}], \"think\": \"much\"}"),
              IsInvalid("/think: expected on, off or max, found \"much\""));
}

TEST(BatchFile, ErrorsNameLineAndKey) {
  auto error = [](const char *text) {
    return ParseBatch(text, "p.jsonl", {}, {}).status();
  };
  EXPECT_THAT(error(""), IsInvalid("p.jsonl: expected a JSON object per line"));
  EXPECT_THAT(error("\n{"), IsInvalid("p.jsonl:2"));
  EXPECT_THAT(error("[1]"),
              IsInvalid("p.jsonl:1: top level: expected an object"));
  EXPECT_THAT(error("{}"),
              IsInvalid("one of \"prompt\", \"tokens\" and \"messages\""));
  EXPECT_THAT(error("{\"tokens\":[1],\"prompt\":\"a\"}"), IsInvalid("one of"));
  EXPECT_THAT(error("{\"tokens\":[]}"), IsInvalid("the prompt is empty"));
  EXPECT_THAT(error("{\"tokens\":[1,\"a\"]}"), IsInvalid("/tokens/1"));
  EXPECT_THAT(error("{\"tokens\":[-1]}"), IsInvalid("/tokens/0"));
  EXPECT_THAT(error("{\"prompt\":\"a\"}"), IsInvalid("needs a tokenizer"));
  EXPECT_THAT(error("{\"messages\":[]}"), IsInvalid("needs a tokenizer"));
  EXPECT_THAT(error("{\"tokens\":[1],\"think\":\"on\"}"),
              IsInvalid("/think: unknown key"));
  EXPECT_THAT(error("{\"tokens\":[1],\"topp\":1}"),
              IsInvalid("p.jsonl:1: /topp: unknown key"));
  EXPECT_THAT(error("{\"tokens\":[1],\"top_p\":2}"),
              IsInvalid("/top_p: expected a number from 1e-06 to 1, found 2"));
  EXPECT_THAT(error("{\"tokens\":[1],\"top_k\":-1}"), IsInvalid("/top_k"));
  EXPECT_THAT(error("{\"tokens\":[1],\"seed\":1.5}"), IsInvalid("/seed"));
  EXPECT_THAT(error("{\"tokens\":[1],\"greedy\":1}"), IsInvalid("/greedy"));
  EXPECT_THAT(error("{\"tokens\":[1],\"stop\":\"\"}"), IsInvalid("/stop"));
  EXPECT_THAT(error("{\"tokens\":[1],\"stop\":[1]}"), IsInvalid("/stop/0"));
  EXPECT_THAT(error("{\"tokens\":[1],\"max_new_tokens\":0}"),
              IsInvalid("/max_new_tokens"));
  EXPECT_THAT(error("{\"tokens\":[1],\"logit_bias\":[1]}"),
              IsInvalid("/logit_bias"));
  EXPECT_THAT(error("{\"tokens\":[1],\"logit_bias\":{\"a\":1}}"),
              IsInvalid("/logit_bias/a: expected a token id as key"));
  EXPECT_THAT(error("{\"tokens\":[1],\"logit_bias\":{\"1\":\"x\"}}"),
              IsInvalid("/logit_bias/1"));
}

} // namespace
} // namespace dsv4run
