//===- BadInputTest.cpp - What a user sees of damaged input ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever is wrong with a bundle, a checkpoint or the arguments, dsv4-run
// prints one line that says what and where, and exits with 1, or with 2 and a
// hint for bad usage.

#include <sstream>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Cli/Cli.h"
#include "nlohmann/json.hpp"
#include "gmock/gmock.h"

namespace dsv4run {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::Safetensors;
using testing::TempDir;
using testing::WriteFile;

/// A checkpoint file in parts.
struct CheckpointFile {
  json header;
  std::string data;

  static CheckpointFile Read(const std::string &path) {
    std::string file = ReadFile(path);
    uint64_t length;
    std::memcpy(&length, file.data(), sizeof(length));
    return {json::parse(file.substr(8, length)), file.substr(8 + length)};
  }
  std::string Bytes() const { return Safetensors(header.dump(), data); }
  char &ByteOf(const std::string &tensor, size_t index) {
    return data[header[tensor]["data_offsets"][0].get<size_t>() + index];
  }
};

class BadInputTest : public ::testing::Test {
protected:
  /// Runs `generate` and expects one line of error that has all of `parts`.
  void ExpectError(const std::string &bundle, const std::string &weights,
                   std::vector<std::string> arguments,
                   const std::vector<std::string> &parts, int code = 1) {
    arguments.insert(arguments.begin(), {bundle, "--weights", weights});
    ExpectCommandError(arguments, parts, code);
  }

  void ExpectCommandError(const std::vector<std::string> &arguments,
                          const std::vector<std::string> &parts, int code) {
    std::istringstream in;
    std::ostringstream out, err;
    CliStreams streams{in, out, err};
    EXPECT_EQ(RunCli(arguments, streams), code) << err.str();
    std::string text = err.str();
    EXPECT_EQ(text.rfind("dsv4-run: error: ", 0), 0u) << text;
    // A usage error has a second line, with where to read on; a checkpoint that
    // does not fit has a line for each tensor, here one.
    int lines = code + (text.find("1 problem") != std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), lines) << text;
    for (const std::string &part : parts)
      EXPECT_THAT(text, HasSubstr(part));
    EXPECT_EQ(out.str(), "");
  }

  /// Expects an error from the nano bundle on a checkpoint of this file.
  void ExpectCheckpointError(const std::string &file,
                             const std::vector<std::string> &parts,
                             const std::string &bundle = DSV4_NANO_BUNDLE) {
    TempDir directory;
    WriteFile(directory / "model.safetensors", file);
    ExpectError(bundle, directory / "", {"--tokens", "1"}, parts);
  }

  void ExpectBundleError(const std::string &file,
                         const std::vector<std::string> &parts) {
    TempDir directory;
    WriteFile(directory / "bad.dsv4", file);
    std::vector<std::string> all = parts;
    all.push_back("bad.dsv4");
    ExpectError(directory / "bad.dsv4", DSV4_NANO_WEIGHTS, {"--tokens", "1"},
                all);
  }

  CheckpointFile nano_ =
      CheckpointFile::Read(DSV4_NANO_WEIGHTS "/model.safetensors");
};

TEST_F(BadInputTest, TruncatedBundle) {
  std::string bundle = ReadFile(DSV4_NANO_BUNDLE);
  for (size_t length :
       {size_t{0}, size_t{7}, size_t{40}, bundle.size() / 2, bundle.size() - 1})
    ExpectBundleError(bundle.substr(0, length), {"bytes"});
}

TEST_F(BadInputTest, FlippedBitsOfABundle) {
  std::string bundle = ReadFile(DSV4_NANO_BUNDLE);
  for (size_t at = 1; at < bundle.size(); at += bundle.size() / 23) {
    std::string bad = bundle;
    bad[at] ^= 4;
    ExpectBundleError(bad, {});
  }
}

