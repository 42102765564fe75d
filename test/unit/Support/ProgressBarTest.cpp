//===- ProgressBarTest.cpp - What a user sees -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/ProgressBar.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "Support/TestFiles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReadFile;
using ::testing::StartsWith;
using testing::TempDir;

TEST(FormatProgress, ShowsShareRateAndRest) {
  EXPECT_EQ(
      FormatProgress("load", 1 << 20, 4 << 20, 2.0, 200, ProgressStyle::kPlain),
      "load [######..................]  25% 1.00 MiB of 4.00 MiB, "
      "512.00 KiB/s, 6.0 s left");
  EXPECT_EQ(FormatProgress("load", 0, 100, 0.0, 200, ProgressStyle::kPlain),
            "load [........................]   0% 0 B of 100 B");
  EXPECT_EQ(FormatProgress("load", 100, 100, 1.0, 200, ProgressStyle::kPlain),
            "load [########################] 100% 100 B of 100 B, 100 B/s");
}

TEST(FormatProgress, SurvivesOddNumbers) {
  EXPECT_THAT(FormatProgress("x", 7, 0, 1.0, 200, ProgressStyle::kPlain),
              HasSubstr("100% 0 B of 0 B"));
  EXPECT_THAT(FormatProgress("x", 200, 100, 1.0, 200, ProgressStyle::kPlain),
              HasSubstr("100% 100 B"));
}

TEST(FormatProgress, FitsTheTerminal) {
  for (int columns : {0, 1, 5, 20, 79})
    EXPECT_LE(FormatProgress("load", 1, 3, 2.0, columns, ProgressStyle::kColor)
                  .size(),
              static_cast<size_t>(columns));
}

TEST(FormatProgress, UsesColorOnlyIfAsked) {
  EXPECT_THAT(FormatProgress("x", 1, 2, 1.0, 200, ProgressStyle::kPlain),
              Not(HasSubstr("\x1B")));
  EXPECT_THAT(FormatProgress("x", 1, 2, 1.0, 200, ProgressStyle::kColor),
              HasSubstr("\x1B[32m"));
  EXPECT_EQ(FormatProgress("x", 1, 2, 1.0, 200, ProgressStyle::kNone), "");
}

/// A pseudo-terminal, the only kind of file that gets a bar.
class ProgressStyleOnTerminal : public ::testing::Test {
protected:
  void SetUp() override {
    master_ = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(master_, 0);
    ASSERT_EQ(grantpt(master_), 0);
    ASSERT_EQ(unlockpt(master_), 0);
    terminal_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal_, 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  void TearDown() override {
    close(terminal_);
    close(master_);
    unsetenv("NO_COLOR");
  }
  int master_ = -1, terminal_ = -1;
};

TEST_F(ProgressStyleOnTerminal, FollowsTheEnvironment) {
  EXPECT_EQ(DetectProgressStyle(terminal_), ProgressStyle::kColor);
  setenv("NO_COLOR", "", 1);
  EXPECT_EQ(DetectProgressStyle(terminal_), ProgressStyle::kColor);
  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(DetectProgressStyle(terminal_), ProgressStyle::kPlain);
  setenv("TERM", "dumb", 1);
  EXPECT_EQ(DetectProgressStyle(terminal_), ProgressStyle::kNone);
}

TEST(ProgressBar, IsSilentInFiles) {
  TempDir dir;
  int fd = open((dir / "log").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(DetectProgressStyle(fd), ProgressStyle::kNone);
  {
    ProgressBar bar("load", 10, fd);
    bar.Add(10);
  }
  close(fd);
  EXPECT_EQ(ReadFile(dir / "log"), "");
}

TEST(ProgressBar, RewritesAndClearsOneLine) {
  TempDir dir;
  int fd = open((dir / "log").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(fd, 0);
  {
    ProgressBar bar("load", 10, fd, ProgressStyle::kPlain);
    for (int i = 0; i < 10; ++i)
      bar.Add(1);
  }
  close(fd);
  // Only the first draw is certain: the others depend on the time.
  std::string log = ReadFile(dir / "log");
  EXPECT_THAT(log, StartsWith("\rload [##......................]  10% 1 B of "
                              "10 B\x1B[K\r"));
  EXPECT_THAT(log, EndsWith("\x1B[K\r\x1B[K"));
  EXPECT_THAT(log, Not(HasSubstr("\n")));
}

} // namespace
} // namespace dsv4run
