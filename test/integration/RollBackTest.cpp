//===- RollBackTest.cpp - Rejected drafts leave nothing behind ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spec 5.5: a step over the right token and wrong ones behind it, taken back to
// the last right one, must give the state and the logits of a sequence that
// never had the wrong ones. Likewise for images of the state (spec 5.2).

#include <random>

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Executor/StateImage.h"

namespace dsv4run {
namespace {

using testing::LoadedBundle;
using testing::TestIds;

class RollBackTest : public ::testing::Test {
protected:
  void SetUp() override {
    bundle_ = LoadedBundle::Get(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS);
    ASSERT_NE(bundle_, nullptr);
    vocab_ = bundle_->model().manifest().model()->vocab();
    ids_ = TestIds(320, vocab_, 21);
  }
  Session &session() { return *bundle_->session; }

  int Acquire() {
    absl::StatusOr<int> slot = session().AcquireSlot();
    EXPECT_OK(slot);
    return slot.value_or(0);
  }

  /// Logits of the last token.
  std::vector<float> Feed(int slot, absl::Span<const int32_t> ids,
                          bool reversible = false) {
    std::vector<Token> tokens;
    for (int32_t id : ids)
      tokens.push_back(
          {slot, id,
           session().length(slot) + static_cast<int64_t>(tokens.size())});
    int last = static_cast<int>(tokens.size()) - 1;
    RunRequest request;
    request.tokens = tokens;
    request.wanted = {&last, 1};
    request.reversible = reversible;
    absl::StatusOr<RunResult> result = session().Run(request);
    EXPECT_OK(result);
    if (!result.ok())
      return {};
    return *result->outputs[std::string(kLogits)].ToFloats();
  }
  std::vector<float> Feed(int slot, int64_t begin, int64_t end,
                          bool reversible = false) {
    return Feed(slot, absl::MakeSpan(ids_).subspan(begin, end - begin),
                reversible);
  }

  std::vector<StateRows> Snapshot(int slot) {
    auto snapshot = CacheAccess(session()).Snapshot(slot);
    EXPECT_OK(snapshot);
    std::vector<StateRows> main;
    for (StateRows &rows : *snapshot)
      if (rows.name.rfind("mtp.", 0) != 0)
        main.push_back(std::move(rows));
    return main;
  }

  void ExpectAsFresh(int slot, const std::vector<float> &logits) {
    int64_t length = session().length(slot);
    int fresh = Acquire();
    EXPECT_EQ(Feed(fresh, 0, length), logits);
    EXPECT_EQ(CompareSnapshots(Snapshot(fresh), Snapshot(slot)), "");
    session().ReleaseSlot(fresh);
  }

  LoadedBundle *bundle_ = nullptr;
  int64_t vocab_ = 0;
  std::vector<int32_t> ids_;
};

TEST_F(RollBackTest, WrongDraftsAtEveryPhaseOfTheBlocks) {
  ASSERT_EQ(session().reversible_tokens(), 8);
  std::mt19937 random(22);
  for (int64_t first :
       {1,   2,   3,   4,   5,   6,   7,   46,  47,  48,  120, 121, 125,
        126, 127, 128, 129, 174, 175, 176, 250, 252, 255, 256, 257}) {
    int64_t drafts = 1 + random() % 7, right = random() % (drafts + 1);
    SCOPED_TRACE(absl::StrCat(first, " tokens, ", right, " of ", drafts,
                              " drafts are right"));
    int slot = Acquire();
    Feed(slot, 0, first);
    std::vector<int32_t> step(ids_.begin() + first,
                              ids_.begin() + first + 1 + drafts);
    for (int64_t i = right + 1; i <= drafts; ++i)
      step[i] = static_cast<int32_t>((step[i] + 1 + random() % 500) % vocab_);
    Feed(slot, step, /*reversible=*/true);
    ASSERT_OK(session().RollBack(slot, first + 1 + right));
    int64_t at = session().length(slot);
    ExpectAsFresh(slot, Feed(slot, at, at + 1 + random() % 20));
    session().ReleaseSlot(slot);
  }
}

TEST_F(RollBackTest, ManyRejectionsInARow) {
  int slot = Acquire();
  std::mt19937 random(23);
  Feed(slot, 0, 100);
  while (session().length(slot) < 290) {
    int64_t at = session().length(slot);
    std::vector<int32_t> step(ids_.begin() + at, ids_.begin() + at + 8);
    int64_t right = random() % 3;
    for (int64_t i = right + 1; i < 8; ++i)
      step[i] = static_cast<int32_t>((step[i] + 1) % vocab_);
    Feed(slot, step, /*reversible=*/true);
    ASSERT_OK(session().RollBack(slot, at + 1 + right));
  }
  int64_t at = session().length(slot);
  ExpectAsFresh(slot, Feed(slot, at, at + 1));
  session().ReleaseSlot(slot);
}

TEST_F(RollBackTest, ImagesContinueBitForBit) {
  for (int64_t length : {1, 3, 48, 127, 128, 130, 256, 259}) {
    SCOPED_TRACE(length);
    int slot = Acquire();
    Feed(slot, 0, length / 2 + 1);
    ASSERT_OK_AND_ASSIGN(StateImage head,
                         CaptureState(session(), slot, 0, false));
    if (length > head.length)
      Feed(slot, head.length, length);
    ASSERT_OK_AND_ASSIGN(StateImage tail,
                         CaptureState(session(), slot, head.length, false));
    session().ReleaseSlot(slot);
    // Other contents in every slot and page.
    for (int i = 0; i < session().pool().geometry().max_batch; ++i)
      Feed(Acquire(), TestIds(300, vocab_, 30 + i));
    for (int i = 0; i < session().pool().geometry().max_batch; ++i)
      session().ReleaseSlot(i);
    Acquire();
    slot = Acquire();
    const StateImage *images[] = {&head, &tail};
    ASSERT_OK(RestoreState(session(), slot, images));
    ExpectAsFresh(slot, Feed(slot, length, length + 40));
    for (int i = 0; i <= slot; ++i)
      session().ReleaseSlot(i);
  }
}

TEST(StateLayout, TellsDialectsApart) {
  auto *ocp = LoadedBundle::Get(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS);
  auto *v3 = LoadedBundle::Get(DSV4_NANO_V3_BUNDLE, DSV4_NANO_WEIGHTS);
  auto *fnuz = LoadedBundle::Get(DSV4_NANO_FNUZ_BUNDLE, DSV4_NANO_WEIGHTS);
  ASSERT_TRUE(ocp && v3 && fnuz);
  EXPECT_EQ(DescribeStateLayout(ocp->model()),
            DescribeStateLayout(v3->model()));
  EXPECT_NE(DescribeStateLayout(ocp->model()),
            DescribeStateLayout(fnuz->model()));
}

} // namespace
} // namespace dsv4run
