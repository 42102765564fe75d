//===- MergedMessages.h - What the encoder renders ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_MERGEDMESSAGES_H
#define DSV4RUN_CHAT_MERGEDMESSAGES_H

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "dsv4run/Chat/ChatMessage.h"

namespace dsv4run {

/// One turn: a message, or consecutive user and tool messages as one user
/// message (spec section 6.3).
struct MergedMessage {
  ChatRole role; // never kTool
  /// Of a user turn the first, before sorting.
  const ChatMessage *message;
  /// The user and tool messages of a user turn, in the order of rendering.
  std::vector<const ChatMessage *> blocks;
  /// Of a user turn, that of its first message.
  std::optional<ChatTask> task;
  bool is_context;
};

/// Merges tool messages into user turns and puts the results of several calls
/// into the order of the calls. Context and messages are not merged with one
/// another.
std::vector<MergedMessage>
MergeMessages(absl::Span<const ChatMessage> context,
              absl::Span<const ChatMessage> messages);

/// The last user or developer turn, or -1.
ptrdiff_t LastUserIndex(absl::Span<const MergedMessage> turns);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_MERGEDMESSAGES_H
