//===- CheckpointTest.cpp - Opening files, directories and shards ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/Checkpoint.h"

#include <filesystem>
#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;
using testing::Safetensors;
using testing::SourcePath;
using testing::TempDir;
using testing::WriteFile;

/// A file with one I8 tensor of one element.
std::string OneTensor(const std::string &name, char value) {
  return Safetensors(
      "{\"" + name + R"(":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}})",
      std::string(1, value));
}

std::string Index(const std::string &weight_map) {
  return "{\"metadata\":{\"total_size\":2},\"weight_map\":{" + weight_map +
         "}}";
}

constexpr char kIndex[] = "model.safetensors.index.json";

TEST(Checkpoint, OpensAPublishedDirectory) {
  ASSERT_OK_AND_ASSIGN(auto checkpoint,
                       Checkpoint::Open(SourcePath("models/dsv4-nano")));
  EXPECT_THAT(checkpoint->metadata(), ElementsAre(std::pair("format", "pt")));
  ASSERT_EQ(checkpoint->files().size(), 1u);
  ASSERT_OK_AND_ASSIGN(
      TensorView ids,
      checkpoint->Find("layers.1.ffn.gate.tid2eid", DType::kI64, {512, 2}));
  ASSERT_OK_AND_ASSIGN(std::vector<int64_t> values, ToInt64s(ids));
  for (int64_t value : values) {
    EXPECT_GE(value, 0);
    EXPECT_LT(value, 8);
  }
  uint64_t total = 0;
  for (const TensorInfo &tensor : checkpoint->tensors())
    total += tensor.bytes;
  EXPECT_EQ(total + 8 + 57864,
            std::filesystem::file_size(checkpoint->files()[0]));
}

TEST(Checkpoint, ReadsGoldens) {
  ASSERT_OK_AND_ASSIGN(
      auto golden, Checkpoint::Open(SourcePath("test/golden/data/dsv4-nano/"
                                               "golden-acc64.safetensors")));
  ASSERT_OK_AND_ASSIGN(TensorView tokens, golden->Find("batch.tokens"));
  EXPECT_THAT(tokens.shape, ElementsAre(2, 67));
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> ids, ToInt32s(tokens));
  ASSERT_OK_AND_ASSIGN(TensorView next, golden->Find("batch.next_token"));
  ASSERT_OK_AND_ASSIGN(std::vector<int32_t> next_ids, ToInt32s(next));
  EXPECT_EQ(next_ids[0], ids[37]);
  EXPECT_EQ(next_ids[1], ids[67 + 37]);
}

TEST(Checkpoint, ViewsOutliveTheCheckpoint) {
  TempDir dir;
  WriteFile(dir / "model.safetensors", OneTensor("w", 'x'));
  TensorView view;
  {
    ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(dir.path()));
    ASSERT_OK_AND_ASSIGN(view, checkpoint->Find("w"));
  }
  EXPECT_EQ(static_cast<char>(view.data[0]), 'x');
}

TEST(Checkpoint, ReadsRanges) {
  TempDir dir;
  WriteFile(dir / "f", Safetensors(R"({"w":{"dtype":"I8","shape":[2,3],)"
                                   R"("data_offsets":[0,6]}})",
                                   "abcdef"));
  ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(dir / "f"));
  const TensorInfo *info = checkpoint->FindInfo("w");
  ASSERT_NE(info, nullptr);
  std::string text(3, '?');
  auto *destination = reinterpret_cast<std::byte *>(text.data());
  EXPECT_OK(checkpoint->Read(*info, 2, {destination, 3}));
  EXPECT_EQ(text, "cde");
  EXPECT_OK(checkpoint->Read(*info, 6, {}));
  EXPECT_THAT(checkpoint->Read(*info, 4, {destination, 3}),
              IsError(absl::StatusCode::kOutOfRange,
                      "has 6 bytes, asked for 3 from offset 4"));
}

TEST(Checkpoint, ToleratesOtherSpellings) {
  TempDir dir;
  WriteFile(dir / "f", OneTensor("model.layers.3.mlp.gate."
                                 "e_score_correction_bias",
                                 'x'));
  ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(dir / "f"));
  EXPECT_EQ(checkpoint->tensors()[0].name, "layers.3.ffn.gate.bias");
  EXPECT_OK(checkpoint->Find("layers.3.ffn.gate.bias"));
  EXPECT_OK(checkpoint->Find("model.layers.3.ffn.gate.bias"));
}

