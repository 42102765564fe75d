//===- MtpDrafterTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drafts themselves are tested with compiled bundles: test/integration.

#include "dsv4run/Generation/MtpDrafter.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;
using ::testing::SizeIs;
using testing::TinyModel;

TEST(MtpDrafter, CarriesTheStreamsOfTheLastToken) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  ASSERT_OK_AND_ASSIGN(auto drafter, MtpDrafter::Create(*tiny.session));
  ASSERT_OK_AND_ASSIGN(int slot, tiny.session->AcquireSlot());
  std::vector<Token> tokens = {{slot, 3, 0}, {slot, 4, 1}, {slot, 5, 2}};
  RunRequest request;
  request.tokens = tokens;
  request.outputs = drafter->step_outputs();
  ASSERT_OK_AND_ASSIGN(RunResult result, tiny.session->Run(request));
  ASSERT_OK(drafter->Observe(slot, 0, {3, 4, 5}, result.outputs));
  drafter->Truncate(slot, 2);
  ASSERT_OK_AND_ASSIGN(std::vector<std::byte> carried, drafter->Carry(slot));
  RowBlock row;
  row.element = "f32";
  row.data = carried;
  EXPECT_THAT(*row.ToFloats(), ::testing::ElementsAre(4, 104));
  EXPECT_OK(drafter->Reset(slot, {3, 4}, carried));
  ASSERT_OK_AND_ASSIGN(carried, drafter->Carry(slot));
  EXPECT_THAT(carried, SizeIs(8));
}

TEST(MtpDrafter, RefusesWhatItHasNotGiven) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  ASSERT_OK_AND_ASSIGN(auto drafter, MtpDrafter::Create(*tiny.session));
  std::vector<std::byte> bytes(7);
  EXPECT_THAT(drafter->Reset(0, {1}, bytes),
              IsInvalid("have 7 bytes; the draft block reads 8"));
  bytes.resize(8);
  EXPECT_THAT(drafter->Reset(0, {}, bytes), IsInvalid("of 0 tokens"));
  EXPECT_OK(drafter->Reset(0, {}, {}));
}

/// Without streams of the last token there is nothing to draft from.
TEST(MtpDrafter, WaitsForAStep) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  ASSERT_OK_AND_ASSIGN(auto drafter, MtpDrafter::Create(*tiny.session));
  DraftRequest request;
  request.count = 3;
  ASSERT_OK_AND_ASSIGN(auto drafts, drafter->Propose({request}));
  EXPECT_THAT(drafts, ::testing::ElementsAre(SizeIs(0)));
}

} // namespace
} // namespace dsv4run
