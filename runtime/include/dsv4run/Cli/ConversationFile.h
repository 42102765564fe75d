//===- ConversationFile.h - A conversation with its state on disk ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file is, little-endian: a header, a JSON document (the model's identity,
// messages, options, tokens), the bytes of the state. Each part has a CRC-32
// and the parts fill the file, so that every byte of it is checked. What the
// document says is validated like any untrusted input, and the state's size is
// computed from the model, never taken from the file.

#ifndef DSV4RUN_CLI_CONVERSATIONFILE_H
#define DSV4RUN_CLI_CONVERSATIONFILE_H

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Cli/Conversation.h"
#include "dsv4run/Cli/ModelIdentity.h"
#include "dsv4run/Executor/StateImage.h"

namespace dsv4run {

/// What is saved.
struct SavedConversation {
  Conversation conversation;
  /// Tokens that the state is of; empty without a state.
  std::vector<int32_t> state_tokens;
  StateImage state;
  std::vector<std::byte> carried; ///< what the drafter kept
};

/// Writes or replaces the file as a whole: if anything fails, also the machine,
/// what was there stays.
absl::Status SaveConversation(absl::string_view path,
                              const ModelIdentity &identity,
                              const SavedConversation &saved);

/// NOT_FOUND and the like for files that cannot be read, INVALID_ARGUMENT for
/// contents that are no conversation, DATA_LOSS for truncation and checksums,
/// FAILED_PRECONDITION for a conversation with another model.
absl::StatusOr<SavedConversation>
LoadConversation(absl::string_view path, const ModelIdentity &identity,
                 const Session &session);

} // namespace dsv4run

#endif // DSV4RUN_CLI_CONVERSATIONFILE_H
