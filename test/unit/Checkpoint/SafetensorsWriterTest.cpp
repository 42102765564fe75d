//===- SafetensorsWriterTest.cpp - Layout, completeness and atomicity -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsWriter.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::AsBytes;
using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::ReadFile;
using testing::SourcePath;
using testing::TempDir;
using testing::WriteFile;

constexpr auto kKeep = AtomicFile::Existing::kKeep;
constexpr auto kReplace = AtomicFile::Existing::kReplace;

/// A published file, written by the reference implementation, comes out byte
/// for byte when its tensors are written again.
TEST(SafetensorsWriter, LaysOutLikeTheReferenceWriter) {
  std::string original = SourcePath("models/dsv4-nano/model.safetensors");
  ASSERT_OK_AND_ASSIGN(auto source, Checkpoint::Open(original));
  std::vector<TensorSpec> specs;
  for (const TensorInfo &tensor : source->tensors())
    specs.push_back({tensor.name, tensor.dtype, tensor.shape});
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(
      auto writer,
      SafetensorsWriter::Create(dir / "f", specs, source->metadata(), kKeep));
  for (const TensorInfo &tensor : source->tensors()) {
    ASSERT_OK_AND_ASSIGN(TensorView view, source->Find(tensor.name));
    ASSERT_OK(writer->Write(tensor.name, view.contents()));
  }
  ASSERT_OK(writer->Finish());
  EXPECT_TRUE(ReadFile(dir / "f") == ReadFile(original));
}

TEST(SafetensorsWriter, PublishesOnlyOnFinish) {
  TempDir dir;
  {
    ASSERT_OK_AND_ASSIGN(auto writer,
                         SafetensorsWriter::Create(
                             dir / "f", {{"w", DType::kI8, {3}}}, {}, kKeep));
    ASSERT_OK(writer->Write("w", AsBytes("abc")));
    EXPECT_FALSE(std::filesystem::exists(dir / "f"));
  }
  EXPECT_EQ(dir.CountEntries(), 0u);
}

TEST(SafetensorsWriter, NamesIncompleteTensors) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto writer,
                       SafetensorsWriter::Create(
                           dir / "f", {{"w", DType::kI8, {3}}}, {}, kKeep));
  ASSERT_OK(writer->WriteRange(0, 1, AsBytes("bc")));
  EXPECT_THAT(writer->Finish(), IsError(absl::StatusCode::kFailedPrecondition,
                                        "tensor \"w\": 2 of 3 bytes written"));
  ASSERT_OK(writer->WriteRange(0, 0, AsBytes("a")));
  ASSERT_OK(writer->Finish());
  EXPECT_THAT(ReadFile(dir / "f"), HasSubstr("abc"));
}

TEST(SafetensorsWriter, WritesEmptyTensorsScalarsAndNoTensors) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto writer,
                       SafetensorsWriter::Create(dir / "f",
                                                 {{"none", DType::kF32, {0, 7}},
                                                  {"one", DType::kI64, {}}},
                                                 {}, kKeep));
  ASSERT_OK(writer->Write("none", {}));
  ASSERT_OK(writer->Write("one", AsBytes("12345678")));
  ASSERT_OK(writer->Finish());
  ASSERT_OK_AND_ASSIGN(auto back, Checkpoint::Open(dir / "f"));
  EXPECT_OK(back->Find("none", DType::kF32, {0, 7}));
  EXPECT_OK(back->Find("one", DType::kI64, {}));
  EXPECT_EQ(back->FindInfo("one")->offset % 8, 0u);

  ASSERT_OK_AND_ASSIGN(auto empty,
                       SafetensorsWriter::Create(dir / "g", {}, {}, kKeep));
  ASSERT_OK(empty->Finish());
  ASSERT_OK_AND_ASSIGN(auto nothing, Checkpoint::Open(dir / "g"));
  EXPECT_TRUE(nothing->tensors().empty());
}

TEST(SafetensorsWriter, RejectsWrongWrites) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto writer,
                       SafetensorsWriter::Create(
                           dir / "f", {{"w", DType::kI8, {3}}}, {}, kKeep));
  EXPECT_THAT(writer->Write("v", AsBytes("abc")),
              IsError(absl::StatusCode::kNotFound, "no tensor \"v\""));
  EXPECT_THAT(writer->Write("w", AsBytes("ab")),
              IsInvalid("expected 3 bytes, found 2"));
  EXPECT_THAT(writer->WriteRange(0, 2, AsBytes("ab")),
              IsError(absl::StatusCode::kOutOfRange,
                      "has 3 bytes, given 2 for offset 2"));
}

TEST(SafetensorsWriter, RejectsWrongTensors) {
  TempDir dir;
  auto create = [&](std::vector<TensorSpec> specs) {
    return SafetensorsWriter::Create(dir / "f", std::move(specs), {}, kKeep)
        .status();
  };
  EXPECT_THAT(create({{"w", DType::kI8, {1}}, {"w", DType::kF32, {1}}}),
              IsInvalid("two tensors have the same name"));
  EXPECT_THAT(create({{"__metadata__", DType::kI8, {1}}}),
              IsInvalid("\"__metadata__\" is no tensor name"));
  EXPECT_THAT(create({{"w", DType::kF32, {uint64_t{1} << 62}}}),
              IsInvalid("exceeds 63 bits"));
  EXPECT_THAT(create({{"v", DType::kI8, {uint64_t{1} << 62}},
                      {"w", DType::kI8, {uint64_t{1} << 62}}}),
              IsInvalid("tensor \"w\" [4611686018427387904]: the file's size "
                        "exceeds 63 bits"));
  EXPECT_EQ(dir.CountEntries(), 0u);
}

TEST(SafetensorsWriter, KeepsOrReplacesExistingFiles) {
  TempDir dir;
  WriteFile(dir / "f", "precious");
  EXPECT_THAT(SafetensorsWriter::Create(dir / "f", {}, {}, kKeep),
              IsError(absl::StatusCode::kAlreadyExists,
                      "exists and will not be overwritten"));
  ASSERT_OK_AND_ASSIGN(auto writer,
                       SafetensorsWriter::Create(dir / "f", {}, {}, kReplace));
  EXPECT_EQ(ReadFile(dir / "f"), "precious");
  ASSERT_OK(writer->Finish());
  EXPECT_OK(Checkpoint::Open(dir / "f"));
}

TEST(SafetensorsWriter, ReportsADiskThatRefusesMore) {
  // RLIMIT_FSIZE fails a write as a full disk does, once SIGXFSZ is ignored.
  TempDir dir;
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = {4096, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  {
    auto writer = SafetensorsWriter::Create(
        dir / "f", {{"w", DType::kI8, {10000}}}, {}, kKeep);
    ASSERT_OK(writer);
    absl::Status status =
        (*writer)->Write("w", AsBytes(std::string(10000, 'x')));
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot write"));
    EXPECT_FALSE((*writer)->Finish().ok());
  }
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(dir.CountEntries(), 0u);
}

TEST(SafetensorsWriter, ReportsAMissingDirectory) {
  EXPECT_THAT(SafetensorsWriter::Create("/no/such/directory/f", {}, {}, kKeep),
              IsError(absl::StatusCode::kNotFound,
                      "cannot create /no/such/directory/f"));
}

} // namespace
} // namespace dsv4run
