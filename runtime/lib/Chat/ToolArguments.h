//===- ToolArguments.h - The arguments of a tool call ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_TOOLARGUMENTS_H
#define DSV4RUN_CHAT_TOOLARGUMENTS_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Chat/PythonJson.h"

namespace dsv4run {

/// An object with the arguments. Text that is not JSON becomes its one member
/// `arguments`, as a string (spec section 6.4); JSON that is no object is an
/// error.
absl::StatusOr<PythonJson> ParseToolArguments(absl::string_view text);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_TOOLARGUMENTS_H
