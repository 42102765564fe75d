//===- LineReaderTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// On a real terminal: test/Tools/run/chat.test.

#include "dsv4run/Cli/LineReader.h"

#include <unistd.h>

#include <csignal>
#include <sstream>

#include "dsv4run/Cli/Interrupt.h"
#include "gmock/gmock.h"

namespace dsv4run {
namespace {

using Outcome = LineReader::Outcome;

TEST(LineReader, LinesOfAStream) {
  std::istringstream in("one\r\n\nlast");
  std::ostringstream out;
  CliStreams streams{in, out, out};
  LineReader reader(streams);
  std::string line;
  for (const char *expected : {"one", "", "last"}) {
    EXPECT_EQ(reader.Read(line), Outcome::kLine);
    EXPECT_EQ(line, expected);
  }
  EXPECT_EQ(reader.Read(line), Outcome::kEnd);
}

TEST(LineReader, LinesOfAFileDescriptorUntilAnInterrupt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::istringstream in;
  std::ostringstream out;
  CliStreams streams{in, out, out};
  streams.terminal = ends[0];
  LineReader reader(streams);
  std::string line;
  ASSERT_EQ(write(ends[1], "a\nb\nc", 5), 5);
  EXPECT_EQ(reader.Read(line), Outcome::kLine);
  EXPECT_EQ(line, "a");
  EXPECT_EQ(reader.Read(line), Outcome::kLine);
  EXPECT_EQ(line, "b");
  {
    InterruptScope scope;
    EXPECT_FALSE(InterruptScope::Interrupted());
    std::raise(SIGINT);
    EXPECT_TRUE(InterruptScope::Interrupted());
    // Though the signal came before the wait.
    EXPECT_EQ(reader.Read(line), Outcome::kInterrupted);
    EXPECT_EQ(line, "");
    InterruptScope::Clear();
    EXPECT_FALSE(InterruptScope::Interrupted());
  }
  ASSERT_EQ(write(ends[1], "e", 1), 1);
  close(ends[1]);
  EXPECT_EQ(reader.Read(line), Outcome::kLine);
  EXPECT_EQ(line, "e");
  EXPECT_EQ(reader.Read(line), Outcome::kEnd);
  close(ends[0]);
}

} // namespace
} // namespace dsv4run
