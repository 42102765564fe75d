//===- ChatSession.h - Turns of a conversation ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_CHATSESSION_H
#define DSV4RUN_CLI_CHATSESSION_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Chat/ChatOutputParser.h"
#include "dsv4run/Chat/ChatTexts.h"
#include "dsv4run/Cli/Conversation.h"
#include "dsv4run/Cli/ModelIdentity.h"
#include "dsv4run/Generation/Generate.h"

namespace dsv4run {

/// What every turn is run with.
struct TurnSettings {
  SamplingOptions sampling;
  std::vector<std::string> stop;
  std::vector<int32_t> stop_ids;
  int64_t max_new_tokens = 0;
  int64_t drafts = 0;
  std::function<void(int64_t done, int64_t total)> on_progress;
  std::function<bool()> interrupted;
};

/// What came of a turn.
struct Turn {
  Generation generation;
  size_t prompt_tokens = 0;
  /// Whether there is an answer. Without one, because the prompt was
  /// interrupted, the user's message is not part of the conversation.
  bool answered = false;
};

/// A conversation with the state of its tokens, which stays in a slot: a turn
/// computes what is new. Where a prompt does not go on with the last one
/// (reasoning is dropped, a message was changed), it starts from the longest
/// common part that was kept.
class ChatSession {
public:
  /// Everything referred to outlives the session.
  static absl::StatusOr<std::unique_ptr<ChatSession>>
  Create(Engine &engine, bool drafts, const Tokenizer &tokenizer,
         ChatTexts texts);
  ~ChatSession();

  Conversation &conversation() { return conversation_; }

  /// Adds the user's message and generates the answer. After an error the
  /// conversation is as before.
  absl::StatusOr<Turn>
  Reply(const std::string &message, const TurnSettings &settings,
        const std::function<void(const std::vector<ChatDelta> &)> &on_deltas);

  absl::Status Save(const std::string &path, const ModelIdentity &identity);
  /// Replaces the conversation. Returns whether its state was taken: if it was
  /// saved without a draft block's state and drafts are on, it is computed
  /// again. After an error the conversation is as before.
  absl::StatusOr<bool> Load(const std::string &path,
                            const ModelIdentity &identity);

private:
  ChatSession(Engine &engine, bool drafts, const Tokenizer &tokenizer,
              ChatTexts texts)
      : engine_(engine), drafts_(drafts), tokenizer_(tokenizer),
        texts_(std::move(texts)) {}
  absl::StatusOr<Turn>
  Answer(const TurnSettings &settings,
         const std::function<void(const std::vector<ChatDelta> &)> &on_deltas);

  Engine &engine_;
  bool drafts_;
  const Tokenizer &tokenizer_;
  ChatTexts texts_;
  Conversation conversation_;
  Sequence sequence_;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_CHATSESSION_H
