//===- StatusMacros.h - Early returns for absl::Status --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_STATUSMACROS_H
#define DSV4RUN_SUPPORT_STATUSMACROS_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DSV4RUN_STATUS_CONCAT_IMPL(a, b) a##b
#define DSV4RUN_STATUS_CONCAT(a, b) DSV4RUN_STATUS_CONCAT_IMPL(a, b)

/// Returns the status of `expression` from the enclosing function unless it is
/// OK.
#define DSV4RUN_RETURN_IF_ERROR(expression)                                    \
  do {                                                                         \
    if (absl::Status dsv4run_status = (expression); !dsv4run_status.ok())      \
      return dsv4run_status;                                                   \
  } while (false)

/// Evaluates a StatusOr; returns its status on error, else moves its value into
/// `declaration`. A declaration with a comma outside parentheses needs a type
/// alias.
#define DSV4RUN_ASSIGN_OR_RETURN(declaration, expression)                      \
  DSV4RUN_ASSIGN_OR_RETURN_IMPL(                                               \
      DSV4RUN_STATUS_CONCAT(dsv4run_statusor_, __LINE__), declaration,         \
      expression)
#define DSV4RUN_ASSIGN_OR_RETURN_IMPL(result, declaration, expression)         \
  auto result = (expression);                                                  \
  if (!result.ok())                                                            \
    return std::move(result).status();                                         \
  declaration = *std::move(result)

#endif // DSV4RUN_SUPPORT_STATUSMACROS_H
