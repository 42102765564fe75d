//===- CompareValuesTest.cpp ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/CompareValues.h"

#include <cmath>
#include <limits>
#include <vector>

#include "Support/StatusMatchers.h"
#include "dsv4run/Support/NumberFormats.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;

template <typename T>
absl::Span<const std::byte> Bytes(const std::vector<T> &values) {
  return {reinterpret_cast<const std::byte *>(values.data()),
          values.size() * sizeof(T)};
}

/// Compares f32 values that were all written over NaNs.
ValueComparison CompareFloats(const std::vector<float> &reference,
                              const std::vector<float> &tested) {
  std::vector<float> before(reference.size(), std::nanf(""));
  auto result =
      CompareValues("f32", Bytes(before), Bytes(reference), Bytes(tested), {});
  EXPECT_OK(result);
  return *result;
}

TEST(CompareValues, EqualBitsPass) {
  ValueComparison same = CompareFloats({1, -2, 0, 1e30f}, {1, -2, 0, 1e30f});
  EXPECT_EQ(same.elements, 4);
  EXPECT_EQ(same.bit_equal, 4);
  EXPECT_EQ(same.max_ulps, 0);
  EXPECT_EQ(same.cosine(), 1);
  EXPECT_EQ(same.Failure(), "");
}

TEST(CompareValues, UlpsAreThoseOfBf16) {
  // 1 + k/128 is k codes of bf16 above 1; f32 bits may differ within a code.
  std::vector<float> reference(2000, 1.0f), tested(2000, 1.0f + 1e-4f);
  tested[7] = 1 + 4 / 128.0f;
  ValueComparison near = CompareFloats(reference, tested);
  EXPECT_EQ(near.bit_equal, 0);
  EXPECT_EQ(near.max_ulps, 4);
  EXPECT_EQ(near.within_ulps, 2000);
  EXPECT_EQ(near.Failure(), "");
  tested[8] = tested[9] = 1 + 5 / 128.0f;
  EXPECT_EQ(CompareFloats(reference, tested).Failure(), "");
  tested[10] = 1 + 5 / 128.0f;
  ValueComparison far = CompareFloats(reference, tested);
  EXPECT_EQ(far.max_ulps, 5);
  EXPECT_THAT(far.Failure(), HasSubstr("3 of 2000 elements differ by more than "
                                       "4 ulps of bf16"));
}

TEST(CompareValues, OneLargeElementMovesTheCosine) {
  std::vector<float> reference(2000, 1.0f), tested = reference;
  tested[3] = 2;
  EXPECT_THAT(CompareFloats(reference, tested).Failure(),
              HasSubstr("1 - cosine is 0.00025, at most 0.0001"));
}

TEST(CompareValues, WhatIsNotFiniteMustBeTheSame) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(CompareFloats({-kInfinity, 1}, {-kInfinity, 1}).Failure(), "");
  EXPECT_NE(CompareFloats({-kInfinity, 1}, {-1e30f, 1}).Failure(), "");
  // A NaN that was there before is one that was not written.
  EXPECT_THAT(CompareFloats({2, 1}, {std::nanf(""), 1}).Failure(),
              HasSubstr("1 elements not written"));
}

TEST(CompareValues, ExactValuesAllowNoDifference) {
  std::vector<uint8_t> before(4000, 255), reference(4000, 7), tested(4000, 7);
  CompareOptions options;
  options.exact = true;
  tested[3999] = 6;
  ASSERT_OK_AND_ASSIGN(ValueComparison result,
                       CompareValues("f8E4M3FN", Bytes(before),
                                     Bytes(reference), Bytes(tested), options));
  EXPECT_THAT(result.Failure(),
              HasSubstr("1 of 4000 elements differ, which must be the same"));
}

TEST(CompareValues, OnlyWhatWasWrittenCounts) {
  std::vector<uint16_t> before = {9, 9, 9, 9, 9}, reference = {1, 2, 9, 9, 5},
                        tested = {1, 9, 3, 9, 5};
  ASSERT_OK_AND_ASSIGN(ValueComparison all,
                       CompareValues("bf16", Bytes(before), Bytes(reference),
                                     Bytes(tested), {}));
  EXPECT_EQ(all.elements, 3);
  EXPECT_EQ(all.missing, 1);
  EXPECT_EQ(all.extra, 1);
  CompareOptions sampled;
  sampled.sampled = true;
  ASSERT_OK_AND_ASSIGN(ValueComparison some,
                       CompareValues("bf16", Bytes(before), Bytes(reference),
                                     Bytes(tested), sampled));
  EXPECT_EQ(some.elements, 2);
  EXPECT_EQ(some.missing, 0);
  EXPECT_THAT(some.Failure(), HasSubstr("1 elements written that should not"));
}

TEST(CompareValues, RefusesUnknownElements) {
  EXPECT_THAT(CompareValues("f128", {}, {}, {}, {}),
              testing::IsError(absl::StatusCode::kUnimplemented, "f128"));
}

} // namespace
} // namespace dsv4run
