//===- GenerateTest.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/Generate.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;

/// The tiny model's logits are the last id, the sum of the visible positions
/// and the sum of the visible ids, so that greedy choice gives token 0, 1 or 2.
GenerationRequest Greedy(std::vector<int32_t> prompt, int64_t count) {
  GenerationRequest request;
  request.prompt = std::move(prompt);
  request.sampling.temperature = 0;
  request.max_new_tokens = count;
  request.stop_ids = {15};
  return request;
}

/// Drafts what a script says, whatever the model may think.
class ScriptedDrafter : public Drafter {
public:
  explicit ScriptedDrafter(std::vector<std::vector<int32_t>> script)
      : script_(std::move(script)) {}

  std::vector<std::string> step_outputs() const override { return {"streams"}; }
  absl::Status
  Observe(int slot, int64_t first, absl::Span<const int32_t> ids,
          const std::map<std::string, RowBlock> &outputs) override {
    EXPECT_EQ(first, static_cast<int64_t>(observed_[slot].size()));
    observed_[slot].insert(observed_[slot].end(), ids.begin(), ids.end());
    auto streams = outputs.at("streams").ToFloats();
    EXPECT_OK(streams);
    for (size_t i = 0; i < ids.size(); ++i)
      EXPECT_EQ((*streams)[2 * i], ids[i]);
    return absl::OkStatus();
  }
  void Truncate(int slot, int64_t length) override {
    observed_[slot].resize(length);
  }
  absl::StatusOr<std::vector<std::vector<DraftToken>>>
  Propose(absl::Span<const DraftRequest> requests) override {
    std::vector<std::vector<DraftToken>> drafts(requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
      std::vector<int32_t> ids = script_[next_++ % script_.size()];
      ids.resize(std::min<size_t>(ids.size(),
                                  std::max<int64_t>(0, requests[i].count)));
      for (int32_t id : ids)
        drafts[i].push_back({id, {{id, 1.0}}});
    }
    return drafts;
  }
  absl::StatusOr<std::vector<std::byte>> Carry(int) override {
    return std::vector<std::byte>();
  }
  absl::Status Reset(int slot, absl::Span<const int32_t> ids,
                     absl::Span<const std::byte>) override {
    observed_[slot].assign(ids.begin(), ids.end());
    return absl::OkStatus();
  }

  std::map<int, std::vector<int32_t>> observed_;

private:
  std::vector<std::vector<int32_t>> script_;
  size_t next_ = 0;
};

class GenerateTest : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(tiny_, TinyModel::Create()); }

  /// Runs the request in a slot of its own.
  absl::StatusOr<Generation> Run(const GenerationRequest &request,
                                 Drafter *drafter = nullptr) {
    Engine engine(*tiny_.session, drafter, nullptr);
    absl::StatusOr<Sequence> sequence = engine.Open();
    EXPECT_OK(sequence);
    absl::StatusOr<Generation> generation =
        Generate(engine, *sequence, request);
    state_ids_ = sequence->ids;
    EXPECT_EQ(tiny_.session->length(sequence->slot),
              static_cast<int64_t>(state_ids_.size()));
    engine.Close(*sequence);
    EXPECT_EQ(tiny_.session->pool().free_window_pages(), 9);
    return generation;
  }

  TinyModel tiny_;
  std::vector<int32_t> state_ids_;
};

TEST_F(GenerateTest, ContinuesThePrompt) {
  GenerationRequest request = Greedy({9, 9, 9, 9, 9, 9, 9, 3}, 4);
  std::vector<int32_t> streamed;
  std::vector<int64_t> progress, positions;
  request.on_token = [&](const NewToken &token) {
    streamed.push_back(token.id);
    positions.push_back(token.position);
    EXPECT_EQ(token.logits.size(), 16u);
    return true;
  };
  request.prefill.on_progress = [&](int64_t done, int64_t total) {
    progress.push_back(done);
    EXPECT_EQ(total, 8);
  };
  ASSERT_OK_AND_ASSIGN(Generation generation, Run(request));
  // 9 + 9 + 9 + 9 + 3 is the largest of the sums; then that of the positions.
  EXPECT_THAT(generation.tokens, ElementsAre(2, 2, 1, 1));
  EXPECT_EQ(streamed, generation.tokens);
  EXPECT_EQ(generation.finish_reason, FinishReason::kLength);
  EXPECT_EQ(generation.steps, 3);
  EXPECT_EQ(generation.decoded, 3);
  EXPECT_THAT(progress, ElementsAre(0, 6, 8));
  EXPECT_THAT(positions, ElementsAre(8, 9, 10, 11));
  EXPECT_THAT(state_ids_, ElementsAre(9, 9, 9, 9, 9, 9, 9, 3, 2, 2, 1));
}

