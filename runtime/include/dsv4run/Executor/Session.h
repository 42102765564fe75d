//===- Session.h - Sequences and the steps over them ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_SESSION_H
#define DSV4RUN_EXECUTOR_SESSION_H

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Model.h"
#include "dsv4run/Executor/PagedPool.h"
#include "dsv4run/Executor/RowBlock.h"
#include "dsv4run/Executor/StepPlan.h"

namespace dsv4run {

inline constexpr absl::string_view kStepEntry = "step";
inline constexpr absl::string_view kDraftEntry = "draft";
/// The output whose rows are the wanted tokens; every other output has a row
/// per token.
inline constexpr absl::string_view kLogits = "logits";
/// Residual streams after the last layer: an output of `step`, an input of
/// `draft` (spec 4.13).
inline constexpr absl::string_view kStreams = "streams";

/// What to run over a batch of tokens.
struct RunRequest {
  std::string entry = std::string(kStepEntry);
  absl::Span<const Token> tokens;
  /// Indices of the tokens whose logits are computed.
  absl::Span<const int> wanted;
  /// The program's further inputs by name, with a row per token.
  std::map<std::string, RowBlock> inputs;
  /// Outputs to return.
  std::vector<std::string> outputs = {std::string(kLogits)};

  /// Whether the tokens are new positions of their sequences, for which the
  /// caches have yet to make room. A run over positions that exist already,
  /// such as one layer more on the same tokens, does not advance.
  bool advance = true;

  /// Run the draft block over the same tokens, which then need next ids, with
  /// the streams that the step leaves (spec 4.13).
  bool draft = false;
  /// Indices of the tokens whose draft logits are computed.
  absl::Span<const int> wanted_drafts;
};

struct RunResult {
  /// By name as requested: rows in the order of the batch, those of "logits" in
  /// the order of `wanted`.
  std::map<std::string, RowBlock> outputs;
  /// In the order of `wanted_drafts`.
  RowBlock draft_logits;
};

/// Where the time of a session has gone, by program and launch.
struct LaunchProfile {
  int64_t runs = 0;
  std::vector<double> seconds; ///< one per launch, summed over the runs
};

/// The state of up to max_batch sequences in their slots (spec 5.2) and the
/// memory of a step. Used by one thread at a time.
class Session {
public:
  /// The model must outlive the session. RESOURCE_EXHAUSTED if state, arena or
  /// step buffers do not fit.
  static absl::StatusOr<std::unique_ptr<Session>> Create(const Model &model);

  const Model &model() const { return model_; }
  const PagedPool &pool() const { return pool_; }

  /// A slot for a new sequence; RESOURCE_EXHAUSTED if all are in use. A reused
  /// slot needs no clearing: rows are valid by position only.
  absl::StatusOr<int> AcquireSlot();
  void ReleaseSlot(int slot);
  int64_t length(int slot) const { return pool_.length(slot); }
  /// Makes the empty sequence in `slot` one of `length` positions whose caches
  /// the caller fills (CacheAccess.h).
  absl::Status Place(int slot, int64_t length);

  /// Runs the smallest programs of the entry that take the tokens, in chunks of
  /// at most the largest. Ids, slots, positions, context and entry pages are
  /// checked before anything runs; an error of a later chunk (window pages)
  /// leaves the sequences at the end of the last chunk that ran.
  absl::StatusOr<RunResult> Run(const RunRequest &request);

  /// Device address of a buffer of the manifest.
  std::byte *address(uint32_t buffer) const { return addresses_[buffer]; }

  /// Runs the launches of a program, whose inputs are written.
  using Launcher = std::function<absl::Status(int program, LaunchSequence &)>;
  /// Programs are run by `launcher` from now on; null restores
  /// LaunchSequence::Run.
  void SetLauncher(Launcher launcher) { launcher_ = std::move(launcher); }

  void EnableProfile() { profiling_ = true; }
  /// By index into model().programs().
  const std::map<int, LaunchProfile> &profile() const { return profile_; }
  /// Program runs so far, by index into model().programs().
  const std::map<int, int64_t> &runs() const { return runs_; }

private:
  explicit Session(const Model &model);

  absl::Status AllocateBuffers();
  absl::Status PrepareLaunches();
  absl::Status CheckTokens(const RunRequest &request) const;
  absl::Status CheckInputs(const RunRequest &request) const;
  /// Makes arena, inputs and outputs of a program undefined: no step may read
  /// what an earlier one has left there.
  absl::Status DiscardStepValues(int program);
  absl::Status WriteStepInputs(int program, absl::Span<const Token> tokens,
                               absl::Span<const int> output_rows);
  absl::Status WriteInput(int program, const std::string &name,
                          const RowBlock &rows, absl::Span<const int> tokens);
  absl::Status Launch(int program);
  absl::Status RunChunk(const RunRequest &request, const StepChunk &chunk,
                        int program, RunResult &result);
  absl::Status RunDraft(const RunRequest &request, const StepChunk &chunk,
                        int step_program, RunResult &result);
  absl::Status ReadOutput(int program, absl::string_view name,
                          absl::Span<const int> destination_rows,
                          int64_t destination_size, RowBlock &block);

  const Model &model_;
  PagedPool pool_;
  std::vector<bool> slot_in_use_;
  std::vector<std::unique_ptr<DeviceMemory>> memory_;
  std::byte *arena_ = nullptr;
  std::vector<std::byte *> addresses_;
  std::vector<std::unique_ptr<LaunchSequence>> sequences_;
  Launcher launcher_;
  bool profiling_ = false;
  std::map<int, LaunchProfile> profile_;
  std::map<int, int64_t> runs_;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_SESSION_H
