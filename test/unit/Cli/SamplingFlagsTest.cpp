//===- SamplingFlagsTest.cpp ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/SamplingFlags.h"

#include <cmath>

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

absl::StatusOr<SamplingFlags> Parse(std::vector<std::string> arguments) {
  SamplingFlags flags;
  OptionTable table;
  flags.AddTo(table);
  std::vector<std::string> positional;
  absl::Status status = table.Parse(arguments, &positional);
  status.Update(flags.Finish());
  if (!status.ok())
    return status;
  return flags;
}

TEST(SamplingFlags, OverrideTheConfiguration) {
  GenerationConfig config;
  config.temperature = 0.7;
  config.top_p = 0.9;
  ASSERT_OK_AND_ASSIGN(SamplingFlags none, Parse({}));
  EXPECT_EQ(none.Choose(config).temperature, 0.7f);
  EXPECT_EQ(none.Choose(config).top_p, 0.9f);
  config.do_sample = false;
  EXPECT_EQ(none.Choose(config).temperature, 0);
  ASSERT_OK_AND_ASSIGN(SamplingFlags flags, Parse({"--temperature",
                                                   "0.5",
                                                   "--top-p=1",
                                                   "--top-k",
                                                   "4",
                                                   "--min-p",
                                                   "0.1",
                                                   "--seed",
                                                   "3",
                                                   "--repetition-penalty",
                                                   "1.1",
                                                   "--frequency-penalty",
                                                   "0.5",
                                                   "--presence-penalty",
                                                   "0.25",
                                                   "--logit-bias",
                                                   "7=-inf",
                                                   "--logit-bias",
                                                   "8=2.5",
                                                   "--stop",
                                                   "a",
                                                   "--stop",
                                                   "b"}));
  SamplingOptions sampling = flags.Choose(config);
  EXPECT_EQ(sampling.temperature, 0.5f);
  EXPECT_EQ(sampling.top_p, 1);
  EXPECT_EQ(sampling.top_k, 4);
  EXPECT_EQ(sampling.min_p, 0.1f);
  EXPECT_EQ(sampling.seed, 3u);
  EXPECT_EQ(sampling.repetition_penalty, 1.1f);
  EXPECT_EQ(sampling.frequency_penalty, 0.5f);
  EXPECT_EQ(sampling.presence_penalty, 0.25f);
  EXPECT_THAT(sampling.logit_bias,
              ElementsAre(Pair(7, -INFINITY), Pair(8, 2.5f)));
  EXPECT_THAT(flags.stop, ElementsAre("a", "b"));
}

TEST(SamplingFlags, BadOnesAreUsageErrors) {
  auto expect = [](std::vector<std::string> arguments, const char *message) {
    absl::Status status = Parse(std::move(arguments)).status();
    EXPECT_TRUE(IsUsageError(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  };
  expect({"--greedy", "--temperature", "1"}, "--greedy");
  expect({"--logit-bias", "7"}, "expected ID=BIAS");
  expect({"--logit-bias", "a=1"}, "found \"a=1\"");
  expect({"--logit-bias", "-1=1"}, "found \"-1=1\"");
  expect({"--logit-bias", "1=nan"}, "found \"1=nan\"");
  expect({"--logit-bias", "1=inf"}, "found \"1=inf\"");
  expect({"--logit-bias", "1=2", "--logit-bias", "1=3"}, "given twice");
  expect({"--stop", ""}, "--stop");
  expect({"--repetition-penalty", "0"}, "--repetition-penalty");
}

} // namespace
} // namespace dsv4run
