//===- StopStringsTest.cpp - Matches across pieces ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/StopStrings.h"

#include <random>
#include <string>

#include "Support/StatusMatchers.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;

StopStrings Make(std::vector<std::string> strings) {
  absl::StatusOr<StopStrings> stop = StopStrings::Create(std::move(strings));
  EXPECT_OK(stop);
  return *std::move(stop);
}

TEST(StopStrings, FindsAStringAcrossPieces) {
  StopStrings stop = Make({"STOP"});
  EXPECT_EQ(stop.Push("a ST").text, "a ");
  EXPECT_EQ(stop.Push("S").text, "ST"); // may begin again
  EXPECT_EQ(stop.Push("TO").text, "");
  StopStrings::Output output = stop.Push("P and more");
  EXPECT_EQ(output.text, "");
  EXPECT_EQ(output.match, 0u);
}

TEST(StopStrings, GivesOutWhatWasNoMatch) {
  StopStrings stop = Make({"\n\nUser:"});
  EXPECT_EQ(stop.Push("a\n").text, "a");
  EXPECT_EQ(stop.Push("\nUs").text, "");
  EXPECT_EQ(stop.Push("es").text, "\n\nUses");
  EXPECT_EQ(stop.Push("\n").text, "");
  EXPECT_EQ(stop.Flush(), "\n");
  EXPECT_EQ(stop.Flush(), "");
}

TEST(StopStrings, FirstCompleteThenLongest) {
  EXPECT_EQ(Make({"abcd", "bc"}).Push("abcd").match, 1u);
  EXPECT_EQ(Make({"bc", "abc"}).Push("xabc").match, 1u);
  EXPECT_EQ(Make({"bc", "abc"}).Push("xabc").text, "x");
  EXPECT_EQ(Make({"b", "a"}).Push("zab").match, 1u);
}

TEST(StopStrings, WithoutStringsNothingWaits) {
  StopStrings stop = Make({});
  StopStrings::Output output = stop.Push("text");
  EXPECT_EQ(output.text, "text");
  EXPECT_FALSE(output.match);
}

TEST(StopStrings, WorksOnBytes) {
  StopStrings stop = Make({"é"});
  EXPECT_EQ(stop.Push("\xC3").text, "");
  EXPECT_EQ(stop.Push("\xA8").text, "è");
  EXPECT_EQ(stop.Push("\xC3").text, "");
  EXPECT_EQ(stop.Push("\xA9").match, 0u);
}

TEST(StopStrings, RejectsBadStrings) {
  EXPECT_THAT(StopStrings::Create({"a", ""}),
              IsInvalid("stop string 1: expected 1 to 4096 bytes, found 0"));
  EXPECT_THAT(StopStrings::Create({std::string(4097, 'x')}),
              IsInvalid("stop string 0: expected 1 to 4096 bytes, found 4097"));
  EXPECT_THAT(StopStrings::Create(std::vector<std::string>(65, "x")),
              IsInvalid("expected at most 64, found 65"));
}

/// The definition: the shortest prefix of the text that ends in a stop string.
TEST(StopStrings, EqualsTheDefinitionForAllCuts) {
  std::mt19937_64 random(9);
  auto letters = [&](size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i)
      text += "ab"[random() % 2];
    return text;
  };
  int matched = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> strings;
    for (size_t i = 0; i < 1 + random() % 3; ++i)
      strings.push_back(letters(1 + random() % 6));
    std::string text = letters(random() % 30);

    std::string expected = text;
    std::optional<std::string> match;
    for (size_t end = 0; end <= text.size() && !match; ++end)
      for (const std::string &string : strings)
        if (string.size() <= end &&
            text.compare(end - string.size(), string.size(), string) == 0 &&
            (!match || string.size() > match->size())) {
          match = string;
          expected = text.substr(0, end - string.size());
        }

    StopStrings stop = Make(strings);
    std::string shown;
    std::optional<size_t> found;
    for (size_t at = 0; at < text.size() && !found;) {
      size_t size = 1 + random() % 4;
      StopStrings::Output output = stop.Push(text.substr(at, size));
      shown += output.text;
      found = output.match;
      at += size;
    }
    if (!found)
      shown += stop.Flush();
    ASSERT_EQ(shown, expected) << text;
    ASSERT_EQ(found.has_value(), match.has_value()) << text;
    if (found) {
      ASSERT_EQ(strings[*found], *match);
      ++matched;
    }
  }
  EXPECT_GT(matched, 1000);
}

} // namespace
} // namespace dsv4run
