//===- ByteAlphabetTest.cpp - The alphabet of spec section 6.1 ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/ByteAlphabet.h"

#include <set>

#include "Tokenizer/RandomText.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(ByteAlphabet, IsTheOneOfGpt2) {
  const auto &alphabet = ByteAlphabet();
  EXPECT_EQ(alphabet['!'], u'!');
  EXPECT_EQ(alphabet[' '], u'\u0120');  // the well-known "Ġ"
  EXPECT_EQ(alphabet['\n'], u'\u010A'); // "Ċ"
  EXPECT_EQ(alphabet[0], u'\u0100');
  EXPECT_EQ(alphabet[0x7F], u'\u0121');
  EXPECT_EQ(alphabet[0xA0], u'\u0142');
  EXPECT_EQ(alphabet[0xAD], u'\u0143');
  EXPECT_EQ(alphabet[0xAE], u'\u00AE');
  EXPECT_EQ(alphabet[0xFF], u'\u00FF');
  EXPECT_EQ(std::set<char16_t>(alphabet.begin(), alphabet.end()).size(), 256u);
}

TEST(ByteAlphabet, RoundTrips) {
  std::string spelling, bytes;
  for (int byte = 0; byte < 256; ++byte) {
    testing::AppendUtf8(spelling, ByteAlphabet()[byte]);
    bytes += static_cast<char>(byte);
  }
  EXPECT_EQ(BytesFromAlphabet(spelling), bytes);
  EXPECT_EQ(BytesFromAlphabet(""), "");
}

TEST(ByteAlphabet, RejectsOtherCharacters) {
  EXPECT_FALSE(BytesFromAlphabet(" "));
  EXPECT_FALSE(BytesFromAlphabet("a\n"));
  EXPECT_FALSE(BytesFromAlphabet("\u0144")); // one past the last
  EXPECT_FALSE(BytesFromAlphabet("｜"));
  EXPECT_FALSE(BytesFromAlphabet("\xFF"));
}

} // namespace
} // namespace dsv4run
