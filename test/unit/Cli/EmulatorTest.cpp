//===- EmulatorTest.cpp - Commands on the emulator ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <sstream>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Cli/Cli.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using testing::TinyPool;

/// The tiny model as files for the host and for gfx942. It reads no weights, so
/// that any checkpoint serves.
class EmulatorCommandTest : public ::testing::Test {
protected:
  void SetUp() override {
    host_ = Write("host.dsv4", {});
    TinyPool gpu;
    gpu.target = "gfx942";
    gpu_ = Write("gpu.dsv4", gpu);
  }

  std::string Write(const std::string &name, const TinyPool &pool) {
    std::vector<std::byte> file;
    EXPECT_OK(testing::MakeTinyBundle(pool, &file));
    std::string path = directory_ / name;
    testing::WriteFile(
        path, {reinterpret_cast<const char *>(file.data()), file.size()});
    return path;
  }

  /// Exit code; output and errors are kept.
  int Run(std::vector<std::string> arguments) {
    arguments.push_back("--weights");
    arguments.push_back(testing::SourcePath("models/dsv4-nano"));
    std::istringstream in;
    std::ostringstream out, err;
    CliStreams streams{in, out, err};
    int code = RunCli(arguments, streams);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  testing::TempDir directory_;
  std::string host_, gpu_, out_, err_;
};

TEST_F(EmulatorCommandTest, ComparesWithTheHostAndCounts) {
  std::string counters = directory_ / "counters.json";
  ASSERT_EQ(Run({"verify", gpu_, "--device", "emulator", "--against", host_,
                 "--steps", "6,1,1", "--counters", counters, "--json"}),
            0)
      << err_;
  EXPECT_TRUE(nlohmann::json::parse(out_)["passed"].get<bool>());
  nlohmann::json counted = nlohmann::json::parse(testing::ReadFile(counters));
  // Two launches of the step and one of the draft block, three times each.
  EXPECT_EQ(counted["total"]["runs"], 9);
  EXPECT_EQ(counted["kernels"].size(), 3u);
  int64_t instructions = 0;
  for (const nlohmann::json &launch : counted["launches"]) {
    EXPECT_EQ(launch["label"], launch["kernel"]);
    EXPECT_GT(launch["hbm_bytes"].get<int64_t>(), 0);
    EXPECT_GT(launch["opcodes"]["s_endpgm"].get<int64_t>(), 0);
    instructions += launch["instructions"].get<int64_t>();
  }
  EXPECT_EQ(counted["total"]["instructions"], instructions);
}

TEST_F(EmulatorCommandTest, GeneratesWhatTheHostGenerates) {
  ASSERT_EQ(Run({host_, "--tokens", "1,5,2", "--greedy"}), 0) << err_;
  std::string expected = out_;
  EXPECT_FALSE(expected.empty());
  ASSERT_EQ(Run({gpu_, "--device", "emulator", "--tokens", "1,5,2", "--greedy",
                 "--emulator-checks", "all", "--emulator-threads", "1"}),
            0)
      << err_;
  EXPECT_EQ(out_, expected);
}

TEST_F(EmulatorCommandTest, NamesWhatDoesNotFit) {
  EXPECT_EQ(Run({"bench", host_, "--device", "emulator"}), 1);
  EXPECT_THAT(err_, HasSubstr("the emulator runs gfx942"));
  EXPECT_EQ(Run({"bench", gpu_, "--device", "host"}), 1);
  EXPECT_THAT(err_, HasSubstr("for target \"gfx942\""));
  EXPECT_EQ(Run({"bench", gpu_, "--device", "emulator", "--emulator-checks",
                 "everything"}),
            1);
  EXPECT_THAT(err_, HasSubstr("unknown check 'everything'"));
}

/// A finding ends the run with its text.
TEST_F(EmulatorCommandTest, FindingsFailTheRun) {
  TinyPool wrong;
  wrong.target = "gfx942";
  wrong.insert_kernel = "tiny_insert_stale";
  std::string stale = Write("stale.dsv4", wrong);
  std::vector<std::string> command = {"verify",   stale,       "--device",
                                      "emulator", "--against", host_,
                                      "--steps",  "6"};
  EXPECT_EQ(Run(command), 1);
  EXPECT_THAT(err_, HasSubstr("emulator: launch \"tiny_insert\" of kernel "
                              "tiny_insert_stale failed"));
  EXPECT_THAT(err_, HasSubstr("[uninitialised] loads 0x"));
  EXPECT_THAT(err_, HasSubstr("of 'arena'"));
  command.push_back("--emulator-keep-steps");
  EXPECT_EQ(Run(command), 0) << err_;
}

} // namespace
} // namespace dsv4run