TEST_F(GenerateTest, StopsAtStopIds) {
  GenerationRequest request = Greedy({9, 9, 9, 9, 9, 9, 9, 3}, 10);
  request.stop_ids = {7, 1};
  ASSERT_OK_AND_ASSIGN(Generation generation, Run(request));
  EXPECT_THAT(generation.tokens, ElementsAre(2, 2));
  EXPECT_EQ(generation.finish_reason, FinishReason::kStop);
}

TEST_F(GenerateTest, EndsWithTheContext) {
  ASSERT_OK_AND_ASSIGN(Generation generation,
                       Run(Greedy(std::vector<int32_t>(30, 0), 10)));
  // 30 positions hold the prompt, two more new tokens; the third is only
  // chosen.
  EXPECT_THAT(generation.tokens, ElementsAre(1, 1, 1));
  EXPECT_EQ(generation.finish_reason, FinishReason::kContext);
}

TEST_F(GenerateTest, StopsWhenToldTo) {
  GenerationRequest request = Greedy({9, 9, 3}, 10);
  request.on_token = [&](const NewToken &token) { return token.position < 5; };
  ASSERT_OK_AND_ASSIGN(Generation generation, Run(request));
  EXPECT_EQ(generation.tokens.size(), 3u);
  EXPECT_EQ(generation.finish_reason, FinishReason::kStop);

  request.on_token = nullptr;
  int asked = 0;
  request.prefill.interrupted = [&] { return ++asked > 3; };
  ASSERT_OK_AND_ASSIGN(generation, Run(request));
  EXPECT_EQ(generation.finish_reason, FinishReason::kInterrupted);
  EXPECT_EQ(generation.tokens.size(), 4u);
  asked = 3;
  ASSERT_OK_AND_ASSIGN(generation, Run(request));
  EXPECT_EQ(generation.finish_reason, FinishReason::kInterrupted);
  EXPECT_EQ(generation.tokens.size(), 0u);
}

/// Whatever is drafted, greedy tokens and the state afterwards are the same,
/// also if the generation ends in the middle of a step's tokens.
TEST_F(GenerateTest, DraftsChangeNothing) {
  const std::vector<std::vector<int32_t>> scripts[] = {
      {{2, 2, 1}}, {{1, 1, 1}}, {{5, 5, 5}},           {{}},
      {{2, 5, 1}}, {{1}},       {{1, 1, 15}, {}, {2}}, {{2, 1, 1}, {1, 1, 1}}};
  auto expect_same = [&](const GenerationRequest &request) {
    ASSERT_OK_AND_ASSIGN(Generation plain, Run(request));
    std::vector<int32_t> ids = state_ids_;
    for (const auto &script : scripts) {
      ScriptedDrafter drafter(script);
      ASSERT_OK_AND_ASSIGN(Generation drafted, Run(request, &drafter));
      EXPECT_EQ(drafted.tokens, plain.tokens);
      EXPECT_EQ(drafted.finish_reason, plain.finish_reason);
      EXPECT_EQ(state_ids_, ids);
      EXPECT_EQ(drafter.observed_[0], ids);
      EXPECT_LE(drafted.steps, plain.steps);
    }
  };
  for (int64_t count = 1; count < 12; ++count) {
    GenerationRequest request = Greedy({9, 9, 9, 9, 9, 9, 9, 3}, count);
    request.drafts = 3;
    expect_same(request);
    request.max_new_tokens = 100;
    request.on_token = [&](const NewToken &token) {
      return token.position < 8 + count;
    };
    expect_same(request);
    request.on_token = nullptr;
    request.stop_ids = {1};
    expect_same(request);
  }
}

TEST_F(GenerateTest, KeptDraftsSaveSteps) {
  GenerationRequest request = Greedy({9, 9, 9, 9, 9, 9, 9, 3}, 12);
  request.drafts = 3;
  ScriptedDrafter drafter({{2, 1, 1}, {1, 1, 1}, {1, 1, 1}});
  ASSERT_OK_AND_ASSIGN(Generation generation, Run(request, &drafter));
  EXPECT_EQ(generation.decoded, 11);
  EXPECT_EQ(generation.steps, 3); // 4 + 4 + 3 tokens
  EXPECT_EQ(generation.drafted, 3 + 3 + 2);
  EXPECT_EQ(generation.accepted, 3 + 3 + 2);
}

TEST_F(GenerateTest, BatchesGiveWhatEachPromptGivesAlone) {
  std::vector<GenerationRequest> requests;
  for (int32_t i = 0; i < 7; ++i)
    requests.push_back(Greedy(std::vector<int32_t>(1 + i % 3, 3 + i), 2 + i));
  std::vector<std::vector<int32_t>> results(requests.size());
  for (bool with_drafts : {false, true}) {
    ScriptedDrafter drafter({{2, 2}, {1}, {}});
    PrefixCache cache(1 << 20);
    Engine engine(*tiny_.session, with_drafts ? &drafter : nullptr, &cache);
    int done = 0;
    for (GenerationRequest &request : requests)
      request.drafts = 2;
    ASSERT_OK(GenerateBatch(engine, requests,
                            [&](size_t index, Generation generation) {
                              ++done;
                              results[index] = generation.tokens;
                              return absl::OkStatus();
                            }));
    EXPECT_EQ(done, 7);
    for (size_t i = 0; i < requests.size(); ++i) {
      ASSERT_OK_AND_ASSIGN(Generation alone, Run(requests[i]));
      EXPECT_EQ(results[i], alone.tokens) << i;
    }
  }
}

