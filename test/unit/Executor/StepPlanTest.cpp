//===- StepPlanTest.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/StepPlan.h"

#include <random>
#include <set>

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;

const std::vector<ProgramSize> kPrograms = {{1, 1}, {4, 2}, {16, 2}};

int64_t NoLimit(int64_t) { return INT64_MAX; }

std::vector<Token> Batch(std::vector<std::pair<int, int64_t>> places) {
  std::vector<Token> batch;
  for (auto [slot, position] : places)
    batch.push_back({slot, 0, position});
  return batch;
}

TEST(StepPlan, TakesTheSmallestProgramThatFits) {
  for (auto [count, program] :
       {std::pair(1, 0), {2, 1}, {4, 1}, {5, 2}, {16, 2}}) {
    std::vector<Token> batch;
    for (int i = 0; i < count; ++i)
      batch.push_back({0, 0, i});
    int last = count - 1;
    ASSERT_OK_AND_ASSIGN(auto chunks,
                         PlanStep(batch, {&last, 1}, kPrograms, NoLimit));
    ASSERT_EQ(chunks.size(), 1u);
    EXPECT_EQ(chunks[0].program, program) << count;
    EXPECT_THAT(chunks[0].output_rows, ElementsAre(last));
  }
}

TEST(StepPlan, BringsSequencesTogether) {
  ASSERT_OK_AND_ASSIGN(
      auto chunks, PlanStep(Batch({{5, 10}, {2, 0}, {5, 11}, {2, 1}, {5, 12}}),
                            {3, 4}, kPrograms, NoLimit));
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_THAT(chunks[0].tokens, ElementsAre(0, 2, 4, 1, 3));
  EXPECT_THAT(chunks[0].output_rows, ElementsAre(2, 4));
}

TEST(StepPlan, RejectsGapsAndRepeats) {
  EXPECT_THAT(PlanStep(Batch({{0, 3}, {0, 5}}), {}, kPrograms, NoLimit),
              IsInvalid("token 1 of the step is at position 5 of slot 0; "
                        "expected position 4"));
  EXPECT_THAT(PlanStep(Batch({{0, 3}, {1, 0}, {0, 3}}), {}, kPrograms, NoLimit),
              IsInvalid("expected position 4"));
  EXPECT_THAT(PlanStep({}, {}, kPrograms, NoLimit),
              IsInvalid("at least one token"));
  EXPECT_THAT(PlanStep(Batch({{0, 0}}), {1}, kPrograms, NoLimit),
              IsInvalid("token 1 are wanted; the step has 1"));
  EXPECT_THAT(PlanStep(Batch({{0, 0}}), {0, 0}, kPrograms, NoLimit),
              IsInvalid("wanted twice"));
  EXPECT_THAT(PlanStep(Batch({{0, 0}}), {0}, {{4, 0}}, NoLimit),
              IsError(absl::StatusCode::kFailedPrecondition, "no program"));
}

/// Properties of any plan: every token once, in order within its sequence, each
/// chunk within its program and its sequences within their limit, wanted rows
/// complete.
TEST(StepPlan, HoldsForRandomBatches) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    int64_t next[4] = {0, 7, 100, 3};
    std::vector<Token> batch;
    std::vector<int> wanted;
    for (int i = 0, n = 1 + random() % 60; i < n; ++i) {
      int slot = random() % 4;
      batch.push_back({slot, 0, next[slot]++});
      if (random() % 3 == 0)
        wanted.push_back(i);
    }
    auto limit = [](int64_t first) { return 2 + first % 5; };
    ASSERT_OK_AND_ASSIGN(auto chunks,
                         PlanStep(batch, wanted, kPrograms, limit));
    std::vector<int> seen(batch.size(), 0);
    std::set<int> found;
    int64_t at[4] = {0, 7, 100, 3};
    for (const StepChunk &chunk : chunks) {
      const ProgramSize &size = kPrograms[chunk.program];
      ASSERT_LE(static_cast<int64_t>(chunk.tokens.size()), size.tokens);
      ASSERT_LE(static_cast<int64_t>(chunk.output_rows.size()),
                size.output_rows);
      std::set<int> slots;
      for (size_t row = 0; row < chunk.tokens.size();) {
        const Token &first = batch[chunk.tokens[row]];
        ASSERT_TRUE(slots.insert(first.slot).second)
            << "rows of a sequence are not together";
        int64_t count = 0;
        for (; row < chunk.tokens.size() &&
               batch[chunk.tokens[row]].slot == first.slot;
             ++row, ++count) {
          const Token &token = batch[chunk.tokens[row]];
          ASSERT_EQ(token.position, at[token.slot]++);
          ++seen[chunk.tokens[row]];
        }
        ASSERT_LE(count, limit(first.position));
      }
      for (int row : chunk.output_rows)
        found.insert(chunk.tokens[row]);
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1),
              static_cast<int64_t>(batch.size()));
    EXPECT_EQ(found, std::set<int>(wanted.begin(), wanted.end()));
  }
}

} // namespace
} // namespace dsv4run
