//===- ChatNames.cpp - Names of roles and tasks ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChatNames.h"

#include "absl/strings/str_join.h"

namespace dsv4run {
namespace {

struct RoleEntry {
  ChatRole role;
  absl::string_view name;
};
constexpr RoleEntry kRoles[] = {
    {ChatRole::kSystem, "system"},
    {ChatRole::kDeveloper, "developer"},
    {ChatRole::kUser, "user"},
    {ChatRole::kAssistant, "assistant"},
    {ChatRole::kTool, "tool"},
    {ChatRole::kLatestReminder, "latest_reminder"},
};

struct TaskEntry {
  ChatTask task;
  absl::string_view name, token;
};
constexpr TaskEntry kTasks[] = {
    {ChatTask::kAction, "action", "<｜action｜>"},
    {ChatTask::kQuery, "query", "<｜query｜>"},
    {ChatTask::kAuthority, "authority", "<｜authority｜>"},
    {ChatTask::kDomain, "domain", "<｜domain｜>"},
    {ChatTask::kTitle, "title", "<｜title｜>"},
    {ChatTask::kReadUrl, "read_url", "<｜read_url｜>"},
};

template <typename Entries>
std::string JoinNames(const Entries &entries) {
  return absl::StrJoin(entries, ", ", [](std::string *out, const auto &entry) {
    out->append(entry.name.data(), entry.name.size());
  });
}

} // namespace

absl::string_view ChatRoleName(ChatRole role) {
  return kRoles[static_cast<int>(role)].name;
}

std::optional<ChatRole> FindChatRole(absl::string_view name) {
  for (const RoleEntry &entry : kRoles)
    if (entry.name == name)
      return entry.role;
  return std::nullopt;
}

std::string ChatRoleNames() { return JoinNames(kRoles); }

absl::string_view ChatTaskName(ChatTask task) {
  return kTasks[static_cast<int>(task)].name;
}

std::optional<ChatTask> FindChatTask(absl::string_view name) {
  for (const TaskEntry &entry : kTasks)
    if (entry.name == name)
      return entry.task;
  return std::nullopt;
}

std::string ChatTaskNames() { return JoinNames(kTasks); }

absl::string_view ChatTaskToken(ChatTask task) {
  return kTasks[static_cast<int>(task)].token;
}

} // namespace dsv4run
