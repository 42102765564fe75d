//===- RunCase.cpp - Feed a golden case to a model ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/WholeRun.h"

namespace dsv4run {
namespace {

/// Runs some sequences of a case together.
class GroupRun {
public:
  GroupRun(Session &session, const GoldenCase &golden, CaseOutputs &outputs)
      : session_(session), golden_(golden), outputs_(outputs) {}
  ~GroupRun() {
    for (int slot : slots_)
      session_.ReleaseSlot(slot);
  }

  absl::Status Run(int64_t begin, int64_t end, int64_t hidden_rows,
                   int hidden_layers) {
    for (int64_t i = begin; i < end; ++i) {
      DSV4RUN_ASSIGN_OR_RETURN(int slot, session_.AcquireSlot());
      slots_.push_back(slot);
      sequences_.push_back(i);
    }
    // Observed rows cost memory, so the positions before them go first.
    int64_t head = hidden_layers ? golden_.prompt - hidden_rows : 0;
    if (head > 0)
      DSV4RUN_RETURN_IF_ERROR(Step(0, head, /*wanted=*/false, 0));
    DSV4RUN_RETURN_IF_ERROR(
        Step(head, golden_.prompt, /*wanted=*/true, hidden_layers));
    auto length = static_cast<int64_t>(golden_.tokens[begin].size());
    for (int64_t at = golden_.prompt; at < length; ++at)
      DSV4RUN_RETURN_IF_ERROR(Step(at, at + 1, /*wanted=*/true, 0));
    return absl::OkStatus();
  }

private:
  /// What the last layer leaves is an output of every bundle.
  std::string StreamsOf(uint32_t layer) const {
    if (layer + 1 == session_.model().manifest().model()->layers())
      return std::string(kStreams);
    return absl::StrCat("layers.", layer, ".streams");
  }

  int32_t NextId(int64_t sequence, int64_t position) const {
    return position + 1 < golden_.prompt
               ? golden_.tokens[sequence][position + 1]
               : golden_.next_tokens[sequence];
  }

  /// Feeds positions [begin, end) of every sequence.
  absl::Status Step(int64_t begin, int64_t end, bool wanted,
                    int hidden_layers) {
    std::vector<Token> tokens;
    std::vector<int> last;
    for (size_t i = 0; i < slots_.size(); ++i) {
      for (int64_t at = begin; at < end; ++at)
        tokens.push_back({slots_[i], golden_.tokens[sequences_[i]][at], at,
                          NextId(sequences_[i], at)});
      last.push_back(static_cast<int>(tokens.size()) - 1);
    }
    RunRequest request;
    request.tokens = tokens;
    request.outputs = {};
    if (wanted) {
      request.wanted = last;
      request.outputs.emplace_back(kLogits);
    }
    for (int layer = 0; layer < hidden_layers; ++layer)
      request.outputs.push_back(StreamsOf(layer));
    // The draft block sees the prompt only.
    request.draft = !golden_.mtp_logits.empty() && end <= golden_.prompt;
    if (request.draft && end == golden_.prompt)
      request.wanted_drafts = last;
    DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session_.Run(request));

    if (wanted)
      DSV4RUN_RETURN_IF_ERROR(
          StoreLogits(result.outputs[std::string(kLogits)],
                      std::max<int64_t>(0, end - golden_.prompt)));
    if (!request.wanted_drafts.empty()) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> rows,
                               Rows(result.draft_logits));
      for (size_t i = 0; i < slots_.size(); ++i)
        std::copy_n(rows.begin() + i * golden_.vocab, golden_.vocab,
                    outputs_.mtp_logits.begin() +
                        sequences_[i] * golden_.vocab);
    }
    for (int layer = 0; layer < hidden_layers; ++layer) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> rows,
                               result.outputs[StreamsOf(layer)].ToFloats());
      outputs_.hidden.push_back(std::move(rows));
    }
    return absl::OkStatus();
  }

  /// Rows of logits, one per sequence of the group.
  absl::StatusOr<std::vector<float>> Rows(const RowBlock &block) const {
    if (block.columns != golden_.vocab)
      return absl::InvalidArgumentError(absl::StrCat(
          "the bundle's logits have ", block.columns,
          " columns; the golden case ", golden_.name, " has ", golden_.vocab));
    return block.ToFloats();
  }

  absl::Status StoreLogits(const RowBlock &block, int64_t row) {
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> rows, Rows(block));
    for (size_t i = 0; i < slots_.size(); ++i)
      std::copy_n(rows.begin() + i * golden_.vocab, golden_.vocab,
                  outputs_.logits.begin() +
                      (sequences_[i] * golden_.logit_rows + row) *
                          golden_.vocab);
    return absl::OkStatus();
  }

  Session &session_;
  const GoldenCase &golden_;
  CaseOutputs &outputs_;
  std::vector<int> slots_;
  std::vector<int64_t> sequences_;
};

} // namespace

absl::StatusOr<CaseOutputs> RunCase(Session &session, const GoldenCase &golden,
                                    int64_t hidden_rows, int hidden_layers) {
  CaseOutputs outputs;
  outputs.logits.resize(golden.logits.size());
  outputs.mtp_logits.resize(golden.mtp_logits.size());
  int64_t group = session.pool().geometry().max_batch;
  for (int64_t begin = 0; begin < golden.batch(); begin += group)
    DSV4RUN_RETURN_IF_ERROR(GroupRun(session, golden, outputs)
                                .Run(begin,
                                     std::min(begin + group, golden.batch()),
                                     hidden_rows, hidden_layers));
  return outputs;
}

} // namespace dsv4run