TEST_F(GenerateTest, RefusesBadPrompts) {
  EXPECT_THAT(Run(Greedy({}, 1)), IsInvalid("no tokens"));
  EXPECT_THAT(Run(Greedy({0, 16}, 1)),
              IsInvalid("token 1 of the prompt has id 16"));
  EXPECT_THAT(Run(Greedy(std::vector<int32_t>(33, 0), 1)),
              IsError(absl::StatusCode::kOutOfRange,
                      "33 tokens; this bundle's state holds 32"));
  GenerationRequest request = Greedy({0}, 1);
  request.sampling.top_p = 2;
  EXPECT_THAT(Run(request), IsInvalid("top_p"));
}

TEST_F(GenerateTest, AFailingWriterEndsTheRun) {
  GenerationRequest request = Greedy({0}, 10);
  request.on_token = [](const NewToken &) -> absl::StatusOr<bool> {
    return absl::DataLossError("full");
  };
  EXPECT_THAT(Run(request), IsError(absl::StatusCode::kDataLoss, "full"));
  Engine engine(*tiny_.session, nullptr, nullptr);
  EXPECT_THAT(
      GenerateBatch(engine, {request, request},
                    [](size_t, Generation) { return absl::OkStatus(); }),
      IsError(absl::StatusCode::kDataLoss, "full"));
  EXPECT_EQ(tiny_.session->pool().free_window_pages(), 9);
}

/// Pages that end among the new tokens are kept as well, and so is the end.
TEST_F(GenerateTest, LaterPromptsShareWhatWasGenerated) {
  PrefixCache cache(1 << 20);
  Engine engine(*tiny_.session, nullptr, &cache);
  ASSERT_OK_AND_ASSIGN(Sequence sequence, engine.Open());
  ASSERT_OK_AND_ASSIGN(Generation generation,
                       Generate(engine, sequence, Greedy({9, 9, 3}, 12)));
  std::vector<int32_t> all = {9, 9, 3};
  all.insert(all.end(), generation.tokens.begin(), generation.tokens.end());
  ASSERT_OK(engine.Keep(sequence));
  EXPECT_EQ(sequence.ids.size(), 14u);
  engine.Close(sequence);
  for (auto [shared, reused] : {std::pair(7, 4), {8, 8}, {13, 12}, {15, 14}}) {
    std::vector<int32_t> prompt(all.begin(), all.begin() + shared);
    prompt.push_back(5);
    ASSERT_OK_AND_ASSIGN(sequence, engine.Open());
    ASSERT_OK_AND_ASSIGN(Prefill prefill, engine.Fill(sequence, prompt));
    EXPECT_EQ(prefill.reused, reused);
    engine.Close(sequence);
  }
}

/// A prompt that goes on where the sequence is, or shares a page with what the
/// cache has.
TEST_F(GenerateTest, ComputesOnlyWhatIsNew) {
  PrefixCache cache(1 << 20);
  Engine engine(*tiny_.session, nullptr, &cache);
  ASSERT_OK_AND_ASSIGN(Sequence sequence, engine.Open());
  std::vector<int32_t> prompt = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  ASSERT_OK_AND_ASSIGN(Prefill prefill, engine.Fill(sequence, prompt));
  EXPECT_EQ(prefill.reused, 0);
  prompt.push_back(11);
  ASSERT_OK_AND_ASSIGN(prefill, engine.Fill(sequence, prompt));
  EXPECT_EQ(prefill.reused, 10);
  // Behind them the tiny model shows where the step began.
  prefill.logits.resize(3);
  std::vector<float> logits = prefill.logits;
  // The same again needs the last token, so it starts from the last page end.
  ASSERT_OK_AND_ASSIGN(prefill, engine.Fill(sequence, prompt));
  EXPECT_EQ(prefill.reused, 8);
  prefill.logits.resize(3);
  EXPECT_EQ(prefill.logits, logits);
  prompt[6] = 0;
  ASSERT_OK_AND_ASSIGN(prefill, engine.Fill(sequence, prompt));
  EXPECT_EQ(prefill.reused, 4);
  EXPECT_EQ(sequence.ids, prompt);
  prompt[0] = 0;
  ASSERT_OK_AND_ASSIGN(prefill, engine.Fill(sequence, prompt));
  EXPECT_EQ(prefill.reused, 0);
  engine.Close(sequence);
}

} // namespace
} // namespace dsv4run
