//===- Session.h - Sequences and the steps over them ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_SESSION_H
#define DSV4RUN_EXECUTOR_SESSION_H

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Model.h"
#include "dsv4run/Executor/OpenRowLog.h"
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

  /// Keep what the tokens overwrite, so that RollBack can take them back: at
  /// most reversible_tokens() of each sequence.
  bool reversible = false;

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

/// What a profile has a number for.
enum class ProfileBy {
  Launch,
  Layer, ///< consecutive launches whose labels begin with the same "layers.3:"
};

/// Where the time of a program has gone.
struct LaunchProfile {
  std::vector<std::string> labels; ///< of launches, or "layers.3"
  std::vector<size_t> ends;        ///< behind the last launch of each
  /// Of each run, of each.
  std::vector<std::vector<double>> seconds;
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

  /// Adds positions that no step has filled yet, for runs that do not advance,
  /// such as a draft block that runs ahead of the model. RollBack takes them
  /// away again.
  absl::Status Extend(int slot, int64_t tokens);

  /// Makes the sequence `length` positions long by taking back the last ones:
  /// those that Extend added and those of the last step, if it was reversible
  /// (spec 5.5). FAILED_PRECONDITION if that is not enough.
  absl::Status RollBack(int slot, int64_t length);
  /// Tokens of one sequence that a reversible step takes.
  int64_t reversible_tokens() const { return OpenRowLog::Depth(model_); }

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

  void EnableProfile(ProfileBy by) { profile_by_ = by; }
  /// Since the last call, by index into model().programs().
  std::map<int, LaunchProfile> TakeProfile() { return std::move(profile_); }
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
  /// Gives new positions to the tokens of a reversible step, all at once, so
  /// that no window page is recycled on the way, and logs what they overwrite.
  absl::Status BeginReversible(const std::map<int, int64_t> &added);
  absl::Status WriteStepInputs(int program, absl::Span<const Token> tokens,
                               absl::Span<const int> output_rows);
  absl::Status WriteInput(int program, const std::string &name,
                          const RowBlock &rows, absl::Span<const int> tokens);
  absl::Status Launch(int program);
  LaunchProfile StartProfile(int program) const;
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
  std::vector<int64_t> settled_; ///< by slot: the least length to roll back to
  std::unique_ptr<OpenRowLog> log_; ///< made by the first reversible step
  std::vector<std::unique_ptr<DeviceMemory>> memory_;
  std::byte *arena_ = nullptr;
  std::vector<std::byte *> addresses_;
  std::vector<std::unique_ptr<LaunchSequence>> sequences_;
  Launcher launcher_;
  std::optional<ProfileBy> profile_by_;
  std::map<int, LaunchProfile> profile_;
  std::map<int, int64_t> runs_;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_SESSION_H