TEST_F(BadInputTest, ForeignBundle) {
  ExpectBundleError("\x7f"
                    "ELF" +
                        std::string(4096, '\1'),
                    {"magic"});
  ExpectError("/nonexistent/x.dsv4", DSV4_NANO_WEIGHTS, {"--tokens", "1"},
              {"/nonexistent/x.dsv4", "No such file"});
}

TEST_F(BadInputTest, OverlappingTensors) {
  const std::string a = "layers.0.attn.wq_a.weight";
  size_t begin = nano_.header[a]["data_offsets"][0];
  size_t end = nano_.header[a]["data_offsets"][1];
  nano_.header[a]["data_offsets"] = {begin - 1, end - 1};
  ExpectCheckpointError(nano_.Bytes(), {"model.safetensors", "overlap"});
}

TEST_F(BadInputTest, HugeHeader) {
  std::string file = nano_.Bytes();
  uint64_t length = uint64_t{1} << 62;
  std::memcpy(file.data(), &length, sizeof(length));
  ExpectCheckpointError(file, {"model.safetensors", "header"});
}

TEST_F(BadInputTest, WrongShape) {
  nano_.header["layers.0.attn.wq_a.weight"]["shape"] = {256, 128};
  ExpectCheckpointError(
      nano_.Bytes(), {"layers.0.attn.wq_a.weight", "[128, 256]", "[256, 128]"});
}

TEST_F(BadInputTest, MissingScale) {
  nano_.header["other"] = nano_.header["layers.0.attn.wq_a.scale"];
  nano_.header.erase("layers.0.attn.wq_a.scale");
  ExpectCheckpointError(nano_.Bytes(), {"layers.0.attn.wq_a.scale"});
}

TEST_F(BadInputTest, NanInAWeight) {
  nano_.ByteOf("layers.0.attn.wq_a.weight", 300) = 0x7F;
  for (const char *bundle : {DSV4_NANO_BUNDLE, DSV4_NANO_FNUZ_BUNDLE})
    ExpectCheckpointError(nano_.Bytes(), {"layers.0.attn.wq_a.weight", "0x7F"},
                          bundle);
}

TEST_F(BadInputTest, NanInAScale) {
  nano_.ByteOf("layers.0.attn.wq_a.scale", 1) = static_cast<char>(255);
  ExpectCheckpointError(nano_.Bytes(), {"layers.0.attn.wq_a.scale"});
}

/// Recast doubles scales, so that the largest one has no double.
TEST_F(BadInputTest, LargestScaleOnFnuz) {
  nano_.ByteOf("layers.0.attn.wq_a.scale", 1) = static_cast<char>(254);
  ExpectCheckpointError(nano_.Bytes(), {"layers.0.attn.wq_a.scale", "0xFE"},
                        DSV4_NANO_FNUZ_BUNDLE);
}

TEST_F(BadInputTest, TokensOutOfRange) {
  ExpectError(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS, {"--tokens", "1,512"},
              {"512", "511"});
  ExpectError(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS, {"--tokens", "-1"}, {"-1"});
}

TEST_F(BadInputTest, PromptLongerThanTheState) {
  std::string tokens = "1";
  for (int i = 0; i < 4096; ++i)
    tokens += ",1";
  ExpectError(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS, {"--tokens", tokens},
              {"4097", "4096"});
}

TEST_F(BadInputTest, UnwritableOutput) {
  ExpectCommandError(
      {"synth", DSV4_NANO_WEIGHTS "/config.json", "-o", "/proc/nowhere"},
      {"/proc/nowhere"}, 1);
}

TEST_F(BadInputTest, BadFlags) {
  ExpectError(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS, {"--frobnicate"},
              {"frobnicate"}, 2);
  ExpectError(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS,
              {"--tokens", "1", "--threads", "many"}, {"threads", "many"}, 2);
  ExpectCommandError({DSV4_NANO_BUNDLE, "--tokens", "1"}, {"--weights"}, 2);
}

} // namespace
} // namespace dsv4run
