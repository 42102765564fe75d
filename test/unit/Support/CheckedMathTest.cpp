//===- CheckedMathTest.cpp - Overflow is found, not wrapped ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/CheckedMath.h"

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

constexpr uint64_t kTop = uint64_t{1} << 63;

TEST(CheckedMath, Multiply) {
  EXPECT_EQ(CheckedMultiply(kTop - 1, 2), kTop * 2 - 2);
  EXPECT_EQ(CheckedMultiply(kTop, 2), std::nullopt);
  EXPECT_EQ(CheckedMultiply(kTop, 0), 0u);
}

TEST(CheckedMath, Add) {
  EXPECT_EQ(CheckedAdd(kTop, kTop - 1), UINT64_MAX);
  EXPECT_EQ(CheckedAdd(kTop, kTop), std::nullopt);
}

TEST(CheckedMath, Product) {
  EXPECT_EQ(CheckedProduct({}), 1u);
  EXPECT_EQ(CheckedProduct({3, 5, 7}), 105u);
  EXPECT_EQ(CheckedProduct({kTop, 2}), std::nullopt);
  EXPECT_EQ(CheckedProduct({kTop, 2, 0}), 0u);
}

} // namespace
} // namespace dsv4run
