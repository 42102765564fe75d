//===- MtpDrafter.h - Drafts of the checkpoint's MTP block ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_MTPDRAFTER_H
#define DSV4RUN_GENERATION_MTPDRAFTER_H

#include <memory>

#include "dsv4run/Executor/Session.h"
#include "dsv4run/Generation/Drafter.h"

namespace dsv4run {

/// Runs the bundle's draft program (spec 4.13) with the streams X_i that the
/// model left at position i and the token at i + 1: it predicts the token at
/// i + 2. Further drafts run it on its own streams and drafts. Its window keys
/// are filled for every token, so that they depend on the sequence alone.
class MtpDrafter : public Drafter {
public:
  /// The session must outlive the drafter. FAILED_PRECONDITION if the bundle
  /// has no draft program.
  static absl::StatusOr<std::unique_ptr<MtpDrafter>> Create(Session &session);

  std::vector<std::string> step_outputs() const override;
  absl::Status Observe(int slot, int64_t first, absl::Span<const int32_t> ids,
                       const std::map<std::string, RowBlock> &outputs) override;
  void Truncate(int slot, int64_t length) override;
  absl::StatusOr<std::vector<std::vector<DraftToken>>>
  Propose(absl::Span<const DraftRequest> requests) override;
  absl::StatusOr<std::vector<std::byte>> Carry(int slot) override;
  absl::Status Reset(int slot, absl::Span<const int32_t> ids,
                     absl::Span<const std::byte> carried) override;

private:
  /// Tokens of the model whose streams the block has not run on, for want of
  /// the token behind the last one.
  struct Pending {
    int64_t first = 0;
    std::vector<int32_t> ids;
    std::vector<std::byte> rows;
  };
  /// One sequence while drafts are made for it.
  struct Work {
    const DraftRequest *request;
    size_t index;               ///< of the request
    int64_t length;             ///< of the sequence without the drafts
    std::vector<std::byte> row; ///< streams behind the last token
    std::vector<DraftToken> drafts;
  };

  explicit MtpDrafter(Session &session);
  /// Runs the block on all pending tokens but the last.
  absl::Status RunPending(int slot);
  /// One run; `rows` are the streams of the tokens.
  absl::StatusOr<RunResult> Run(absl::Span<const Token> tokens,
                                std::vector<std::byte> rows,
                                absl::Span<const int> wanted);
  /// Draws a draft for each sequence from logits row i, and keeps the streams
  /// of its token `tokens[i]`.
  static absl::Status TakeDrafts(const RunResult &result,
                                 absl::Span<const int> tokens,
                                 absl::Span<Work *const> work);
  /// Drafts beyond the first.
  absl::Status Chain(absl::Span<Work> work);

  Session &session_;
  std::string element_; ///< of the streams
  int64_t columns_ = 0;
  size_t row_bytes_ = 0;
  std::vector<Pending> pending_; ///< by slot
};

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_MTPDRAFTER_H