TEST(Checkpoint, RejectsTwoSpellingsOfOneTensor) {
  TempDir dir;
  WriteFile(
      dir / "f",
      Safetensors(R"({"w":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},)"
                  R"("model.w":{"dtype":"I8","shape":[1],)"
                  R"("data_offsets":[1,2]}})",
                  "xy"));
  EXPECT_THAT(Checkpoint::Open(dir / "f"),
              IsInvalid("tensors \"w\" and \"model.w\" are both \"w\""));
}

TEST(Checkpoint, NamesMissingAndMistypedTensors) {
  TempDir dir;
  WriteFile(dir / "f", OneTensor("w", 'x'));
  ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(dir / "f"));
  EXPECT_THAT(checkpoint->Find("v"), IsError(absl::StatusCode::kNotFound,
                                             "/f: no tensor \"v\" among 1"));
  EXPECT_THAT(checkpoint->Find("w", DType::kI8, {2}),
              IsInvalid("tensor \"w\": expected I8 [2], found I8 [1]"));
  EXPECT_THAT(checkpoint->Find("w", DType::kU8, {1}),
              IsInvalid("expected U8 [1], found I8 [1]"));
  EXPECT_THAT(checkpoint->Find("w", DType::kI8, {}),
              IsInvalid("expected I8 [], found I8 [1]"));
}

TEST(Checkpoint, NamesMissingFiles) {
  TempDir dir;
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsError(absl::StatusCode::kNotFound,
                      "expected model.safetensors or "
                      "model.safetensors.index.json in it, found neither"));
  EXPECT_THAT(Checkpoint::Open(dir / "none"),
              IsError(absl::StatusCode::kNotFound, "none"));
  std::filesystem::create_directory(dir / "model.safetensors");
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsInvalid("expected a regular file, found a directory"));
}

TEST(Checkpoint, OpensShards) {
  TempDir dir;
  WriteFile(dir / "1.safetensors", OneTensor("a", '1'));
  WriteFile(dir / "2.safetensors", OneTensor("b", '2'));
  WriteFile(dir / kIndex, Index(R"("a":"1.safetensors","b":"2.safetensors")"));
  for (const std::string &path : {dir.path(), dir / kIndex}) {
    ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(path));
    EXPECT_THAT(checkpoint->files(),
                ElementsAre(dir / "1.safetensors", dir / "2.safetensors"));
    ASSERT_OK_AND_ASSIGN(TensorView b, checkpoint->Find("b"));
    EXPECT_EQ(static_cast<char>(b.data[0]), '2');
    EXPECT_EQ(b.file, dir / "2.safetensors");
  }
}

TEST(Checkpoint, RejectsAMissingShard) {
  TempDir dir;
  WriteFile(dir / "1", OneTensor("a", '1'));
  WriteFile(dir / kIndex, Index(R"("a":"1","b":"2")"));
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsError(absl::StatusCode::kNotFound, "/2"));
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsError(absl::StatusCode::kNotFound, "(a shard listed by "));
}

TEST(Checkpoint, RejectsADamagedShard) {
  TempDir dir;
  std::string shard = OneTensor("a", '1');
  WriteFile(dir / "1", shard.substr(0, shard.size() - 1));
  WriteFile(dir / kIndex, Index(R"("a":"1")"));
  EXPECT_THAT(Checkpoint::Open(dir.path()), IsInvalid("it is truncated"));
}

TEST(Checkpoint, RejectsAnIndexThatDisagreesWithItsShards) {
  TempDir dir;
  WriteFile(dir / "1", OneTensor("a", '1'));
  WriteFile(dir / "2", OneTensor("b", '2'));
  WriteFile(dir / kIndex, Index(R"("a":"1","c":"1")"));
  EXPECT_THAT(
      Checkpoint::Open(dir.path()),
      IsInvalid("tensor \"c\": listed in 1, but that file does not have "
                "it"));
  WriteFile(dir / kIndex, Index(R"("a":"1","c":"2")"));
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsInvalid("tensor \"b\": not listed, but 2 has it"));
  WriteFile(dir / kIndex, Index(R"("a":"2","b":"1")"));
  EXPECT_THAT(Checkpoint::Open(dir.path()),
              IsInvalid("tensor \"a\": listed in 2, but 1 has it"));
}

} // namespace
} // namespace dsv4run
