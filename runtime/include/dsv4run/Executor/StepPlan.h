//===- StepPlan.h - Cut a batch of tokens into program runs ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_STEPPLAN_H
#define DSV4RUN_EXECUTOR_STEPPLAN_H

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace dsv4run {

/// A token that a step processes. Tokens of one sequence appear in the batch in
/// the order of their positions, which are consecutive; tokens of different
/// sequences may be interleaved.
struct Token {
  int32_t slot = 0;
  int32_t id = 0;
  int64_t position = 0;
  int32_t next_id = -1; ///< the id that follows; read by the draft block only
};

/// What the planner needs to know of a program.
struct ProgramSize {
  int64_t tokens = 0;      ///< largest T
  int64_t output_rows = 0; ///< largest R
};

/// One run of one program.
struct StepChunk {
  int program = 0;         ///< index into the sizes
  std::vector<int> tokens; ///< indices into the batch, in kernel row order
  /// Indices into `tokens` of the rows whose logits are wanted, ascending.
  std::vector<int> output_rows;
};

/// Brings the tokens of each sequence together (sequences in the order of their
/// first token) and cuts them into chunks that a program can take; each chunk
/// gets the smallest such program. `step_limit(first)` is the largest number of
/// tokens of one sequence that may run from position `first`.
///
/// `wanted` are indices into `batch`. INVALID_ARGUMENT for positions that are
/// not consecutive, unknown or repeated wanted tokens, or an empty batch.
absl::StatusOr<std::vector<StepChunk>>
PlanStep(absl::Span<const Token> batch, absl::Span<const int> wanted,
         absl::Span<const ProgramSize> programs,
         absl::FunctionRef<int64_t(int64_t first)> step_limit);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_STEPPLAN_H
