//===- GoldenTest.cpp -----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/Golden.h"

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;

std::string Data(const std::string &name) {
  return testing::SourcePath("test/golden/data/" + name);
}

TEST(Golden, ReadsFedCases) {
  ASSERT_OK_AND_ASSIGN(
      Golden golden, Golden::Open(Data("dsv4-nano/golden-acc64.safetensors")));
  EXPECT_THAT(golden.cases(),
              ElementsAre("batch", "edge128", "long", "one", "short"));
  ASSERT_OK_AND_ASSIGN(GoldenCase batch, golden.Case("batch"));
  EXPECT_EQ(batch.batch(), 2);
  EXPECT_EQ(batch.prompt, 37);
  EXPECT_EQ(batch.logit_rows, 31);
  EXPECT_EQ(batch.tokens[1].size(), 67u);
  EXPECT_EQ(batch.next_tokens[1], batch.tokens[1][37]);
  EXPECT_FALSE(batch.generated);
  EXPECT_EQ(batch.mtp_logits.size(), 2u * 512);
  EXPECT_TRUE(golden.Has("long.hidden.5"));
  ASSERT_OK_AND_ASSIGN(GoldenTensor hidden, golden.Floats("long.hidden.5"));
  EXPECT_EQ(hidden.Columns(2), 4 * 256);
  EXPECT_EQ(hidden.values.size(), 150u * 4 * 256);
}

TEST(Golden, ReadsGeneratedCases) {
  ASSERT_OK_AND_ASSIGN(
      Golden golden,
      Golden::Open(Data("dsv4-shakespeare/golden-acc64.safetensors")));
  ASSERT_OK_AND_ASSIGN(GoldenCase king, golden.Case("king"));
  EXPECT_TRUE(king.generated);
  EXPECT_EQ(king.prompt, 19);
  EXPECT_EQ(king.logit_rows, 65);
  EXPECT_EQ(king.tokens[0].size(), 19u + 64);
  EXPECT_EQ(king.next_tokens[0], king.tokens[0][19]);
}

TEST(Golden, ChoosesCases) {
  ASSERT_OK_AND_ASSIGN(
      Golden golden,
      Golden::Open(Data("flash-slice/golden-acc64.safetensors")));
  ASSERT_OK_AND_ASSIGN(auto all, ChooseCases(golden, ""));
  EXPECT_THAT(all, ElementsAre("long", "small"));
  ASSERT_OK_AND_ASSIGN(auto one, ChooseCases(golden, "small"));
  EXPECT_THAT(one, ElementsAre("small"));
  EXPECT_THAT(ChooseCases(golden, "small,big"),
              IsError(absl::StatusCode::kNotFound,
                      "no case \"big\"; found long, small"));
}

TEST(Golden, RefusesOtherFiles) {
  EXPECT_THAT(
      Golden::Open(testing::SourcePath("models/dsv4-nano/model.safetensors")),
      IsInvalid("expected golden tensors <case>.logits"));
}

} // namespace
} // namespace dsv4run
