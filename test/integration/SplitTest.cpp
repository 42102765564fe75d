//===- SplitTest.cpp - Any split into steps gives the same bits -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spec 5.1, 5.3: logits of every token, window rows, entries and open rows must
// not depend on how the tokens were grouped into steps.

#include <random>

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::Difference;
using testing::LoadedBundle;
using testing::RunSplit;
using testing::SequenceResult;
using testing::TestIds;

class SplitTest : public ::testing::Test {
protected:
  void SetUp() override {
    bundle_ = LoadedBundle::Get(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS);
    ASSERT_NE(bundle_, nullptr);
    vocab_ = bundle_->model().manifest().model()->vocab();
  }
  Session &session() { return *bundle_->session; }

  SequenceResult Run(const std::vector<int32_t> &ids,
                     const std::vector<int64_t> &steps) {
    absl::StatusOr<SequenceResult> result = RunSplit(session(), ids, steps);
    EXPECT_OK(result);
    return result.ok() ? *result : SequenceResult();
  }

  LoadedBundle *bundle_ = nullptr;
  int64_t vocab_ = 0;
};

TEST_F(SplitTest, RandomSplitsOf700Tokens) {
  std::vector<int32_t> ids = TestIds(700, vocab_, 1);
  SequenceResult whole = Run(ids, {700});
  std::mt19937 random(2);
  for (int round = 0; round < 4; ++round) {
    std::vector<int64_t> steps;
    for (int64_t left = 700; left > 0; left -= steps.back()) {
      int64_t size = 1 + random() % (random() % 3 ? 200 : 5);
      steps.push_back(std::min(left, size));
    }
    EXPECT_EQ(Difference(whole, Run(ids, steps)), "") << "round " << round;
  }
}

TEST_F(SplitTest, TokenByToken) {
  std::vector<int32_t> ids = TestIds(300, vocab_, 3);
  EXPECT_EQ(Difference(Run(ids, {300}), Run(ids, std::vector<int64_t>(300, 1))),
            "");
}

TEST_F(SplitTest, PromptsOfOneToFive) {
  for (int64_t length = 1; length <= 5; ++length) {
    std::vector<int32_t> ids = TestIds(length + 8, vocab_, 4);
    std::vector<int64_t> decode(8, 1);
    decode.insert(decode.begin(), length);
    EXPECT_EQ(Difference(Run(ids, {length + 8}), Run(ids, decode)), "")
        << length;
  }
}

TEST_F(SplitTest, StepsThatEndAroundBlockEnds) {
  std::vector<int32_t> ids = TestIds(260, vocab_, 5);
  SequenceResult whole = Run(ids, {260});
  for (int64_t first : {3, 4, 5, 127, 128, 129, 255, 256, 257})
    EXPECT_EQ(Difference(whole, Run(ids, {first, 260 - first})), "") << first;
}

TEST_F(SplitTest, PrefillDecodePrefill) {
  std::vector<int32_t> ids = TestIds(200, vocab_, 6);
  std::vector<int64_t> steps = {70, 1, 1, 1, 1, 1, 60};
  steps.push_back(200 - 135);
  EXPECT_EQ(Difference(Run(ids, {200}), Run(ids, steps)), "");
}

/// Sequences that share steps, token by token interleaved, against each alone.
TEST_F(SplitTest, InterleavedSequences) {
  if (session().pool().geometry().max_batch < 2)
    GTEST_SKIP() << "the bundle was compiled for one sequence";
  std::vector<int32_t> ids[2] = {TestIds(150, vocab_, 7),
                                 TestIds(150, vocab_, 8)};
  int slots[2];
  for (int &slot : slots) {
    ASSERT_OK_AND_ASSIGN(slot, session().AcquireSlot());
  }
  std::mt19937 random(9);
  size_t done[2] = {0, 0};
  SequenceResult together[2];
  while (done[0] + done[1] < 300) {
    std::vector<Token> tokens;
    std::vector<int> wanted;
    std::vector<int> owner;
    for (int i = 0, n = 1 + random() % 40; i < n; ++i) {
      int which = random() % 2;
      if (done[which] == 150)
        continue;
      wanted.push_back(static_cast<int>(tokens.size()));
      owner.push_back(which);
      tokens.push_back({slots[which], ids[which][done[which]],
                        static_cast<int64_t>(done[which])});
      ++done[which];
    }
    if (tokens.empty())
      continue;
    RunRequest request;
    request.tokens = tokens;
    request.wanted = wanted;
    ASSERT_OK_AND_ASSIGN(RunResult run, session().Run(request));
    ASSERT_OK_AND_ASSIGN(std::vector<float> logits,
                         run.outputs["logits"].ToFloats());
    for (size_t row = 0; row < owner.size(); ++row)
      together[owner[row]].logits.insert(together[owner[row]].logits.end(),
                                         logits.begin() + row * vocab_,
                                         logits.begin() + (row + 1) * vocab_);
  }
  for (int which = 0; which < 2; ++which) {
    ASSERT_OK_AND_ASSIGN(together[which].state,
                         CacheAccess(session()).Snapshot(slots[which]));
    std::vector<StateRows> main;
    for (StateRows &rows : together[which].state)
      if (rows.name.rfind("mtp.", 0) != 0)
        main.push_back(std::move(rows));
    together[which].state = std::move(main);
  }
  for (int slot : slots)
    session().ReleaseSlot(slot);
  for (int which = 0; which < 2; ++which)
    EXPECT_EQ(Difference(together[which], Run(ids[which], {150})), "") << which;
}

/// A slot that held another sequence must not show it (pitfall P23).
TEST_F(SplitTest, ReusedSlotsShowNothing) {
  std::vector<int32_t> ids = TestIds(6, vocab_, 10);
  SequenceResult fresh = Run(ids, {6});
  Run(TestIds(400, vocab_, 11), {400});
  EXPECT_EQ(Difference(fresh, Run(ids, {1, 2, 3})), "");
}

} // namespace
} // namespace dsv4run
