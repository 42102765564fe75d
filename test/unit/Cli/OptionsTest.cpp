//===- OptionsTest.cpp ----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Options.h"

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OptionsTest : public ::testing::Test {
protected:
  OptionsTest() {
    table_.Flag("json", &json_, "as JSON");
    table_.Text("prompt", "TEXT", &prompt_, "first line\nsecond line");
    table_.Integer("seed", "N", &seed_, 0, 99, "seed");
    table_.Real("top-p", "F", &top_p_, 0, 1, "nucleus");
  }
  absl::Status Parse(std::vector<std::string> arguments) {
    positional_.clear();
    return table_.Parse(arguments, &positional_);
  }
  void ExpectUsage(std::vector<std::string> arguments, const char *message) {
    absl::Status status = Parse(std::move(arguments));
    EXPECT_TRUE(IsUsageError(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }

  OptionTable table_;
  bool json_ = false;
  std::string prompt_;
  std::optional<int64_t> seed_;
  std::optional<double> top_p_;
  std::vector<std::string> positional_;
};

TEST_F(OptionsTest, BothSpellingsAnywhere) {
  ASSERT_OK(Parse({"a.dsv4", "--seed", "7", "-", "--prompt=x=--y", "--json",
                   "--top-p", "0.5", "--", "--seed"}));
  EXPECT_THAT(positional_, ElementsAre("a.dsv4", "-", "--seed"));
  EXPECT_EQ(seed_, 7);
  EXPECT_EQ(prompt_, "x=--y");
  EXPECT_TRUE(json_);
  EXPECT_EQ(top_p_, 0.5);
}

TEST_F(OptionsTest, ValuesMayLookLikeOptions) {
  ASSERT_OK(Parse({"--prompt", "--json"}));
  EXPECT_EQ(prompt_, "--json");
  EXPECT_FALSE(json_);
  ASSERT_OK(Parse({"--prompt="}));
  EXPECT_EQ(prompt_, "");
}

TEST_F(OptionsTest, ShortNamesAndLists) {
  std::vector<std::string> stops;
  table_.List("stop", "TEXT", &stops, "where to end");
  table_.ShortName('j', "json");
  table_.ShortName('p', "prompt");
  ASSERT_OK(Parse({"-j", "--stop", "a", "-p", "-x", "--stop=b"}));
  EXPECT_TRUE(json_);
  EXPECT_EQ(prompt_, "-x");
  EXPECT_THAT(stops, ElementsAre("a", "b"));
  EXPECT_TRUE(table_.Given("stop"));
  EXPECT_FALSE(table_.Given("seed"));
  EXPECT_FALSE(table_.Given("nothing"));
  ExpectUsage({"-jp"}, "unknown option -jp; options start with two dashes");
  ExpectUsage({"-p"}, "--prompt needs a value, TEXT");
  EXPECT_THAT(table_.Help(), HasSubstr("  -j, --json         as JSON\n"));
}

TEST_F(OptionsTest, BadUsageIsNamed) {
  ExpectUsage({"--sed", "1"}, "unknown option --sed");
  ExpectUsage({"-x"}, "unknown option -x; options start with two dashes");
  ExpectUsage({"--seed"}, "--seed needs a value, N");
  ExpectUsage({"--seed", "100"}, "integer from 0 to 99, found \"100\"");
  ExpectUsage({"--seed=1.5"}, "found \"1.5\"");
  ExpectUsage({"--seed="}, "found \"\"");
  ExpectUsage({"--top-p", "nan"}, "number from 0 to 1, found \"nan\"");
  ExpectUsage({"--top-p", "-1"}, "found \"-1\"");
  ExpectUsage({"--json=1"}, "--json takes no value");
}

TEST_F(OptionsTest, HelpIsAligned) {
  EXPECT_EQ(table_.Help(), "  --json         as JSON\n"
                           "  --prompt TEXT  first line\n"
                           "                 second line\n"
                           "  --seed N       seed\n"
                           "  --top-p F      nucleus\n");
}

TEST(UsageError, IsMarked) {
  EXPECT_TRUE(IsUsageError(UsageError("x")));
  EXPECT_FALSE(IsUsageError(absl::InvalidArgumentError("x")));
  EXPECT_FALSE(IsUsageError(absl::OkStatus()));
}

} // namespace
} // namespace dsv4run
