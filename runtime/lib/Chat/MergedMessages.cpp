//===- MergedMessages.cpp - What the encoder renders ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MergedMessages.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace dsv4run {
namespace {

bool IsTool(const ChatMessage *message) {
  return message->role == ChatRole::kTool;
}

void Append(absl::Span<const ChatMessage> messages, bool is_context,
            std::vector<MergedMessage> &turns) {
  const size_t first_turn = turns.size();
  for (const ChatMessage &message : messages) {
    bool is_user = message.role == ChatRole::kUser;
    if (is_user || message.role == ChatRole::kTool) {
      bool after_user =
          turns.size() > first_turn && turns.back().role == ChatRole::kUser;
      // A task ends its turn for the user, not for results still to come.
      if (after_user && !(is_user && turns.back().task)) {
        turns.back().blocks.push_back(&message);
        continue;
      }
      turns.push_back({ChatRole::kUser,
                       &message,
                       {&message},
                       is_user ? message.task : std::nullopt,
                       is_context});
      continue;
    }
    turns.push_back({message.role, &message, {}, message.task, is_context});
  }
}

/// Orders results by the calls of the latest message with any; the places of
/// results among the user's texts stay.
void SortResults(std::vector<MergedMessage> &turns) {
  absl::flat_hash_map<std::string, size_t> order;
  for (MergedMessage &turn : turns) {
    const std::vector<ToolCall> &calls = turn.message->tool_calls;
    if (turn.role == ChatRole::kAssistant && !calls.empty()) {
      order.clear();
      for (size_t i = 0; i < calls.size(); ++i)
        if (!calls[i].id.empty())
          order[calls[i].id] = i;
    }
    if (turn.role != ChatRole::kUser || order.empty())
      continue;
    // By place, then as they came. Results of unknown calls come first.
    std::vector<std::tuple<size_t, size_t, const ChatMessage *>> results;
    for (const ChatMessage *block : turn.blocks)
      if (IsTool(block)) {
        auto place = order.find(block->tool_call_id);
        results.emplace_back(place == order.end() ? 0 : place->second,
                             results.size(), block);
      }
    std::sort(results.begin(), results.end());
    auto next = results.begin();
    for (const ChatMessage *&block : turn.blocks)
      if (IsTool(block))
        block = std::get<2>(*next++);
  }
}

} // namespace

std::vector<MergedMessage>
MergeMessages(absl::Span<const ChatMessage> context,
              absl::Span<const ChatMessage> messages) {
  std::vector<MergedMessage> turns;
  Append(context, /*is_context=*/true, turns);
  Append(messages, /*is_context=*/false, turns);
  SortResults(turns);
  return turns;
}

ptrdiff_t LastUserIndex(absl::Span<const MergedMessage> turns) {
  ptrdiff_t last = static_cast<ptrdiff_t>(turns.size()) - 1;
  while (last >= 0 && turns[last].role != ChatRole::kUser &&
         turns[last].role != ChatRole::kDeveloper)
    --last;
  return last;
}

} // namespace dsv4run
