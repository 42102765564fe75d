//===- GenerationTest.cpp - Drafts and kept prefixes change nothing -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Speculative decoding (spec 4.13, 5.5) and restarts from checkpoints (spec
// 5.2), on compiled models.

#include "dsv4run/Generation/Generate.h"

#include <cmath>
#include <map>

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Generation/MtpDrafter.h"

namespace dsv4run {
namespace {

using testing::LoadedBundle;
using testing::TestIds;

struct ModelCase {
  const char *name, *bundle, *weights;
};

class GenerationTest : public ::testing::TestWithParam<ModelCase> {
protected:
  void SetUp() override {
    bundle_ = LoadedBundle::Get(GetParam().bundle, GetParam().weights);
    ASSERT_NE(bundle_, nullptr);
    vocab_ = bundle_->model().manifest().model()->vocab();
    ASSERT_OK_AND_ASSIGN(drafter_, MtpDrafter::Create(session()));
  }
  Session &session() { return *bundle_->session; }

  static GenerationRequest Request(std::vector<int32_t> prompt, int64_t count,
                                   int64_t drafts, double temperature = 0,
                                   uint64_t seed = 0) {
    GenerationRequest request;
    request.prompt = std::move(prompt);
    request.max_new_tokens = count;
    request.drafts = drafts;
    request.sampling.temperature = static_cast<float>(temperature);
    request.sampling.seed = seed;
    return request;
  }

  /// The generation and the state that it leaves, without the draft block's.
  struct Outcome {
    Generation generation;
    std::vector<std::vector<float>> logits;
    std::vector<StateRows> state;
  };
  Outcome Run(GenerationRequest request, PrefixCache *cache = nullptr) {
    Outcome outcome;
    Engine engine(session(), request.drafts ? drafter_.get() : nullptr, cache);
    request.on_token = [&](const NewToken &token) {
      outcome.logits.emplace_back(token.logits.begin(), token.logits.end());
      return true;
    };
    absl::StatusOr<Sequence> sequence = engine.Open();
    EXPECT_OK(sequence);
    absl::StatusOr<Generation> generation =
        Generate(engine, *sequence, request);
    EXPECT_OK(generation);
    if (generation.ok())
      outcome.generation = *generation;
    auto snapshot = CacheAccess(session()).Snapshot(sequence->slot);
    EXPECT_OK(snapshot);
    for (StateRows &rows : *snapshot)
      if (rows.name.rfind("mtp.", 0) != 0)
        outcome.state.push_back(std::move(rows));
    engine.Close(*sequence);
    return outcome;
  }

  static void ExpectSame(const Outcome &a, const Outcome &b) {
    EXPECT_EQ(a.generation.tokens, b.generation.tokens);
    EXPECT_EQ(a.logits, b.logits);
    EXPECT_EQ(CompareSnapshots(a.state, b.state), "");
  }

