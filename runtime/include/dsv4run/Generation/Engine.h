//===- Engine.h - Sequences that grow token by token ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_ENGINE_H
#define DSV4RUN_GENERATION_ENGINE_H

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Generation/Drafter.h"
#include "dsv4run/Generation/PrefixCache.h"
#include "dsv4run/Generation/TokenChooser.h"

namespace dsv4run {

/// A sequence whose state is in a slot of the session.
struct Sequence {
  int slot = -1;
  std::vector<int32_t> ids; ///< the tokens that the state is of
};

struct PrefillOptions {
  /// Told how many tokens of the prompt the state has, first those reused.
  std::function<void(int64_t done, int64_t total)> on_progress;
  /// Asked between steps.
  std::function<bool()> interrupted;
  /// A length of the prompt at which its state is to be kept besides page ends;
  /// 0 for none.
  int64_t checkpoint = 0;
};

struct Prefill {
  std::vector<float> logits; ///< of the last token
  int64_t reused = 0;        ///< tokens whose state was there already
  bool interrupted = false;  ///< then the sequence has a part of the prompt
};

/// One sequence of a step and what came of it.
struct StepSequence {
  Sequence *sequence = nullptr;
  TokenChooser *chooser = nullptr;
  int32_t next_id = 0; ///< the token to process
  int64_t drafts = 0;  ///< how many tokens to draft and verify at most

  /// Tokens that follow next_id: the drafts that were kept, then one more. The
  /// state is that of all but the last.
  std::vector<int32_t> tokens;
  std::vector<float> logits; ///< the model's, a row for each token
  int64_t drafted = 0;
};

/// Joins a session with a drafter and a cache of prefixes. None of the two
/// changes what comes out, but for the draws of sampling from drafts, which
/// keep the distribution.
class Engine {
public:
  /// `drafter` and `cache` may be null; all outlive the engine.
  Engine(Session &session, Drafter *drafter, PrefixCache *cache)
      : session_(session), drafter_(drafter), cache_(cache) {}

  Session &session() const { return session_; }
  /// The most drafts that a step verifies; 0 without a drafter.
  int64_t max_drafts() const;

  /// An empty sequence; RESOURCE_EXHAUSTED if all slots are in use.
  absl::StatusOr<Sequence> Open();
  void Close(Sequence &sequence);

  /// OUT_OF_RANGE if the prompt exceeds the context, INVALID_ARGUMENT for an
  /// empty one and for ids outside the vocabulary.
  absl::Status CheckPrompt(absl::Span<const int32_t> prompt) const;

  /// Makes the sequence's state that of `prompt`. What the sequence and the
  /// prompt have in common is not computed again, nor what the cache knows.
  /// CheckPrompt's errors.
  absl::StatusOr<Prefill> Fill(Sequence &sequence,
                               absl::Span<const int32_t> prompt,
                               const PrefillOptions &options = {});

  /// One step over every sequence's next token and its drafts.
  absl::Status Step(absl::Span<StepSequence> sequences);

  /// Takes tokens of the last step back; `length` are left.
  absl::Status Trim(Sequence &sequence, int64_t length);

  /// Keeps the state as it is in the cache, if there is one.
  absl::Status Keep(const Sequence &sequence);

  /// The state as one image with what the drafter keeps, and back.
  absl::StatusOr<StateImage> Capture(const Sequence &sequence,
                                     std::vector<std::byte> *carried);
  absl::Status Restore(Sequence &sequence, absl::Span<const int32_t> ids,
                       absl::Span<const StateImage *const> images,
                       absl::Span<const std::byte> carried);

private:
  absl::Status Reuse(Sequence &sequence, absl::Span<const int32_t> prompt);
  absl::StatusOr<RunResult> Run(absl::Span<const Token> tokens,
                                absl::Span<const int> wanted, bool reversible);
  absl::Status Observe(const Sequence &sequence, const RunResult &result,
                       int64_t first_row, absl::Span<const int32_t> ids);
  absl::Status Propose(absl::Span<StepSequence> sequences,
                       std::vector<std::vector<DraftToken>> &drafts);
  absl::Status Accept(StepSequence &step, absl::Span<const DraftToken> drafts,
                      absl::Span<const float> logits);
  absl::Status ResetSlot(Sequence &sequence);

  Session &session_;
  Drafter *drafter_;
  PrefixCache *cache_;
};

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_ENGINE_H
