//===- GenerateText.h - Continue a prompt ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_GENERATETEXT_H
#define DSV4RUN_CLI_GENERATETEXT_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Session.h"

namespace dsv4run {

/// Picks the token at a position of the sequence from a row of logits.
using TokenChooser = std::function<absl::StatusOr<int32_t>(
    absl::Span<const float> logits, int64_t position)>;

struct GenerationOptions {
  int64_t max_new_tokens = 0;
  std::vector<int32_t> stop_ids;
  TokenChooser choose;
  /// Told how much of the prompt has been processed.
  std::function<void(int64_t done, int64_t total)> on_prompt;
  /// Given each new token that is no stop id, as it comes.
  std::function<absl::Status(int32_t token)> on_token;
};

struct Generation {
  std::vector<int32_t> tokens; ///< without a stop id
  std::string finish_reason;   ///< stop, length (max_new_tokens), context
  double prompt_seconds = 0;   ///< until the first new token
  double decode_seconds = 0;   ///< for the others
  int64_t decode_steps = 0;
};

/// Processes the prompt in a free slot of the session, then token by token.
/// OUT_OF_RANGE if the prompt alone exceeds the context.
absl::StatusOr<Generation> Generate(Session &session,
                                    absl::Span<const int32_t> prompt,
                                    const GenerationOptions &options);

} // namespace dsv4run

#endif // DSV4RUN_CLI_GENERATETEXT_H
