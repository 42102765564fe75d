//===- LongContextTest.cpp - A million positions --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// State for 80 sequences of 1,048,576 tokens: its largest buffers exceed 2^31
// bytes, so that the last sequence lies where a 32-bit offset does not reach. A
// step there must give the bits that it gives at the start of the pool.

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr int64_t kContext = 1048576;
/// The step's token ends a block of every compressor.
constexpr int64_t kPosition = 1047551;

/// Fills the rows of every cache that lie just before the position, and some
/// entries far from it, with numbers that depend on `seed`.
absl::Status FillCaches(CacheAccess &access, const Model &model, int slot,
                        int seed) {
  const auto &states = *model.manifest().states();
  for (int i = 0; i < static_cast<int>(states.size()); ++i) {
    const schema::State &state = *states.Get(i);
    if (state.kind() == schema::CacheKind::OpenRows ||
        absl::string_view(state.name()->c_str()).substr(0, 4) == "mtp.")
      continue;
    auto [first, last] = access.LiveRows(i, slot);
    for (int64_t row = first; row < last; ++row) {
      if (last - row > 48 && row % 9973 != 0)
        continue;
      std::vector<float> values(state.width() + state.tail());
      for (size_t c = 0; c < values.size(); ++c)
        values[c] =
            static_cast<float>((row * 7 + c * 13 + seed * 29 + i) % 31) / 16 -
            0.9f;
      DSV4RUN_RETURN_IF_ERROR(access.WriteRow(i, slot, row, values));
    }
  }
  return absl::OkStatus();
}

struct StepResult {
  std::vector<float> logits;
  std::vector<float> newEntries;
};

/// One token at kPosition, and the entries that it completes.
absl::StatusOr<StepResult> StepAt(Session &session, int slot) {
  Token token;
  token.id = 17;
  token.slot = slot;
  token.position = kPosition;
  std::vector<Token> tokens = {token};
  std::vector<int> wanted = {0};
  RunRequest request;
  request.tokens = tokens;
  request.wanted = wanted;
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session.Run(request));
  StepResult step;
  DSV4RUN_ASSIGN_OR_RETURN(step.logits,
                           result.outputs[std::string(kLogits)].ToFloats());
  CacheAccess access(session);
  for (const char *name :
       {"layers.2.entries", "layers.2.index", "layers.3.entries"}) {
    DSV4RUN_ASSIGN_OR_RETURN(int state, access.Find(name));
    int64_t row = access.LiveRows(state, slot).second - 1;
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> values,
                             access.ReadRow(state, slot, row));
    step.newEntries.insert(step.newEntries.end(), values.begin(), values.end());
  }
  return step;
}

TEST(LongContextTest, StepsBeyondTwoGiBEqualStepsBelow) {
  testing::LoadedBundle *bundle =
      testing::LoadedBundle::Get(DSV4_NANO_1M_BUNDLE, DSV4_NANO_WEIGHTS);
  ASSERT_NE(bundle, nullptr);
  const schema::Manifest &manifest = bundle->model().manifest();
  uint64_t largest = 0;
  for (const schema::Buffer *buffer : *manifest.buffers())
    if (buffer->space() == schema::Space::State)
      largest = std::max(largest, buffer->bytes());
  ASSERT_GT(largest, uint64_t(1) << 31);
  ASSERT_EQ(manifest.pool()->max_context(), static_cast<uint64_t>(kContext));

  Session &session = *bundle->session;
  CacheAccess access(session);
  int count = static_cast<int>(manifest.pool()->max_batch());
  std::vector<int> slots;
  for (int i = 0; i < count; ++i) {
    ASSERT_OK_AND_ASSIGN(int slot, session.AcquireSlot());
    ASSERT_OK(session.Place(slot, kPosition));
    slots.push_back(slot);
  }
  int low = slots.front(), middle = slots[count / 2], high = slots.back();
  ASSERT_OK(FillCaches(access, bundle->model(), low, 1));
  ASSERT_OK(FillCaches(access, bundle->model(), middle, 2));
  ASSERT_OK(FillCaches(access, bundle->model(), high, 1));

  ASSERT_OK_AND_ASSIGN(StepResult at_low, StepAt(session, low));
  ASSERT_OK_AND_ASSIGN(StepResult at_middle, StepAt(session, middle));
  ASSERT_OK_AND_ASSIGN(StepResult at_high, StepAt(session, high));
  EXPECT_EQ(at_low.logits, at_high.logits);
  EXPECT_EQ(at_low.newEntries, at_high.newEntries);
  // Other caches give other logits: the step did read them.
  EXPECT_NE(at_low.logits, at_middle.logits);
}

} // namespace
} // namespace dsv4run
