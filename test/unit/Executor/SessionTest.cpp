//===- SessionTest.cpp ----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/Session.h"

#include <random>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Executor/CacheAccess.h"
#include "dsv4run/Executor/StateImage.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;

constexpr int kColumns = 16;

/// What the tiny model's logits should be, from the ids of the sequence alone.
std::vector<float> Expected(const std::vector<int32_t> &ids, int64_t at) {
  float positions = 0, sum = 0;
  for (int64_t i = std::max<int64_t>(0, at - 4); i <= at; ++i) {
    positions += i;
    sum += ids[i];
  }
  return {static_cast<float>(ids[at]), positions, sum};
}

/// By target: each device gives the same results.
class SessionTest : public ::testing::TestWithParam<const char *> {
protected:
  void Make(testing::TinyPool pool = {}) {
    pool.target = GetParam();
    ASSERT_OK_AND_ASSIGN(tiny_, TinyModel::Create(pool));
  }
  Session &session() { return *tiny_.session; }

  TinyModel tiny_;
};

INSTANTIATE_TEST_SUITE_P(Targets, SessionTest,
                         ::testing::Values("host", "gfx942"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST_P(SessionTest, RunsRandomInterleavedBatches) {
  testing::TinyPool pool;
  pool.entry_pages = 24; // for three full sequences
  Make(pool);
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    std::vector<int> slots;
    std::vector<std::vector<int32_t>> ids(3);
    for (int i = 0; i < 3; ++i) {
      ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
      slots.push_back(slot);
    }
    for (int step = 0; step < 8; ++step) {
      std::vector<Token> batch;
      std::vector<int> wanted;
      std::vector<std::pair<int, int64_t>> origin;
      for (int i = 0, n = 1 + random() % 11; i < n; ++i) {
        int which = random() % 3;
        if (ids[which].size() == 32)
          continue;
        auto at = static_cast<int64_t>(ids[which].size());
        ids[which].push_back(random() % 16);
        if (random() % 2)
          wanted.insert(wanted.begin(), static_cast<int>(batch.size()));
        batch.push_back({slots[which], ids[which].back(), at});
        origin.push_back({which, at});
      }
      if (batch.empty())
        continue;
      RunRequest request;
      request.tokens = batch;
      request.wanted = wanted;
      request.outputs = {"logits", "streams"};
      ASSERT_OK_AND_ASSIGN(RunResult result, session().Run(request));
      ASSERT_OK_AND_ASSIGN(std::vector<float> logits,
                           result.outputs["logits"].ToFloats());
      ASSERT_OK_AND_ASSIGN(std::vector<float> streams,
                           result.outputs["streams"].ToFloats());
      ASSERT_EQ(logits.size(), wanted.size() * kColumns);
      ASSERT_EQ(streams.size(), batch.size() * 2);
      for (size_t i = 0; i < batch.size(); ++i) {
        EXPECT_EQ(streams[2 * i], batch[i].id);
        EXPECT_EQ(streams[2 * i + 1], batch[i].id + 100);
      }
      for (size_t i = 0; i < wanted.size(); ++i) {
        auto [which, at] = origin[wanted[i]];
        std::vector<float> expected = Expected(ids[which], at);
        for (size_t k = 0; k < expected.size(); ++k)
          EXPECT_EQ(logits[i * kColumns + k], expected[k])
              << "round " << round << " sequence " << which << " position "
              << at << " column " << k;
      }
    }
    for (int slot : slots)
      session().ReleaseSlot(slot);
    EXPECT_EQ(session().pool().free_window_pages(), 9);
  }
}

TEST_P(SessionTest, TellsWhereASequenceStartsInTheStep) {
  Make();
  ASSERT_OK_AND_ASSIGN(int a, session().AcquireSlot());
  ASSERT_OK_AND_ASSIGN(int b, session().AcquireSlot());
  std::vector<Token> first = {{a, 1, 0}, {a, 2, 1}};
  RunRequest request;
  request.tokens = first;
  ASSERT_OK(session().Run(request));
  std::vector<Token> second = {{b, 3, 0}, {a, 4, 2}, {b, 5, 1}, {a, 6, 3}};
  int wanted[] = {3, 2};
  request.tokens = second;
  request.wanted = wanted;
  ASSERT_OK_AND_ASSIGN(RunResult result, session().Run(request));
  ASSERT_OK_AND_ASSIGN(std::vector<float> logits,
                       result.outputs["logits"].ToFloats());
  // Rows 0, 1 are of b, rows 2, 3 of a, which starts at position 2.
  EXPECT_EQ(logits[0], 6);
  EXPECT_EQ(logits[3], 2);
  EXPECT_EQ(logits[4], 2);
  EXPECT_EQ(logits[kColumns], 5);
  EXPECT_EQ(logits[kColumns + 3], 0);
  EXPECT_EQ(logits[kColumns + 4], 0);
}

TEST_P(SessionTest, DraftsWithTheStepsStreams) {
  Make();
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  std::vector<Token> tokens;
  for (int i = 0; i < 8; ++i) // two chunks
    tokens.push_back({slot, i, i, 15 - i});
  int wanted[] = {7, 2};
  RunRequest request;
  request.tokens = tokens;
  request.outputs = {};
  request.draft = true;
  request.wanted_drafts = wanted;
  ASSERT_OK_AND_ASSIGN(RunResult result, session().Run(request));
  ASSERT_OK_AND_ASSIGN(std::vector<float> logits,
                       result.draft_logits.ToFloats());
  ASSERT_EQ(logits.size(), 2u * kColumns);
  EXPECT_EQ(logits[0], 1000 * 8 + 7 + 100);
  EXPECT_EQ(logits[kColumns], 1000 * 13 + 2 + 100);

  tokens[3].next_id = -1;
  for (int i = 0; i < 8; ++i)
    tokens[i].position += 8;
  EXPECT_THAT(session().Run(request),
              IsInvalid("token 3 has next id -1; the draft block needs"));
}

TEST_P(SessionTest, PassesFurtherInputsInChunks) {
  Make();
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  std::vector<Token> tokens;
  std::vector<float> x;
  for (int i = 0; i < 13; ++i) {
    tokens.push_back({slot, 0, i});
    for (int k = 0; k < 3; ++k)
      x.push_back(static_cast<float>(10 * i + k));
  }
  RunRequest request;
  request.entry = "double";
  request.tokens = tokens;
  request.inputs["x"] = RowBlock::FromFloats(13, 3, x);
  request.outputs = {"y"};
  ASSERT_OK_AND_ASSIGN(RunResult result, session().Run(request));
  ASSERT_OK_AND_ASSIGN(std::vector<float> y, result.outputs["y"].ToFloats());
  ASSERT_EQ(y.size(), x.size());
  for (size_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(y[i], 2 * x[i]);

  // The same positions again, without taking new ones.
  request.advance = false;
  EXPECT_OK(session().Run(request));
  EXPECT_EQ(session().length(slot), 13);
  request.inputs["x"] = RowBlock::Bf16(13, 3, x);
  EXPECT_THAT(session().Run(request), IsInvalid("12 bytes of f32; found rows "
                                                "of 6 bytes of bf16"));
  request.inputs["x"].rows = 12;
  EXPECT_THAT(session().Run(request), IsInvalid("each of 13 tokens"));
  request.inputs.clear();
  request.inputs["z"] = RowBlock::FromFloats(13, 3, x);
  EXPECT_THAT(session().Run(request),
              IsError(absl::StatusCode::kNotFound,
                      "no input \"z.in\"; found double.x.in"));
}

TEST_P(SessionTest, RefusesBadTokens) {
  Make();
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  auto run = [&](Token token) {
    RunRequest request;
    request.tokens = {&token, 1};
    return session().Run(request).status();
  };
  EXPECT_THAT(run({slot, 16, 0}),
              IsInvalid("token 0 has id 16; the vocabulary has ids 0 to 15"));
  EXPECT_THAT(run({slot, -1, 0}), IsInvalid("id -1"));
  EXPECT_THAT(run({slot + 1, 0, 0}), IsInvalid("holds no sequence"));
  EXPECT_THAT(run({99, 0, 0}), IsInvalid("slot 99"));
  EXPECT_THAT(run({slot, 0, 1}),
              IsInvalid("start at position 1; the sequence goes on at position "
                        "0"));
  EXPECT_EQ(session().length(slot), 0);
}

TEST_P(SessionTest, RefusesWhatDoesNotFitBeforeRunning) {
  Make();
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  std::vector<Token> tokens;
  for (int i = 0; i < 33; ++i)
    tokens.push_back({slot, 0, i});
  RunRequest request;
  request.tokens = tokens;
  EXPECT_THAT(session().Run(request),
              IsError(absl::StatusCode::kOutOfRange,
                      "33 positions; this bundle's state holds 32"));
  EXPECT_TRUE(session().runs().empty());
  ASSERT_OK(session().AcquireSlot());
  ASSERT_OK(session().AcquireSlot());
  EXPECT_THAT(session().AcquireSlot(),
              IsError(absl::StatusCode::kResourceExhausted, "all 3 slots"));
}

TEST_P(SessionTest, EntryPagesRunOut) {
  Make();
  std::vector<Token> tokens;
  for (int sequence = 0; sequence < 2; ++sequence) {
    ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
    for (int i = 0; i < 26; ++i)
      tokens.push_back({slot, 0, i});
  }
  RunRequest request;
  request.tokens = tokens;
  EXPECT_THAT(session().Run(request),
              IsError(absl::StatusCode::kResourceExhausted,
                      "needs 14 more entry pages of 4 positions; 12 of 12"));
  EXPECT_TRUE(session().runs().empty());
}

class RollBackTest : public SessionTest {
protected:
  void SetUp() override {
    testing::TinyPool pool;
    pool.entry_pages = 24; // for three full sequences
    Make(pool);
  }

  /// Runs a sequence's next tokens, whose ids are their positions.
  absl::Status Advance(int slot, int64_t count, bool reversible = false) {
    std::vector<Token> tokens;
    for (int64_t at = session().length(slot); count > 0; --count, ++at)
      tokens.push_back({slot, static_cast<int32_t>(at % 16), at});
    RunRequest request;
    request.tokens = tokens;
    request.reversible = reversible;
    return session().Run(request).status();
  }

  std::vector<StateRows> Snapshot(int slot) {
    auto snapshot = CacheAccess(session()).Snapshot(slot);
    EXPECT_OK(snapshot);
    return snapshot.ok() ? *snapshot : std::vector<StateRows>();
  }

  /// The state of a sequence of `length` positions that was never longer.
  std::vector<StateRows> Fresh(int64_t length) {
    auto slot = session().AcquireSlot();
    EXPECT_OK(slot);
    EXPECT_OK(Advance(*slot, length));
    std::vector<StateRows> snapshot = Snapshot(*slot);
    session().ReleaseSlot(*slot);
    return snapshot;
  }
};

INSTANTIATE_TEST_SUITE_P(Targets, RollBackTest,
                         ::testing::Values("host", "gfx942"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST_P(RollBackTest, EveryLengthOfAReversibleStep) {
  EXPECT_EQ(session().reversible_tokens(), 4);
  for (int64_t first = 1; first < 16; ++first)
    for (int64_t tokens = 1; tokens <= 4; ++tokens)
      for (int64_t kept = 0; kept <= tokens; ++kept) {
        ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
        ASSERT_OK(Advance(slot, first));
        ASSERT_OK(Advance(slot, tokens, /*reversible=*/true));
        ASSERT_OK(session().RollBack(slot, first + kept));
        EXPECT_EQ(CompareSnapshots(Fresh(first + kept), Snapshot(slot)), "")
            << first << " + " << tokens << " to " << first + kept;
        ASSERT_OK(Advance(slot, 5));
        EXPECT_EQ(CompareSnapshots(Fresh(first + kept + 5), Snapshot(slot)),
                  "");
        session().ReleaseSlot(slot);
        EXPECT_EQ(session().pool().free_window_pages(), 9);
        EXPECT_EQ(session().pool().free_entry_pages(), 24);
      }
}

TEST_P(RollBackTest, StepByStepDownToItsStart) {
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  ASSERT_OK(Advance(slot, 9));
  ASSERT_OK(Advance(slot, 4, /*reversible=*/true));
  for (int64_t length : {12, 12, 10, 9}) {
    ASSERT_OK(session().RollBack(slot, length));
    EXPECT_EQ(CompareSnapshots(Fresh(length), Snapshot(slot)), "") << length;
  }
}

TEST_P(RollBackTest, PositionsWithoutContents) {
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  ASSERT_OK(Advance(slot, 8));
  ASSERT_OK(session().Extend(slot, 3));
  EXPECT_EQ(session().length(slot), 11);
  ASSERT_OK(session().RollBack(slot, 8));
  EXPECT_EQ(CompareSnapshots(Fresh(8), Snapshot(slot)), "");
}

TEST_P(RollBackTest, RefusesWhatHasNotBeenKept) {
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  ASSERT_OK(Advance(slot, 6));
  EXPECT_THAT(session().RollBack(slot, 5),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "slot 0 cannot be rolled back to 5 positions"));
  EXPECT_THAT(session().RollBack(slot, 7), IsInvalid("its sequence has 6"));
  EXPECT_THAT(Advance(slot, 5, /*reversible=*/true),
              IsInvalid("at most 4 tokens of a sequence, found 5 of slot 0"));
  ASSERT_OK(Advance(slot, 2, /*reversible=*/true));
  ASSERT_OK(Advance(slot, 1));
  EXPECT_THAT(session().RollBack(slot, 8),
              IsError(absl::StatusCode::kFailedPrecondition, "the first 9"));
}

TEST_P(RollBackTest, ImagesInAnotherSlot) {
  ASSERT_OK_AND_ASSIGN(int from, session().AcquireSlot());
  std::vector<StateImage> images;
  for (int64_t count : {1, 4, 8, 5}) {
    ASSERT_OK(Advance(from, count));
    ASSERT_OK_AND_ASSIGN(StateImage image,
                         CaptureState(session(), from,
                                      images.empty() ? 0 : images.back().length,
                                      /*with_draft=*/true));
    images.push_back(std::move(image));
    ASSERT_OK_AND_ASSIGN(int to, session().AcquireSlot());
    std::vector<const StateImage *> chain;
    for (const StateImage &part : images)
      chain.push_back(&part);
    ASSERT_OK(RestoreState(session(), to, chain));
    EXPECT_EQ(CompareSnapshots(Snapshot(from), Snapshot(to)), "");
    ASSERT_OK(Advance(to, 3));
    EXPECT_EQ(CompareSnapshots(Fresh(images.back().length + 3), Snapshot(to)),
              "");
    session().ReleaseSlot(to);
  }
}

TEST_P(RollBackTest, RefusesImagesThatDoNotFit) {
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  EXPECT_THAT(CaptureState(session(), slot, 0, true), IsInvalid("no state"));
  ASSERT_OK(Advance(slot, 5));
  EXPECT_THAT(CaptureState(session(), slot, 6, true),
              IsInvalid("from position 6"));
  ASSERT_OK_AND_ASSIGN(StateImage image,
                       CaptureState(session(), slot, 2, true));
  session().ReleaseSlot(slot);
  ASSERT_OK_AND_ASSIGN(slot, session().AcquireSlot());
  const StateImage *chain[] = {&image};
  EXPECT_THAT(RestoreState(session(), slot, chain),
              IsInvalid("positions 2 to 5 does not continue that of 0"));
  image.begin = 0;
  EXPECT_THAT(RestoreState(session(), slot, chain),
              IsInvalid("does not have the sizes"));
  image.rows.pop_back();
  EXPECT_THAT(RestoreState(session(), slot, chain),
              IsInvalid("does not have the sizes"));
  EXPECT_EQ(session().length(slot), 0);
}

TEST_P(SessionTest, ProfilesLaunches) {
  Make();
  session().EnableProfile(ProfileBy::Launch);
  ASSERT_OK_AND_ASSIGN(int slot, session().AcquireSlot());
  Token token{slot, 0, 0};
  RunRequest request;
  request.tokens = {&token, 1};
  ASSERT_OK(session().Run(request));
  std::map<int, LaunchProfile> taken = session().TakeProfile();
  ASSERT_EQ(taken.size(), 1u);
  const LaunchProfile &profile = taken.begin()->second;
  EXPECT_EQ(profile.labels.size(), 2u);
  EXPECT_THAT(profile.ends, ::testing::ElementsAre(1, 2));
  ASSERT_EQ(profile.seconds.size(), 1u);
  EXPECT_EQ(profile.seconds[0].size(), 2u);
  EXPECT_TRUE(session().TakeProfile().empty());
}

} // namespace
} // namespace dsv4run
