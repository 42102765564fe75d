//===- Engine.cpp - Sequences that grow token by token --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/Engine.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

int64_t CommonPrefix(absl::Span<const int32_t> a, absl::Span<const int32_t> b) {
  return std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()),
                       b.begin())
             .first -
         a.begin();
}

/// The smallest number above `at` among those that end a step of a prompt.
int64_t NextStop(int64_t at, std::initializer_list<int64_t> stops) {
  int64_t next = INT64_MAX;
  for (int64_t stop : stops)
    if (stop > at)
      next = std::min(next, stop);
  return next;
}

} // namespace

int64_t Engine::max_drafts() const {
  return drafter_ ? session_.reversible_tokens() - 1 : 0;
}

absl::StatusOr<Sequence> Engine::Open() {
  Sequence sequence;
  DSV4RUN_ASSIGN_OR_RETURN(sequence.slot, session_.AcquireSlot());
  if (drafter_)
    DSV4RUN_RETURN_IF_ERROR(drafter_->Reset(sequence.slot, {}, {}));
  return sequence;
}

void Engine::Close(Sequence &sequence) {
  if (sequence.slot >= 0)
    session_.ReleaseSlot(sequence.slot);
  sequence = Sequence();
}

absl::Status Engine::ResetSlot(Sequence &sequence) {
  session_.ReleaseSlot(sequence.slot);
  sequence.ids.clear();
  DSV4RUN_ASSIGN_OR_RETURN(sequence.slot, session_.AcquireSlot());
  return drafter_ ? drafter_->Reset(sequence.slot, {}, {}) : absl::OkStatus();
}

absl::Status Engine::CheckPrompt(absl::Span<const int32_t> prompt) const {
  const int64_t context = session_.pool().geometry().max_context;
  const auto total = static_cast<int64_t>(prompt.size());
  if (total == 0)
    return absl::InvalidArgumentError("the prompt has no tokens");
  if (total > context)
    return absl::OutOfRangeError(absl::StrCat(
        "the prompt has ", total, " tokens; this bundle's state holds ",
        context, " (--max-context when it was compiled)"));
  const int64_t vocab = session_.model().manifest().model()->vocab();
  for (int64_t i = 0; i < total; ++i)
    if (prompt[i] < 0 || prompt[i] >= vocab)
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " of the prompt has id ", prompt[i],
                       "; the vocabulary has ids 0 to ", vocab - 1));
  return absl::OkStatus();
}

absl::Status Engine::Reuse(Sequence &sequence,
                           absl::Span<const int32_t> prompt) {
  // The last token has to be processed for its logits.
  const auto limit = static_cast<int64_t>(prompt.size()) - 1;
  const auto length = static_cast<int64_t>(sequence.ids.size());
  const bool continues =
      length <= limit && CommonPrefix(sequence.ids, prompt) == length;
  PrefixCache::Match match;
  if (cache_)
    match = cache_->Find(prompt, limit);
  if (continues && match.length <= length)
    return absl::OkStatus();
  if (match.length == 0)
    return ResetSlot(sequence);
  return Restore(sequence, prompt.subspan(0, match.length), match.images,
                 match.carried);
}

absl::Status Engine::Restore(Sequence &sequence, absl::Span<const int32_t> ids,
                             absl::Span<const StateImage *const> images,
                             absl::Span<const std::byte> carried) {
  DSV4RUN_RETURN_IF_ERROR(ResetSlot(sequence));
  DSV4RUN_RETURN_IF_ERROR(RestoreState(session_, sequence.slot, images));
  sequence.ids.assign(ids.begin(), ids.end());
  return drafter_ ? drafter_->Reset(sequence.slot, ids, carried)
                  : absl::OkStatus();
}

absl::StatusOr<RunResult> Engine::Run(absl::Span<const Token> tokens,
                                      absl::Span<const int> wanted,
                                      bool reversible) {
  RunRequest request;
  request.tokens = tokens;
  request.wanted = wanted;
  request.reversible = reversible;
  if (drafter_)
    for (std::string &name : drafter_->step_outputs())
      request.outputs.push_back(std::move(name));
  return session_.Run(request);
}

