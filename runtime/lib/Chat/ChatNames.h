//===- ChatNames.h - Names of roles and tasks -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATNAMES_H
#define DSV4RUN_CHAT_CHATNAMES_H

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "dsv4run/Chat/ChatMessage.h"

namespace dsv4run {

/// As in the field `role`.
absl::string_view ChatRoleName(ChatRole role);
std::optional<ChatRole> FindChatRole(absl::string_view name);
/// "system, developer, ...", for messages.
std::string ChatRoleNames();

/// As in the field `task`.
absl::string_view ChatTaskName(ChatTask task);
std::optional<ChatTask> FindChatTask(absl::string_view name);
std::string ChatTaskNames();

/// The added token that asks for the task.
absl::string_view ChatTaskToken(ChatTask task);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATNAMES_H
