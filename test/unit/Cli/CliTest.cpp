//===- CliTest.cpp - Commands as a user meets them ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Cli.h"

#include <filesystem>
#include <sstream>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Result {
  int code;
  std::string out, err;
};

Result RunTool(std::vector<std::string> arguments) {
  std::istringstream in;
  std::ostringstream out, err;
  CliStreams streams{in, out, err};
  int code = RunCli(arguments, streams);
  return {code, out.str(), err.str()};
}

void ExpectFailure(std::vector<std::string> arguments, int code,
                   const std::string &message) {
  Result result = RunTool(std::move(arguments));
  EXPECT_EQ(result.code, code) << result.err;
  EXPECT_THAT(result.err, HasSubstr(message));
  EXPECT_THAT(result.err, StartsWith("dsv4-run: error: "));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST(Cli, HelpTeaches) {
  EXPECT_EQ(RunTool({"--help"}).code, 0);
  EXPECT_THAT(RunTool({"--help"}).out, HasSubstr("usage: dsv4-run [generate]"));
  EXPECT_EQ(RunTool({}).code, 2);
  for (const char *command : {"generate", "chat", "verify", "bench", "synth",
                              "devices", "doctor", "completion"}) {
    Result result = RunTool({command, "--help"});
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, HasSubstr("usage: dsv4-run"));
    EXPECT_THAT(result.out, HasSubstr("--help"));
    EXPECT_THAT(RunTool({"--help"}).out,
                HasSubstr(std::string("\n  ") + command));
  }
  EXPECT_THAT(RunTool({"--version"}).out, StartsWith("dsv4-run "));
}

TEST(Cli, BadUsageIsTwo) {
  ExpectFailure({"a.dsv4"}, 2, "--weights");
  ExpectFailure({"--weights", "d", "--prompt", "x"}, 2, "expected a bundle");
  ExpectFailure({"generate", "a.dsv4", "--weights", "d"}, 2,
                "one of --prompt TEXT, --prompt-file FILE, --tokens LIST");
  ExpectFailure({"a.dsv4", "--weights", "d", "--prompt", "x", "-"}, 2,
                "one of --prompt");
  ExpectFailure({"a.dsv4", "--weights", "d", "--tokens", "1", "x"}, 2,
                "unexpected argument \"x\"");
  ExpectFailure({"a.dsv4", "--weights", "d", "--tokens", "1,b"}, 2,
                "found \"b\"");
  ExpectFailure(
      {"a.dsv4", "--weights", "d", "--tokens", "1", "--greedy", "--seed", "1"},
      2, "--greedy");
  ExpectFailure(
      {"a.dsv4", "--weights", "d", "--tokens", "1", "--device", "gpu"}, 2,
      "expected auto, host, hip, hip:N, cuda, cuda:N or emulator, found "
      "\"gpu\"");
  ExpectFailure(
      {"a.dsv4", "--weights", "d", "--tokens", "1", "--device", "hip:x"}, 2,
      "the number of a device behind hip:, found \"x\"");
  ExpectFailure(
      {"a.dsv4", "--weights", "d", "--tokens", "1", "--device", "cuda:-1"}, 2,
      "the number of a device behind cuda:, found \"-1\"");
  ExpectFailure(
      {"bench", "a.dsv4", "--weights", "d", "--device", "host", "--no-graph"},
      2, "--no-graph needs a GPU, not --device host");
  ExpectFailure({"bench", "a.dsv4", "--weights", "d", "--kernels", "x"}, 2,
                "--kernels: expected auto or source, found \"x\"");
  ExpectFailure({"doctor", "--weights", "d"}, 2, "--weights needs a bundle");
  ExpectFailure({"doctor", "--device", "host"}, 2,
                "expected hip or hip:N, found \"host\"");
  ExpectFailure({"bench", "a.dsv4", "--weights", "d", "--counters", "c.json"},
                2, "--counters needs --device emulator");
  ExpectFailure({"verify", "a.dsv4", "--weights", "d"}, 2, "--golden");
  ExpectFailure(
      {"verify", "a.dsv4", "--weights", "d", "--golden", "g", "--sample", "1"},
      2, "--sample needs --against");
  ExpectFailure(
      {"verify", "a.dsv4", "--weights", "d", "--against", "host", "--ops"}, 2,
      "two kinds of verification");
  ExpectFailure({"synth", "config.json"}, 2, "-o DIR");
  ExpectFailure({"synth", "-o", "x"}, 2, "one config.json");
  ExpectFailure({"devices", "x"}, 2, "unexpected argument \"x\"");
  ExpectFailure({"completion"}, 2, "takes one shell");
  ExpectFailure({"a.dsv4", "--weights", "d", "--tokens", "1", "--quiet", "-v"},
                2, "--quiet and --verbose");
  ExpectFailure(
      {"a.dsv4", "--weights", "d", "--tokens", "1", "--logprobs", "1"}, 2,
      "--logprobs goes with --json");
  ExpectFailure({"bench", "a.dsv4", "--weights", "d", "--repetitions", "0"}, 2,
                "--repetitions");
  ExpectFailure(
      {"bench", "a.dsv4", "--weights", "d", "--prompt-tokens", "8,x"}, 2,
      "--prompt-tokens: expected an integer from 1 to 2147483647, found \"x\"");
  ExpectFailure(
      {"bench", "a.dsv4", "--weights", "d", "--decode-step", "1,,2"}, 2,
      "--decode-step: expected an integer from 1 to 2147483647, found \"\"");
  ExpectFailure({"bench", "a.dsv4", "--weights", "d", "--decode-tokens", "8",
                 "--decode-count", "2"},
                2, "--decode-tokens and --decode-count exclude each other");
}