  LoadedBundle *bundle_ = nullptr;
  int64_t vocab_ = 0;
  std::unique_ptr<MtpDrafter> drafter_;
};

TEST_P(GenerationTest, GreedyWithDraftsIsGreedy) {
  for (int64_t length : {1, 5, 125, 255}) {
    SCOPED_TRACE(length);
    std::vector<int32_t> prompt = TestIds(length, vocab_, 40 + length);
    Outcome plain = Run(Request(prompt, 70, 0));
    for (int64_t drafts : {1, 2, 3, 7}) {
      Outcome drafted = Run(Request(prompt, 70, drafts));
      ExpectSame(plain, drafted);
      EXPECT_GT(drafted.generation.drafted, 0);
    }
  }
}

TEST_P(GenerationTest, DraftsUpToTheEndOfTheContext) {
  const int64_t context = session().pool().geometry().max_context;
  std::vector<int32_t> prompt = TestIds(context - 20, vocab_, 50);
  Outcome plain = Run(Request(prompt, 100, 0));
  EXPECT_EQ(plain.generation.finish_reason, FinishReason::kContext);
  EXPECT_EQ(plain.generation.tokens.size(), 21u);
  ExpectSame(plain, Run(Request(prompt, 100, 5)));
}

/// The first draft is the draft program's best token for the pair of spec 4.13:
/// streams of position i, token at i + 1.
TEST_P(GenerationTest, DraftsAreTheDraftProgramsTokens) {
  std::vector<int32_t> ids = TestIds(200, vocab_, 51);
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  std::vector<Token> tokens;
  for (int64_t i = 0; i + 1 < 200; ++i)
    tokens.push_back({slot, ids[i], i, ids[i + 1]});
  const int wanted[] = {198};
  RunRequest request;
  request.tokens = tokens;
  request.draft = true;
  request.wanted_drafts = wanted;
  request.outputs.clear();
  ASSERT_OK_AND_ASSIGN(RunResult result, session().Run(request));
  ASSERT_OK_AND_ASSIGN(std::vector<float> logits,
                       result.draft_logits.ToFloats());
  ASSERT_OK_AND_ASSIGN(int32_t expected, GreedyToken(logits));
  session().ReleaseSlot(slot);

  Engine engine(session(), drafter_.get(), nullptr);
  ASSERT_OK_AND_ASSIGN(Sequence sequence, engine.Open());
  int32_t next = ids.back();
  ids.pop_back();
  ASSERT_OK(engine.Fill(sequence, ids));
  SamplingOptions greedy;
  greedy.temperature = 0;
  ASSERT_OK_AND_ASSIGN(Sampler sampler, Sampler::Create(greedy));
  TokenChooser chooser(sampler, {});
  for (int64_t count : {1, 4}) {
    DraftRequest draft{sequence.slot, next, count, &chooser};
    ASSERT_OK_AND_ASSIGN(auto carried, drafter_->Carry(sequence.slot));
    ASSERT_OK_AND_ASSIGN(auto drafts, drafter_->Propose({draft}));
    ASSERT_EQ(drafts[0].size(), static_cast<size_t>(count));
    EXPECT_EQ(drafts[0][0].token, expected);
    ASSERT_OK(drafter_->Reset(sequence.slot, sequence.ids, carried));
  }
  engine.Close(sequence);
}

/// The second and third token of many seeds, with and without drafts.
TEST_P(GenerationTest, SamplingWithDraftsKeepsTheDistribution) {
  constexpr int kRounds = 400;
  std::vector<int32_t> prompt = TestIds(5, vocab_, 52);
  std::map<int32_t, int> counts[2][2];
  for (int with = 0; with < 2; ++with) {
    PrefixCache cache(1 << 24);
    for (int seed = 0; seed < kRounds; ++seed) {
      // Sharp enough for few frequent tokens.
      GenerationRequest request =
          Request(prompt, 3, with ? 2 : 0, 0.6, seed + with * 1000000);
      request.sampling.top_k = 6;
      Engine engine(session(), with ? drafter_.get() : nullptr, &cache);
      ASSERT_OK_AND_ASSIGN(Sequence sequence, engine.Open());
      ASSERT_OK_AND_ASSIGN(Generation generation,
                           Generate(engine, sequence, request));
      engine.Close(sequence);
      for (int i = 0; i < 2; ++i)
        ++counts[with][i][generation.tokens[i + 1]];
    }
  }
  for (int i = 0; i < 2; ++i) {
    // Two-sample chi-squared over the frequent tokens.
    double chi = 0;
    int cells = 0;
    for (auto [token, plain] : counts[0][i]) {
      int drafted = counts[1][i][token];
      if (plain + drafted < 20)
        continue;
      double difference = plain - drafted;
      chi += difference * difference / (plain + drafted);
      ++cells;
    }
    // Mean `cells`, standard deviation sqrt(2 cells).
    EXPECT_LT(chi, cells + 4.5 * std::sqrt(2.0 * cells)) << "token " << i + 1;
    EXPECT_GT(cells, 2);
  }
}

TEST_P(GenerationTest, PrefixesRestartBitForBit) {
  PrefixCache cache(uint64_t{1} << 28);
  std::vector<int32_t> first = TestIds(700, vocab_, 53);
  for (int64_t drafts : {0, 2}) {
    cache.Clear();
    Run(Request(first, 8, drafts), &cache);
    for (int64_t shared : {100, 129, 256, 511, 512, 640, 700}) {
      SCOPED_TRACE(absl::StrCat(shared, " shared, ", drafts, " drafts"));
      std::vector<int32_t> prompt(first.begin(), first.begin() + shared);
      std::vector<int32_t> rest = TestIds(40, vocab_, 60 + shared);
      prompt.insert(prompt.end(), rest.begin(), rest.end());
      Outcome reused = Run(Request(prompt, 12, drafts), &cache);
      Outcome scratch = Run(Request(prompt, 12, drafts));
      ExpectSame(scratch, reused);
      EXPECT_EQ(reused.generation.drafted, scratch.generation.drafted);
      EXPECT_EQ(reused.generation.accepted, scratch.generation.accepted);
      EXPECT_GE(reused.generation.reused,
                shared < 256 ? 0 : shared / 256 * 256);
      EXPECT_EQ(reused.generation.reused % 128, 0);
    }
  }
}

/// Sequences in one batch, with drafts of different success and more rows of
/// logits than one program has.
TEST_P(GenerationTest, BatchesWithDraftsGiveWhatEachGivesAlone) {
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 11; ++i)
    requests.push_back(Request(TestIds(1 + 37 * i, vocab_, 70 + i), 10 + 5 * i,
                               5, i % 2 ? 0.8 : 0, i));
  PrefixCache cache(uint64_t{1} << 26);
  Engine engine(session(), drafter_.get(), &cache);
  std::vector<Generation> together(requests.size());
  ASSERT_OK(
      GenerateBatch(engine, requests, [&](size_t index, Generation generation) {
        together[index] = std::move(generation);
        return absl::OkStatus();
      }));
  for (size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(together[i].tokens, Run(requests[i]).generation.tokens) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Models, GenerationTest,
    ::testing::Values(ModelCase{"nano", DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS},
                      ModelCase{"shakespeare", DSV4_SHAKESPEARE_BUNDLE,
                                DSV4_SHAKESPEARE_WEIGHTS}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace dsv4run
