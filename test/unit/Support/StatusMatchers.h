//===- StatusMatchers.h - GoogleTest matchers for absl::Status ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_SUPPORT_STATUSMATCHERS_H
#define DSV4RUN_UNITTEST_SUPPORT_STATUSMATCHERS_H

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run::testing {

inline const absl::Status &GetStatus(const absl::Status &status) {
  return status;
}
template <typename T>
const absl::Status &GetStatus(const absl::StatusOr<T> &status_or) {
  return status_or.status();
}

/// An OK Status or StatusOr.
MATCHER(IsOk, "is OK") {
  *result_listener << GetStatus(arg).ToString();
  return GetStatus(arg).ok();
}

/// An error with this code whose message contains this text.
MATCHER_P2(IsError, code, text,
           "is " + absl::StatusCodeToString(code) +
               " with message containing " + ::testing::PrintToString(text)) {
  const absl::Status &status = GetStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         std::string(status.message()).find(text) != std::string::npos;
}

/// INVALID_ARGUMENT, the code of everything wrong with an input.
inline auto IsInvalid(const std::string &text) {
  return IsError(absl::StatusCode::kInvalidArgument, text);
}

} // namespace dsv4run::testing

#define EXPECT_OK(expression)                                                  \
  EXPECT_THAT(expression, ::dsv4run::testing::IsOk())
#define ASSERT_OK(expression)                                                  \
  ASSERT_THAT(expression, ::dsv4run::testing::IsOk())

#define DSV4RUN_TEST_CONCAT_IMPL(a, b) a##b
#define DSV4RUN_TEST_CONCAT(a, b) DSV4RUN_TEST_CONCAT_IMPL(a, b)

/// Moves the value of a StatusOr into `declaration`, or fails the test.
#define ASSERT_OK_AND_ASSIGN(declaration, expression)                          \
  ASSERT_OK_AND_ASSIGN_IMPL(DSV4RUN_TEST_CONCAT(statusor_, __LINE__),          \
                            declaration, expression)
#define ASSERT_OK_AND_ASSIGN_IMPL(result, declaration, expression)             \
  auto result = (expression);                                                  \
  ASSERT_OK(result);                                                           \
  declaration = *std::move(result)

#endif // DSV4RUN_UNITTEST_SUPPORT_STATUSMATCHERS_H
