//===- BenchTest.cpp - What dsv4-run bench measures -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <sstream>

#include "Support/StatusMatchers.h"
#include "dsv4run/Cli/Cli.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;

struct Result {
  int code;
  std::string out, err;
};

Result Bench(const std::vector<std::string> &more) {
  std::vector<std::string> arguments = {"bench",     DSV4_NANO_BUNDLE,
                                        "--weights", DSV4_NANO_WEIGHTS,
                                        "--device",  "host"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::istringstream in;
  std::ostringstream out, err;
  CliStreams streams{in, out, err};
  int code = RunCli(arguments, streams);
  return {code, out.str(), err.str()};
}

/// Every size of steps behind every length, with a profile of each.
TEST(Bench, CasesAreInOrder) {
  Result result = Bench({"--prompt-tokens", "8,16", "--decode-step", "1,4",
                         "--decode-count", "2", "--repetitions", "1",
                         "--profile", "layers", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  nlohmann::json cases = nlohmann::json::parse(result.out)["cases"];
  ASSERT_EQ(cases.size(), 4u);
  int prompts[] = {8, 8, 16, 16}, steps[] = {1, 4, 1, 4};
  for (size_t i = 0; i < cases.size(); ++i) {
    const nlohmann::json &decode = cases[i]["decode"];
    EXPECT_EQ(cases[i]["prefill"]["tokens"], prompts[i]);
    EXPECT_EQ(decode["tokens_per_step"], steps[i]);
    EXPECT_EQ(decode["tokens"], 2 * steps[i]);
    ASSERT_EQ(decode["seconds"].size(), 1u);
    EXPECT_GT(decode["seconds"][0].get<double>(), 0);
    ASSERT_EQ(decode["profile"].size(), 1u);
    EXPECT_EQ(decode["profile"][0]["runs"], 2);
    EXPECT_GT(decode["profile"][0]["parts"].size(), 1u);
  }
}

TEST(Bench, NamesLengthsThatDoNotFit) {
  Result result = Bench({"--prompt-tokens", "8,4096", "--decode-step", "4",
                         "--decode-count", "2"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--prompt-tokens 4096 and 8 tokens behind "
                                    "them exceed the context of 4096"));
}

} // namespace
} // namespace dsv4run