TEST(Cli, MissingFilesAreFailedRuns) {
  ExpectFailure(
      {"/nonexistent.dsv4", "--weights", "synthetic", "--tokens", "1"}, 1,
      "/nonexistent.dsv4");
  ExpectFailure({"verify", "a.dsv4", "--weights", "d", "--golden",
                 "/nonexistent.safetensors"},
                1, "/nonexistent.safetensors");
  ExpectFailure({"a.dsv4", "--weights", "synthetic", "--prompt", "x"}, 1,
                "needs a tokenizer");
}

TEST(Cli, DevicesAsJson) {
  Result result = RunTool({"devices", "--json"});
  ASSERT_EQ(result.code, 0);
  nlohmann::json devices = nlohmann::json::parse(result.out);
  ASSERT_GE(devices.size(), 4u); // one entry per GPU
  EXPECT_EQ(devices[0]["device"], "host");
  EXPECT_TRUE(devices[0]["runs_bundles"].get<bool>());
  EXPECT_EQ(devices[1]["device"], "emulator");
  EXPECT_THAT(devices[2]["device"].get<std::string>(), StartsWith("hip"));
  EXPECT_EQ(devices.back()["device"], "cuda");
  EXPECT_FALSE(devices.back()["runs_bundles"].get<bool>());
}

TEST(Cli, SynthKeepsWhatIsThere) {
  testing::TempDir directory;
  std::string target = directory.path() + "/out";
  std::filesystem::create_directory(target);
  testing::WriteFile(target + "/notes.txt", "mine");
  std::string config = testing::SourcePath("models/dsv4-nano/config.json");
  ExpectFailure({"synth", config, "-o", target}, 1,
                "expected an empty directory");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(target), {}), 1);
  ExpectFailure({"synth", config, "-o", target + "/notes.txt"}, 1,
                "expected a directory, found a file");
  ExpectFailure({"synth", target + "/notes.txt", "-o", directory.path() + "/b"},
                1, "notes.txt");
  ExpectFailure({"synth", config, "-o", "/proc/nowhere"}, 1, "/proc/nowhere");
  EXPECT_EQ(testing::ReadFile(target + "/notes.txt"), "mine");
  Result written = RunTool({"synth", config, "-o", directory.path() + "/new"});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_TRUE(
      std::filesystem::exists(directory.path() + "/new/model.safetensors"));
}

TEST(Cli, UnwritableOutputIsAnError) {
  std::istringstream in;
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  CliStreams streams{in, out, err};
  std::vector<std::string> arguments = {"devices"};
  EXPECT_EQ(RunCli(arguments, streams), 1);
  EXPECT_THAT(err.str(), HasSubstr("output could not be written"));
}

} // namespace
} // namespace dsv4run
