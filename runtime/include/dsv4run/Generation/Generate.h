//===- Generate.h - Continue prompts --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_GENERATE_H
#define DSV4RUN_GENERATION_GENERATE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Generation/Engine.h"

namespace dsv4run {

struct NewToken {
  int32_t id = 0;
  int64_t position = 0;           ///< in the sequence
  absl::Span<const float> logits; ///< the model's, that it was chosen from
};

struct GenerationRequest {
  std::vector<int32_t> prompt;
  SamplingOptions sampling;
  int64_t max_new_tokens = 0;
  std::vector<int32_t> stop_ids;
  int64_t drafts = 0; ///< tokens to draft per step, at most
  /// Its `interrupted` is asked between decode steps as well.
  PrefillOptions prefill;
  /// Given each new token that is no stop id, as it comes. False ends the
  /// generation behind it.
  std::function<absl::StatusOr<bool>(const NewToken &token)> on_token;
};

enum class FinishReason {
  kStop,        ///< a stop id, or on_token returned false
  kLength,      ///< max_new_tokens
  kContext,     ///< the state is full
  kInterrupted, ///< `interrupted` returned true
};
absl::string_view FinishReasonName(FinishReason reason);

struct Generation {
  std::vector<int32_t> tokens; ///< without a stop id
  FinishReason finish_reason = FinishReason::kStop;
  int64_t reused = 0;             ///< prompt tokens that were not computed
  double first_token_seconds = 0; ///< until the first new token
  double decode_seconds = 0;      ///< for the others
  int64_t decoded = 0;            ///< tokens that decode steps gave
  int64_t steps = 0;              ///< decode steps
  int64_t drafted = 0;
  int64_t accepted = 0; ///< drafts that were kept

  double decode_rate() const {
    return decode_seconds > 0 ? decoded / decode_seconds : 0;
  }
};

/// Continues one prompt. Afterwards the state is that of the prompt and the new
/// tokens but for the last and for stop ids, however many were drafted.
absl::StatusOr<Generation> Generate(Engine &engine, Sequence &sequence,
                                    const GenerationRequest &request);

/// Continues prompts in the order of the list, as many at a time as the session
/// has slots: each prompt by itself, decode steps together. Each result is
/// handed over when it is complete.
absl::Status GenerateBatch(
    Engine &engine, absl::Span<const GenerationRequest> requests,
    const std::function<absl::Status(size_t index, Generation generation)>
        &on_done);

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_GENERATE_H
