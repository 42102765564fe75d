//===- OpByOp.h - Layers and ops alone, from golden inputs ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What runs are judged by when a whole run is too chaotic to point at an error.
// A golden case has, per layer L of its S prompt positions and of its last
// decoded position,
//
//   <case>.hidden.<L>                     streams after the layer (prompt)
//   <case>.prefill.layers.<L>.<operand>   operands of the prompt's step
//   <case>.decode.layers.<L>.<operand>    operands of the last step
//
// with operands attn.in, attn.out, attn.core.{q,kv,idx,o}, attn.indexer.out,
// ffn.in, ffn.out, ffn.gate.{weights,indices}. The bundle is compiled with
// --observe: it has the programs layers.L and layers.L.{attn,core,ffn}.

#ifndef DSV4RUN_VERIFY_OPBYOP_H
#define DSV4RUN_VERIFY_OPBYOP_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Synthetic/ModelConfig.h"
#include "dsv4run/Verify/Compare.h"
#include "dsv4run/Verify/Golden.h"
#include "dsv4run/Verify/Report.h"

namespace dsv4run {

/// Shares of rows that must have cosine >= 0.9999.
inline constexpr double kLockStepShare = 0.97;
inline constexpr double kOpRowShare = 0.98;
/// Rows must also have the golden's length, which the cosine does not see: a
/// scale applied twice is the commonest FP8 error.
inline constexpr double kLengthTolerance = 0.02;
/// Share of q and kv elements that must be bit-equal.
inline constexpr double kBitEqualShare = 0.99;
/// Share of rows that may hold a near tie.
inline constexpr double kNearTieShare = 0.05;
/// Routing weights come out of fp32 arithmetic on equal inputs.
inline constexpr double kGateTolerance = 1e-3;

/// Adds the figures that compare rows of `ours` with `golden`: cosine and
/// length, and with `bits` also the share of equal elements. Rows with
/// keep[row] == false are left out; an empty `keep` keeps all.
void JudgeRows(const std::string &name, absl::Span<const float> ours,
               absl::Span<const float> golden, int64_t columns, double share,
               bool bits, const std::vector<bool> &keep, VerifyReport &report);

/// Selections of a step against the golden's, counted.
struct SelectionTally {
  int64_t rows = 0, near_ties = 0, wrong = 0;
  /// Rows whose selections are the same set.
  std::vector<bool> same;

  /// Adds a row; `score(candidate)` as in CompareSelections.
  template <typename Score>
  void Add(absl::Span<const int32_t> ours, absl::Span<const int32_t> golden,
           Score score);
  void Judge(const std::string &name, VerifyReport &report) const;
};

/// Router of one layer, in fp64 from the checkpoint's weights (spec 4.9): the
/// scores by which experts are selected, so that near ties can be told from
/// errors.
class RouterScores {
public:
  static absl::StatusOr<RouterScores> Load(const TensorSource &weights,
                                           int layer, int64_t hidden);
  /// sqrt(softplus(W x)) + bias, one per expert.
  std::vector<float> Scores(absl::Span<const float> x) const;

private:
  int64_t hidden_ = 0;
  std::vector<float> weight_, bias_;
};

/// Runs everything for one case of the golden file.
class OpByOpVerifier {
public:
  /// `weights` is the checkpoint that the model was loaded from.
  static absl::StatusOr<OpByOpVerifier> Create(Session &session,
                                               const TensorSource &weights,
                                               const Golden &golden,
                                               absl::string_view case_name);

  int layers() const { return static_cast<int>(config_.num_hidden_layers); }
  /// Adds the figures of one layer.
  absl::Status VerifyLayer(int layer, VerifyReport &report);

private:
  OpByOpVerifier(Session &session, const TensorSource &weights,
                 const Golden &golden)
      : session_(session), weights_(weights), golden_(golden) {}

  absl::Status LockStep(int layer, VerifyReport &report);
  absl::Status PrefillAttention(int layer, VerifyReport &report);
  absl::Status DecodeCore(int layer, VerifyReport &report);
  absl::Status Ffn(int layer, bool decode, VerifyReport &report);

  absl::StatusOr<RowBlock> LayerInput(int layer) const;
  absl::StatusOr<GoldenTensor> Operand(bool decode, int layer,
                                       absl::string_view what) const;
  std::string OperandName(bool decode, int layer, absl::string_view what) const;
  std::vector<Token> Tokens(int slot, int64_t begin, int64_t end) const;
  absl::Status JudgeKeys(int layer, int slot,
                         const std::vector<float> &window_rows,
                         VerifyReport &report);
  absl::Status RestoreKeys(int layer, int slot, VerifyReport &report);

  Session &session_;
  const TensorSource &weights_;
  const Golden &golden_;
  ModelConfig config_;
  GoldenCase case_;
};

template <typename Score>
void SelectionTally::Add(absl::Span<const int32_t> ours,
                         absl::Span<const int32_t> golden, Score score) {
  SelectionMatch match = CompareSelections(ours, golden, score);
  ++rows;
  near_ties += match == SelectionMatch::kNearTie;
  wrong += match == SelectionMatch::kWrong;
  same.push_back(match == SelectionMatch::kSame);
}

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_OPBYOP_H
