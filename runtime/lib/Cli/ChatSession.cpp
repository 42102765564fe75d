//===- ChatSession.cpp - Turns of a conversation --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ChatSession.h"

#include "dsv4run/Cli/ConversationFile.h"
#include "dsv4run/Cli/TextStream.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<std::unique_ptr<ChatSession>>
ChatSession::Create(Engine &engine, bool drafts, const Tokenizer &tokenizer,
                    ChatTexts texts) {
  auto session = std::unique_ptr<ChatSession>(
      new ChatSession(engine, drafts, tokenizer, std::move(texts)));
  DSV4RUN_ASSIGN_OR_RETURN(session->sequence_, engine.Open());
  return session;
}

ChatSession::~ChatSession() { engine_.Close(sequence_); }

absl::StatusOr<Turn> ChatSession::Reply(
    const std::string &message, const TurnSettings &settings,
    const std::function<void(const std::vector<ChatDelta> &)> &on_deltas) {
  ChatMessage user;
  user.role = ChatRole::kUser;
  user.content = message;
  conversation_.messages.push_back(std::move(user));
  absl::StatusOr<Turn> turn = Answer(settings, on_deltas);
  if (!turn.ok() || !turn->answered)
    conversation_.messages.pop_back();
  return turn;
}

absl::StatusOr<Turn> ChatSession::Answer(
    const TurnSettings &settings,
    const std::function<void(const std::vector<ChatDelta> &)> &on_deltas) {
  DSV4RUN_ASSIGN_OR_RETURN(Conversation::Prompt prompt,
                           conversation_.NextPrompt(tokenizer_, texts_));
  DSV4RUN_ASSIGN_OR_RETURN(TextStream stream,
                           TextStream::Create(&tokenizer_, settings.stop));
  ChatOutputParser parser(prompt.output_mode);
  std::string raw;
  auto take = [&](const std::string &text) {
    raw += text;
    on_deltas(parser.Push(text));
  };

  GenerationRequest request;
  request.prompt = prompt.tokens;
  request.sampling = settings.sampling;
  request.stop_ids = settings.stop_ids;
  request.max_new_tokens = settings.max_new_tokens;
  request.drafts = settings.drafts;
  request.prefill.on_progress = settings.on_progress;
  request.prefill.interrupted = settings.interrupted;
  // Whether the answer is reasoned about is told by the last token. A later
  // prompt that drops the reasoning has everything in front of it.
  request.prefill.checkpoint = static_cast<int64_t>(prompt.tokens.size()) - 1;
  request.on_token = [&](const NewToken &token) -> absl::StatusOr<bool> {
    DSV4RUN_ASSIGN_OR_RETURN(std::string text, stream.Push(token.id));
    take(text);
    return !stream.stopped();
  };
  Turn turn;
  turn.prompt_tokens = prompt.tokens.size();
  DSV4RUN_ASSIGN_OR_RETURN(turn.generation,
                           Generate(engine_, sequence_, request));
  const Generation &generation = turn.generation;
  turn.answered = !generation.tokens.empty() ||
                  generation.finish_reason != FinishReason::kInterrupted;
  if (!turn.answered)
    return turn;
  take(stream.Finish());
  on_deltas(parser.Finish(generation.finish_reason == FinishReason::kStop));
  conversation_.AddAnswer(prompt, parser.message(), generation.tokens, raw);
  // The tokens go on behind the text: the next prompt must not use them.
  if (stream.stopped())
    conversation_.set_history({});
  return turn;
}

absl::Status ChatSession::Save(const std::string &path,
                               const ModelIdentity &identity) {
  SavedConversation saved;
  saved.conversation = conversation_;
  saved.state_tokens = sequence_.ids;
  if (!sequence_.ids.empty()) {
    DSV4RUN_ASSIGN_OR_RETURN(saved.state,
                             engine_.Capture(sequence_, &saved.carried));
  }
  return SaveConversation(path, identity, saved);
}

absl::StatusOr<bool> ChatSession::Load(const std::string &path,
                                       const ModelIdentity &identity) {
  DSV4RUN_ASSIGN_OR_RETURN(SavedConversation saved,
                           LoadConversation(path, identity, engine_.session()));
  const bool take =
      !saved.state_tokens.empty() && (!drafts_ || saved.state.with_draft);
  if (take) {
    const StateImage *images[] = {&saved.state};
    DSV4RUN_RETURN_IF_ERROR(
        engine_.Restore(sequence_, saved.state_tokens, images,
                        drafts_ ? absl::MakeConstSpan(saved.carried)
                                : absl::Span<const std::byte>()));
  }
  conversation_ = std::move(saved.conversation);
  return take || saved.state_tokens.empty();
}

} // namespace dsv4run
