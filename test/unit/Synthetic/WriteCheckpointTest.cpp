//===- WriteCheckpointTest.cpp - Synthetic checkpoints on disk ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/WriteCheckpoint.h"

#include "Synthetic/TestConfigs.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Synthetic/SyntheticWeights.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::IsInvalid;
using testing::LoadConfig;
using testing::ReadFile;
using testing::SourcePath;
using testing::TempDir;
using testing::WriteFile;

class WriteCheckpointTest : public ::testing::Test {
protected:
  void SetUp() override {
    ThreadPool::Options options;
    options.threads = 2;
    ASSERT_OK_AND_ASSIGN(pool_, ThreadPool::Create(options));
  }

  absl::StatusOr<uint64_t> Write(const std::string &directory,
                                 uint64_t max_single_file_bytes) {
    WriteCheckpointOptions options;
    options.max_single_file_bytes = max_single_file_bytes;
    options.progress = false;
    return WriteCheckpoint(ReadFile(SourcePath(testing::kNano)), "config.json",
                           directory, *pool_, options);
  }

  /// The directory holds exactly what SyntheticWeights generates.
  void ExpectSynthetic(const std::string &directory) {
    SyntheticWeights weights(LoadConfig(testing::kNano));
    ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(directory));
    ASSERT_EQ(checkpoint->tensors().size(), weights.tensors().size());
    for (const TensorInfo &tensor : weights.tensors()) {
      ASSERT_OK_AND_ASSIGN(TensorView expected, weights.Find(tensor.name));
      ASSERT_OK_AND_ASSIGN(
          TensorView found,
          checkpoint->Find(tensor.name, tensor.dtype, tensor.shape));
      EXPECT_TRUE(expected.contents() == found.contents()) << tensor.name;
    }
    EXPECT_EQ(ReadFile(directory + "/config.json"),
              ReadFile(SourcePath(testing::kNano)));
  }

  std::unique_ptr<ThreadPool> pool_;
};

TEST_F(WriteCheckpointTest, WritesOneFile) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(uint64_t bytes, Write(dir / "a/b", 1 << 30));
  // As large as the trained checkpoint of the same configuration.
  EXPECT_EQ(bytes + 8 + 57864, std::filesystem::file_size(SourcePath(
                                   "models/dsv4-nano/model.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(dir / "a/b/model.safetensors"));
  ExpectSynthetic(dir / "a/b");
}

TEST_F(WriteCheckpointTest, WritesShards) {
  TempDir dir;
  ASSERT_OK(Write(dir.path(), 1000));
  // Embedding, 6 layers, head, 1 MTP block.
  EXPECT_TRUE(
      std::filesystem::exists(dir / "model-00009-of-00009.safetensors"));
  EXPECT_EQ(dir.CountEntries(), 9u + 2u);
  ExpectSynthetic(dir.path());
}

TEST_F(WriteCheckpointTest, OverwritesNothing) {
  for (const char *name :
       {"config.json", "model.safetensors", "model.safetensors.index.json"}) {
    TempDir dir;
    WriteFile(dir / name, "precious");
    EXPECT_THAT(
        Write(dir.path(), 1 << 30),
        IsError(absl::StatusCode::kAlreadyExists,
                std::string(name) + " exists and will not be overwritten"));
    EXPECT_EQ(dir.CountEntries(), 1u);
    EXPECT_EQ(ReadFile(dir / name), "precious");
  }
}

TEST_F(WriteCheckpointTest, NamesWhatIsWrong) {
  TempDir dir;
  WriteFile(dir / "file", "");
  EXPECT_FALSE(Write(dir / "file/sub", 1 << 30).ok());
  EXPECT_THAT(WriteCheckpoint("{}", "bad.json", dir / "x", *pool_),
              IsInvalid("bad.json: top level: missing key \"model_type\""));
  EXPECT_FALSE(std::filesystem::exists(dir / "x"));
}

} // namespace
} // namespace dsv4run
