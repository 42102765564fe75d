//===- Utf8Test.cpp - Every character and every kind of damage ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/Utf8.h"

#include <random>
#include <string>

#include "Tokenizer/RandomText.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::AppendUtf8;

TEST(Utf8, AcceptsEveryCharacter) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    std::string text;
    AppendUtf8(text, c);
    bool surrogate = c >= 0xD800 && c < 0xE000;
    ASSERT_EQ(ValidUtf8Prefix(text), surrogate ? 0 : text.size()) << c;
    ASSERT_EQ(InvalidUtf8Prefix(text), surrogate ? text.size() : 0) << c;
  }
}

TEST(Utf8, HoldsBackUnfinishedCharacters) {
  for (uint32_t c : {0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u,
                     0x4E2Du, 0x1F642u, 0x10FFFFu}) {
    std::string text;
    AppendUtf8(text, c);
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      std::string part = "ab" + text.substr(0, cut);
      EXPECT_EQ(FinishedUtf8Prefix(part), cut == text.size() ? part.size() : 2u)
          << c << " " << cut;
    }
  }
}

TEST(Utf8, ReleasesWhatNothingCanComplete) {
  // Overlong, surrogate, beyond U+10FFFF, stray trail bytes, impossible leads.
  for (const char *text :
       {"\xC0", "\xE0\x80", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xF5", "\x80",
        "a\xBF\xBF", "\xFF", "\xE4\xB8\x41"})
    EXPECT_EQ(FinishedUtf8Prefix(text), std::string(text).size()) << text;
  // A lead after damage is unfinished on its own.
  EXPECT_EQ(FinishedUtf8Prefix("\xE4\xB8\xE4"), 2u);
}

TEST(Utf8, ReplacesMaximalSubparts) {
  // The Unicode Standard's example (table 3-8 and around it).
  EXPECT_EQ(ReplaceInvalidUtf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80"
                               "\xBF\x64"),
            "a\uFFFD\uFFFD\uFFFD"
            "b\uFFFD"
            "c\uFFFD\uFFFD"
            "d");
  EXPECT_EQ(ReplaceInvalidUtf8("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("é中🙂"), "é中🙂");
  EXPECT_EQ(ReplaceInvalidUtf8(""), "");
}

TEST(Utf8, PrefixesPartitionAnyBytes) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = testing::RandomBytes(random, random() % 40);
    absl::string_view rest = bytes;
    while (!rest.empty()) {
      size_t valid = ValidUtf8Prefix(rest);
      ASSERT_EQ(InvalidUtf8Prefix(rest.substr(0, valid)), 0u);
      rest.remove_prefix(valid);
      size_t invalid = InvalidUtf8Prefix(rest);
      ASSERT_GT(valid + invalid, 0u);
      rest.remove_prefix(invalid);
    }
    std::string clean = ReplaceInvalidUtf8(bytes);
    ASSERT_EQ(ValidUtf8Prefix(clean), clean.size());
  }
}

} // namespace
} // namespace dsv4run
