//===- DTypeTest.cpp - Spellings and sizes --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/DType.h"

#include <string>

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(DType, SizesFollowFromTheSpelling) {
  for (int i = 0; i <= static_cast<int>(DType::kU64); ++i) {
    DType dtype = static_cast<DType>(i);
    std::string name(NameOf(dtype));
    size_t digits = name.find_first_of("0123456789");
    size_t expected =
        digits == std::string::npos ? 1 : std::stoi(name.substr(digits)) / 8;
    EXPECT_EQ(SizeOf(dtype), expected) << name;
    EXPECT_EQ(DTypeFromName(name), dtype);
    if (i > 0) {
      EXPECT_GE(SizeOf(dtype), SizeOf(static_cast<DType>(i - 1))) << name;
    }
  }
}

TEST(DType, SpellingIsExact) {
  EXPECT_FALSE(DTypeFromName("f32"));
  EXPECT_FALSE(DTypeFromName(""));
  EXPECT_FALSE(DTypeFromName("F8_E4M3FN"));
}

} // namespace
} // namespace dsv4run
