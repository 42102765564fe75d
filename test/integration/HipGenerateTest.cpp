//===- HipGenerateTest.cpp - Text from the hip device and from the host ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trained model decodes greedily on HIP's stand-in as on the host, wherever
// the golden's choice was clear: its best logit ahead of the next by more
// than 1.

#include <algorithm>
#include <functional>
#include <sstream>

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Verify/Golden.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

constexpr float kClearGap = 1;

struct Device {
  std::string name, bundle;
};
const Device kHost = {"host", DSV4_SHAKESPEARE_BUNDLE};
const Device kHip = {"hip", DSV4_SHAKESPEARE_GFX942_BUNDLE};

std::string RunOn(const Device &device, std::vector<std::string> arguments,
                  const std::string &input = "") {
  for (const std::string &more :
       {device.bundle, std::string("--weights"),
        std::string(DSV4_SHAKESPEARE_WEIGHTS), std::string("--device"),
        device.name, std::string("--greedy")})
    arguments.push_back(more);
  std::istringstream in(input);
  std::ostringstream out, err;
  CliStreams streams{in, out, err};
  EXPECT_EQ(RunCli(arguments, streams), 0) << err.str();
  return out.str();
}

/// How far the golden's best logit of a row is ahead of the next.
float GapOf(const GoldenCase &golden, int64_t row) {
  std::vector<float> logits(golden.logits.begin() + row * golden.vocab,
                            golden.logits.begin() + (row + 1) * golden.vocab);
  std::nth_element(logits.begin(), logits.begin() + 1, logits.end(),
                   std::greater<>());
  return logits[0] - logits[1];
}

TEST(HipGenerate, GreedyTextIsTheHosts) {
  ASSERT_OK_AND_ASSIGN(Golden file, Golden::Open(DSV4_SHAKESPEARE_GOLDEN));
  ASSERT_OK_AND_ASSIGN(GoldenCase golden, file.Case("romeo"));
  ASSERT_TRUE(golden.generated);
  const std::vector<int32_t> &ids = golden.tokens.at(0);
  std::vector<int32_t> prompt(ids.begin(), ids.begin() + golden.prompt);
  std::vector<std::string> arguments = {"--tokens", absl::StrJoin(prompt, ","),
                                        "--max-new-tokens", "40", "--json"};
  std::vector<int32_t> tokens[2];
  for (int i : {0, 1})
    tokens[i] = nlohmann::json::parse(RunOn(i ? kHip : kHost, arguments))
                    .at("tokens")
                    .get<std::vector<int32_t>>();
  ASSERT_GT(tokens[0].size(), 32u);
  ASSERT_EQ(tokens[0].size(), tokens[1].size());
  int clear = 0;
  for (size_t i = 0; i < tokens[0].size(); ++i) {
    if (tokens[0][i] != tokens[1][i]) {
      EXPECT_LE(GapOf(golden, i), kClearGap)
          << "token " << i << ": host " << tokens[0][i] << ", hip "
          << tokens[1][i];
      break; // from here on, texts differ for a reason
    }
    clear += GapOf(golden, i) > kClearGap;
    if (golden.prompt + i < ids.size() &&
        tokens[0][i] != ids[golden.prompt + i])
      break; // the golden goes on from another text
  }
  EXPECT_GT(clear, 5);
}

/// The best token behind each of the golden's, which are fed.
std::vector<int64_t> BestTokens(const Device &device,
                                const GoldenCase &golden) {
  ModelOptions options;
  options.bundle = device.bundle;
  options.weights = DSV4_SHAKESPEARE_WEIGHTS;
  options.device = device.name;
  std::vector<int64_t> best;
  absl::StatusOr<LoadedModel> loaded = LoadModel(options);
  EXPECT_OK(loaded);
  if (!loaded.ok())
    return best;
  absl::StatusOr<std::unique_ptr<Session>> session =
      Session::Create(*loaded->model);
  EXPECT_OK(session);
  if (!session.ok())
    return best;
  const std::vector<int32_t> &ids = golden.tokens[0];
  auto result =
      testing::RunSplit(**session, ids, {static_cast<int64_t>(ids.size())});
  EXPECT_OK(result);
  if (!result.ok())
    return best;
  for (int64_t row = 0; row < golden.logit_rows; ++row) {
    auto begin =
        result->logits.begin() + (golden.prompt - 1 + row) * golden.vocab;
    best.push_back(std::max_element(begin, begin + golden.vocab) - begin);
  }
  return best;
}

TEST(HipGenerate, ClearChoicesAreTheHosts) {
  ASSERT_OK_AND_ASSIGN(Golden file, Golden::Open(DSV4_SHAKESPEARE_GOLDEN));
  ASSERT_OK_AND_ASSIGN(GoldenCase golden, file.Case("romeo"));
  std::vector<int64_t> host = BestTokens(kHost, golden),
                       hip = BestTokens(kHip, golden);
  ASSERT_EQ(host.size(), static_cast<size_t>(golden.logit_rows));
  ASSERT_EQ(hip.size(), host.size());
  int clear = 0;
  for (size_t row = 0; row < host.size(); ++row) {
    if (GapOf(golden, row) <= kClearGap)
      continue;
    EXPECT_EQ(hip[row], host[row]) << row;
    ++clear;
  }
  EXPECT_GT(clear, 50);
}

TEST(HipGenerate, ChatAnswersAsTheHostDoes) {
  std::vector<std::string> arguments = {
      "chat", "--think", "off", "--max-new-tokens", "12", "-q"};
  const std::string input = "Who is there?\nAnd who art thou?\n";
  std::string host = RunOn(kHost, arguments, input);
  EXPECT_FALSE(host.empty());
  EXPECT_EQ(RunOn(kHip, arguments, input), host);
}

} // namespace
} // namespace dsv4run
