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
  EXPECT_EQ(near.near, 2000);
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
  options.agreement = Agreement::SameBits;
  tested[3999] = 6;
  ASSERT_OK_AND_ASSIGN(ValueComparison result,
                       CompareValues("f8E4M3FN", Bytes(before),
                                     Bytes(reference), Bytes(tested), options));
  EXPECT_THAT(result.Failure(),
              HasSubstr("1 of 4000 elements differ, which must be the same"));
}

/// E4M3 codes of a device that adds in an order of its own, written over 0xFF.
ValueComparison CompareCodes(const std::vector<uint8_t> &reference,
                             const std::vector<uint8_t> &tested,
                             absl::string_view element = "f8E4M3FN") {
  std::vector<uint8_t> before(reference.size(), 0xFF);
  CompareOptions options;
  options.agreement = Agreement::NeighbouringCodes;
  auto result = CompareValues(element, Bytes(before), Bytes(reference),
                              Bytes(tested), options);
  EXPECT_OK(result);
  return *result;
}

TEST(CompareValues, OneCodeInAThousandMayBeTheNext) {
  std::vector<uint8_t> reference(4000, 0x31), tested = reference;
  reference[5] = 0x37, tested[5] = 0x38; // the next binade's first
  reference[6] = 0x01, tested[6] = 0x80; // the least number and minus zero
  ValueComparison near = CompareCodes(reference, tested);
  EXPECT_EQ(near.bit_equal, 3998);
  EXPECT_EQ(near.max_ulps, 1);
  EXPECT_EQ(near.Failure(), "");
  tested[7] = tested[8] = 0x30;
  EXPECT_EQ(CompareCodes(reference, tested).Failure(), "");
  tested[9] = 0x30;
  EXPECT_EQ(CompareCodes(reference, tested).Failure(),
            "5 of 4000 codes differ, at most 0.1%");
}

TEST(CompareValues, NoCodeMayBeTwoStepsAway) {
  std::vector<uint8_t> reference(4000, 0x31), tested = reference;
  tested[3] = 0x33;
  EXPECT_EQ(CompareCodes(reference, tested).Failure(),
            "1 of 4000 codes are more than one step away");
  tested[3] = 0xB1; // the other sign
  EXPECT_NE(CompareCodes(reference, tested).Failure(), "");
  reference[3] = 0x7E, tested[3] = 0x7F; // 448 and NaN
  EXPECT_NE(CompareCodes(reference, tested).Failure(), "");
  reference[3] = 0x01, tested[3] = 0x80; // NaN of fnuz
  EXPECT_NE(CompareCodes(reference, tested, "f8E4M3FNUZ").Failure(), "");
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
  CompareOptions codes;
  codes.agreement = Agreement::NeighbouringCodes;
  EXPECT_THAT(CompareValues("f8E5M2", {}, {}, {}, codes),
              testing::IsError(absl::StatusCode::kUnimplemented,
                               "codes of type f8E5M2"));
}

} // namespace
} // namespace dsv4run
