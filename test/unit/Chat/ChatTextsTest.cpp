//===- ChatTextsTest.cpp - Texts in a checkpoint --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatTexts.h"

#include <filesystem>
#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;
using testing::TempDir;
using testing::WriteFile;

void ExpectNone(const ChatTexts &texts) {
  EXPECT_EQ(texts.tools_prefix, "");
  EXPECT_EQ(texts.tools_suffix, "");
  EXPECT_EQ(texts.response_format_header, "");
  EXPECT_EQ(texts.max_effort, "");
}

TEST(ChatTexts, NoEncodingDirectoryGivesNone) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(ChatTexts texts, LoadChatTexts(dir.path()));
  ExpectNone(texts);
  ASSERT_OK_AND_ASSIGN(texts, LoadChatTexts(dir.path() + "/nothing"));
  ExpectNone(texts);
}

/// A text of the right length is not enough.
TEST(ChatTexts, OtherTextsAreNotTaken) {
  TempDir dir;
  std::filesystem::create_directory(dir.path() + "/encoding");
  WriteFile(dir.path() + "/encoding/a.py",
            "a = '" + std::string(890, 'x') + "'\nb = '" +
                std::string(99, 'x') + "'\nc = '" + std::string(80, 'x') +
                "'\nd = '" + std::string(476, 'x') + "'\n");
  ASSERT_OK_AND_ASSIGN(ChatTexts texts, LoadChatTexts(dir.path()));
  ExpectNone(texts);
}

TEST(ChatTexts, RefusesToReadTooMuch) {
  TempDir dir;
  std::filesystem::create_directory(dir.path() + "/encoding");
  WriteFile(dir.path() + "/encoding/large.py", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(LoadChatTexts(dir.path()),
              IsInvalid("large.py: expected at most 1048576 bytes, found "
                        "1048577"));
  TempDir many;
  std::filesystem::create_directory(many.path() + "/encoding");
  for (int i = 0; i < 65; ++i)
    WriteFile(many.path() + "/encoding/" + std::to_string(i) + ".py", "");
  EXPECT_THAT(LoadChatTexts(many.path()),
              IsInvalid("expected at most 64 Python modules, found 65"));
}

TEST(ChatTexts, NamesModulesThatCannotBeRead) {
  TempDir dir;
  std::filesystem::create_directories(dir.path() + "/encoding/directory.py");
  EXPECT_THAT(std::string(LoadChatTexts(dir.path()).status().message()),
              ::testing::HasSubstr("encoding/directory.py"));
}

} // namespace
} // namespace dsv4run
