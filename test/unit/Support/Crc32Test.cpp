//===- Crc32Test.cpp - Published check values -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/Crc32.h"

#include "Support/TestFiles.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::AsBytes;

TEST(Crc32, CheckValue) {
  EXPECT_EQ(Crc32({}), 0u);
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926u);
}

TEST(Crc32, Continues) {
  EXPECT_EQ(Crc32(AsBytes("6789"), Crc32(AsBytes("12345"))), 0xCBF43926u);
}

} // namespace
} // namespace dsv4run
