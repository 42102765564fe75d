//===- AtomicFileTest.cpp - Files appear complete or not at all -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/AtomicFile.h"

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::ReadFile;
using testing::TempDir;
using testing::WriteFile;

constexpr auto kKeep = AtomicFile::Existing::kKeep;
constexpr auto kReplace = AtomicFile::Existing::kReplace;

TEST(AtomicFile, WritesOutOfOrder) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(dir / "f", kKeep));
  ASSERT_OK(file.WriteAt(3, "def"));
  ASSERT_OK(file.WriteAt(0, "abc"));
  EXPECT_FALSE(std::filesystem::exists(dir / "f"));
  ASSERT_OK(file.Commit());
  EXPECT_EQ(ReadFile(dir / "f"), "abcdef");
  EXPECT_EQ(dir.CountEntries(), 1u);
}

TEST(AtomicFile, LeavesNothingBehind) {
  TempDir dir;
  { ASSERT_OK(AtomicFile::Create(dir / "f", kKeep)); }
  EXPECT_EQ(dir.CountEntries(), 0u);
}

TEST(AtomicFile, KeepRefusesToOverwrite) {
  TempDir dir;
  WriteFile(dir / "f", "old");
  EXPECT_THAT(WriteFileAtomically(dir / "f", "new", kKeep),
              IsError(absl::StatusCode::kAlreadyExists,
                      "/f exists and will not be overwritten"));
  EXPECT_EQ(ReadFile(dir / "f"), "old");
}

TEST(AtomicFile, KeepRefusesAFileThatAppearsLater) {
  TempDir dir;
  {
    ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(dir / "f", kKeep));
    WriteFile(dir / "f", "other");
    EXPECT_THAT(file.Commit(),
                IsError(absl::StatusCode::kAlreadyExists, "cannot create"));
  }
  EXPECT_EQ(ReadFile(dir / "f"), "other");
  EXPECT_EQ(dir.CountEntries(), 1u);
}

TEST(AtomicFile, ReplaceReplaces) {
  TempDir dir;
  WriteFile(dir / "f", "a longer old text");
  ASSERT_OK(WriteFileAtomically(dir / "f", "new", kReplace));
  EXPECT_EQ(ReadFile(dir / "f"), "new");
}

} // namespace
} // namespace dsv4run