absl::Status Engine::Observe(const Sequence &sequence, const RunResult &result,
                             int64_t first_row, absl::Span<const int32_t> ids) {
  if (!drafter_)
    return absl::OkStatus();
  std::map<std::string, RowBlock> outputs;
  for (const std::string &name : drafter_->step_outputs())
    outputs[name] = result.outputs.at(name).Rows(
        first_row, static_cast<int64_t>(ids.size()));
  int64_t first = static_cast<int64_t>(sequence.ids.size() - ids.size());
  return drafter_->Observe(sequence.slot, first, ids, outputs);
}

absl::StatusOr<Prefill> Engine::Fill(Sequence &sequence,
                                     absl::Span<const int32_t> prompt,
                                     const PrefillOptions &options) {
  DSV4RUN_RETURN_IF_ERROR(CheckPrompt(prompt));
  DSV4RUN_RETURN_IF_ERROR(Reuse(sequence, prompt));
  DSV4RUN_ASSIGN_OR_RETURN(int64_t largest,
                           session_.model().LargestStep(kStepEntry));
  const auto total = static_cast<int64_t>(prompt.size());
  // Where a page ends, so do all blocks (spec 5.2): the state is smallest.
  const int64_t page = session_.pool().geometry().page;
  const int64_t stride = std::max(page, largest / page * page);
  const int64_t last_page_end = (total - 1) / page * page;

  Prefill result;
  result.reused = static_cast<int64_t>(sequence.ids.size());
  if (options.on_progress)
    options.on_progress(result.reused, total);
  for (int64_t at = result.reused; at < total;) {
    if (options.interrupted && options.interrupted()) {
      result.interrupted = true;
      return result;
    }
    int64_t stop = NextStop(at, {total, at + largest});
    if (cache_)
      stop = NextStop(at, {stop, (at / stride + 1) * stride, last_page_end,
                           options.checkpoint});
    absl::Span<const int32_t> ids = prompt.subspan(at, stop - at);
    std::vector<Token> tokens;
    for (int64_t i = at; i < stop; ++i)
      tokens.push_back({sequence.slot, prompt[i], i});
    const int last = static_cast<int>(ids.size()) - 1;
    DSV4RUN_ASSIGN_OR_RETURN(
        RunResult run,
        Run(tokens,
            stop == total ? absl::MakeSpan(&last, 1) : absl::Span<const int>(),
            /*reversible=*/false));
    sequence.ids.insert(sequence.ids.end(), ids.begin(), ids.end());
    DSV4RUN_RETURN_IF_ERROR(Observe(sequence, run, 0, ids));
    if (stop == total) {
      DSV4RUN_ASSIGN_OR_RETURN(result.logits,
                               run.outputs[std::string(kLogits)].ToFloats());
    } else if (stop % page == 0 || stop == options.checkpoint) {
      DSV4RUN_RETURN_IF_ERROR(Keep(sequence));
    }
    at = stop;
    if (options.on_progress)
      options.on_progress(at, total);
  }
  return result;
}

absl::Status Engine::Propose(absl::Span<StepSequence> sequences,
                             std::vector<std::vector<DraftToken>> &drafts) {
  drafts.assign(sequences.size(), {});
  if (!drafter_)
    return absl::OkStatus();
  const int64_t context = session_.pool().geometry().max_context;
  std::vector<DraftRequest> requests;
  for (const StepSequence &step : sequences) {
    // The step adds the next token and the drafts.
    int64_t room = context - session_.length(step.sequence->slot) - 1;
    requests.push_back({step.sequence->slot, step.next_id,
                        std::min({step.drafts, max_drafts(), room}),
                        step.chooser});
  }
  DSV4RUN_ASSIGN_OR_RETURN(drafts, drafter_->Propose(requests));
  return absl::OkStatus();
}

absl::Status Engine::Accept(StepSequence &step,
                            absl::Span<const DraftToken> drafts,
                            absl::Span<const float> logits) {
  const size_t vocab = logits.size() / (drafts.size() + 1);
  const auto position = static_cast<int64_t>(step.sequence->ids.size()) + 1;
  step.tokens.clear();
  for (size_t row = 0; row <= drafts.size(); ++row) {
    absl::Span<const float> here = logits.subspan(row * vocab, vocab);
    const int64_t at = position + static_cast<int64_t>(row);
    if (row == drafts.size()) {
      DSV4RUN_ASSIGN_OR_RETURN(int32_t token, step.chooser->Choose(here, at));
      step.tokens.push_back(token);
      break;
    }
    DSV4RUN_ASSIGN_OR_RETURN(int32_t token,
                             step.chooser->Verify(here, at, drafts[row]));
    step.tokens.push_back(token);
    if (token != drafts[row].token)
      break;
  }
  step.logits.assign(logits.begin(),
                     logits.begin() + step.tokens.size() * vocab);
  step.drafted = static_cast<int64_t>(drafts.size());
  return absl::OkStatus();
}

absl::Status Engine::Step(absl::Span<StepSequence> sequences) {
  // Not after the step: its last tokens may yet be taken back.
  for (const StepSequence &step : sequences)
    if (step.sequence->ids.size() % session_.pool().geometry().page == 0)
      DSV4RUN_RETURN_IF_ERROR(Keep(*step.sequence));
  std::vector<std::vector<DraftToken>> drafts;
  DSV4RUN_RETURN_IF_ERROR(Propose(sequences, drafts));
  std::vector<Token> tokens;
  std::vector<int> wanted;
  std::vector<int64_t> first_rows;
  bool reversible = false;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const Sequence &sequence = *sequences[i].sequence;
    auto at = static_cast<int64_t>(sequence.ids.size());
    first_rows.push_back(static_cast<int64_t>(tokens.size()));
    tokens.push_back({sequence.slot, sequences[i].next_id, at});
    for (const DraftToken &draft : drafts[i])
      tokens.push_back({sequence.slot, draft.token, ++at});
    reversible |= !drafts[i].empty();
  }
  for (size_t row = 0; row < tokens.size(); ++row)
    wanted.push_back(static_cast<int>(row));
  DSV4RUN_ASSIGN_OR_RETURN(RunResult run, Run(tokens, wanted, reversible));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> logits,
                           run.outputs[std::string(kLogits)].ToFloats());
  const size_t vocab = logits.size() / tokens.size();
  for (size_t i = 0; i < sequences.size(); ++i) {
    StepSequence &step = sequences[i];
    DSV4RUN_RETURN_IF_ERROR(
        Accept(step, drafts[i],
               absl::MakeSpan(logits).subspan(first_rows[i] * vocab,
                                              (drafts[i].size() + 1) * vocab)));
    std::vector<int32_t> processed = {step.next_id};
    processed.insert(processed.end(), step.tokens.begin(),
                     step.tokens.end() - 1);
    std::vector<int32_t> &ids = step.sequence->ids;
    ids.insert(ids.end(), processed.begin(), processed.end());
    if (step.tokens.size() <= drafts[i].size())
      DSV4RUN_RETURN_IF_ERROR(session_.RollBack(
          step.sequence->slot, static_cast<int64_t>(ids.size())));
    DSV4RUN_RETURN_IF_ERROR(
        Observe(*step.sequence, run, first_rows[i], processed));
  }
  return absl::OkStatus();
}

absl::Status Engine::Trim(Sequence &sequence, int64_t length) {
  if (length == static_cast<int64_t>(sequence.ids.size()))
    return absl::OkStatus();
  DSV4RUN_RETURN_IF_ERROR(session_.RollBack(sequence.slot, length));
  sequence.ids.resize(length);
  if (drafter_)
    drafter_->Truncate(sequence.slot, length);
  return absl::OkStatus();
}

absl::Status Engine::Keep(const Sequence &sequence) {
  if (!cache_ || sequence.ids.empty())
    return absl::OkStatus();
  const auto length = static_cast<int64_t>(sequence.ids.size());
  const int64_t begin = cache_->Find(sequence.ids, length).length;
  if (begin == length)
    return absl::OkStatus();
  std::vector<std::byte> carried;
  if (drafter_) {
    DSV4RUN_ASSIGN_OR_RETURN(carried, drafter_->Carry(sequence.slot));
  }
  DSV4RUN_ASSIGN_OR_RETURN(StateImage image,
                           CaptureState(session_, sequence.slot, begin,
                                        /*with_draft=*/drafter_ != nullptr));
  cache_->Insert(sequence.ids, std::move(image), std::move(carried));
  return absl::OkStatus();
}

absl::StatusOr<StateImage> Engine::Capture(const Sequence &sequence,
                                           std::vector<std::byte> *carried) {
  carried->clear();
  if (drafter_) {
    DSV4RUN_ASSIGN_OR_RETURN(*carried, drafter_->Carry(sequence.slot));
  }
  return CaptureState(session_, sequence.slot, 0,
                      /*with_draft=*/drafter_ != nullptr);
}

} // namespace dsv4run
