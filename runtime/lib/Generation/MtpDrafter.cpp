//===- MtpDrafter.cpp - Drafts of the checkpoint's MTP block --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/MtpDrafter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Tokens that may wait for their successor: more are run at once.
constexpr size_t kMaxPending = 16;

} // namespace

Drafter::~Drafter() = default;

MtpDrafter::MtpDrafter(Session &session)
    : session_(session), pending_(session.pool().geometry().max_batch) {}

absl::StatusOr<std::unique_ptr<MtpDrafter>>
MtpDrafter::Create(Session &session) {
  const Model &model = session.model();
  if (!model.HasEntry(kDraftEntry))
    return absl::FailedPreconditionError(
        absl::StrCat(model.bundle().path(),
                     ": no draft program; the model has no MTP block "
                     "(num_nextn_predict_layers of its config.json)"));
  auto drafter = std::unique_ptr<MtpDrafter>(new MtpDrafter(session));
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           model.Entry(kDraftEntry));
  DSV4RUN_ASSIGN_OR_RETURN(uint32_t input,
                           model.FindInput(programs.front(), kStreams));
  RowBlock row;
  row.element = model.manifest().buffers()->Get(input)->element()->str();
  row.columns = int64_t{model.manifest().model()->streams()} *
                model.manifest().model()->hidden();
  drafter->element_ = row.element;
  drafter->columns_ = row.columns;
  drafter->row_bytes_ = row.row_bytes();
  return drafter;
}

std::vector<std::string> MtpDrafter::step_outputs() const {
  return {std::string(kStreams)};
}

absl::Status
MtpDrafter::Observe(int slot, int64_t first, absl::Span<const int32_t> ids,
                    const std::map<std::string, RowBlock> &outputs) {
  auto it = outputs.find(std::string(kStreams));
  if (it == outputs.end() ||
      it->second.rows != static_cast<int64_t>(ids.size()))
    return absl::InternalError("the draft block lacks streams of its tokens");
  const RowBlock &streams = it->second;
  Pending &pending = pending_[slot];
  if (pending.ids.empty())
    pending.first = first;
  pending.ids.insert(pending.ids.end(), ids.begin(), ids.end());
  pending.rows.insert(pending.rows.end(), streams.data.begin(),
                      streams.data.end());
  return pending.ids.size() > kMaxPending ? RunPending(slot) : absl::OkStatus();
}

void MtpDrafter::Truncate(int slot, int64_t length) {
  Pending &pending = pending_[slot];
  auto kept = static_cast<size_t>(std::max<int64_t>(0, length - pending.first));
  if (kept >= pending.ids.size())
    return;
  pending.rows.resize(pending.rows.size() / pending.ids.size() * kept);
  pending.ids.resize(kept);
}

absl::StatusOr<RunResult> MtpDrafter::Run(absl::Span<const Token> tokens,
                                          std::vector<std::byte> rows,
                                          absl::Span<const int> wanted) {
  RunRequest request;
  request.entry = std::string(kDraftEntry);
  request.tokens = tokens;
  request.wanted = wanted;
  request.advance = false;
  RowBlock block;
  block.element = element_;
  block.rows = static_cast<int64_t>(tokens.size());
  block.columns = columns_;
  block.data = std::move(rows);
  request.inputs.emplace(std::string(kStreams), std::move(block));
  if (wanted.empty())
    request.outputs.clear();
  else
    request.outputs.push_back(std::string(kStreams));
  return session_.Run(request);
}

absl::Status MtpDrafter::RunPending(int slot) {
  Pending &pending = pending_[slot];
  if (pending.ids.size() < 2)
    return absl::OkStatus();
  const size_t count = pending.ids.size() - 1;
  std::vector<Token> tokens;
  for (size_t i = 0; i < count; ++i)
    tokens.push_back({slot, pending.ids[i],
                      pending.first + static_cast<int64_t>(i),
                      pending.ids[i + 1]});
  const size_t split = pending.rows.size() / pending.ids.size() * count;
  std::vector<std::byte> last(pending.rows.begin() + split, pending.rows.end());
  pending.rows.resize(split);
  DSV4RUN_RETURN_IF_ERROR(
      Run(tokens, std::move(pending.rows), /*wanted=*/{}).status());
  pending.rows = std::move(last);
  pending.ids = {pending.ids.back()};
  pending.first += static_cast<int64_t>(count);
  return absl::OkStatus();
}

absl::Status MtpDrafter::TakeDrafts(const RunResult &result,
                                    absl::Span<const int> tokens,
                                    absl::Span<Work *const> work) {
  const RowBlock &streams = result.outputs.at(std::string(kStreams));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> logits,
                           result.outputs.at(std::string(kLogits)).ToFloats());
  const size_t vocab = logits.size() / work.size();
  for (size_t i = 0; i < work.size(); ++i) {
    Work &one = *work[i];
    // Drafts follow next_id, which is at position `length`.
    int64_t position = one.length + 1 + static_cast<int64_t>(one.drafts.size());
    DSV4RUN_ASSIGN_OR_RETURN(
        DraftToken draft,
        one.request->chooser->Draft(
            absl::MakeSpan(logits).subspan(i * vocab, vocab), position));
    one.drafts.push_back(std::move(draft));
    auto row = streams.data.begin() + tokens[i] * streams.row_bytes();
    one.row.assign(row, row + streams.row_bytes());
  }
  return absl::OkStatus();
}

absl::Status MtpDrafter::Chain(absl::Span<Work> work) {
  for (int64_t made = 1;; ++made) {
    std::vector<Work *> going;
    std::vector<Token> tokens;
    std::vector<std::byte> rows;
    std::vector<int> wanted;
    for (Work &one : work) {
      if (one.request->count <= made)
        continue;
      int32_t id =
          made == 1 ? one.request->next_id : one.drafts[made - 2].token;
      wanted.push_back(static_cast<int>(tokens.size()));
      tokens.push_back({one.request->slot, id, one.length + made - 1,
                        one.drafts.back().token});
      rows.insert(rows.end(), one.row.begin(), one.row.end());
      going.push_back(&one);
    }
    if (going.empty())
      return absl::OkStatus();
    DSV4RUN_ASSIGN_OR_RETURN(RunResult result,
                             Run(tokens, std::move(rows), wanted));
    DSV4RUN_RETURN_IF_ERROR(TakeDrafts(result, wanted, going));
  }
}

absl::StatusOr<std::vector<std::vector<DraftToken>>>
MtpDrafter::Propose(absl::Span<const DraftRequest> requests) {
  std::vector<std::vector<DraftToken>> drafts(requests.size());
  std::vector<Work> work;
  std::vector<Token> tokens;
  std::vector<std::byte> rows;
  std::vector<int> wanted;
  for (size_t i = 0; i < requests.size(); ++i) {
    const DraftRequest &request = requests[i];
    Pending &pending = pending_[request.slot];
    // Without the streams of the last token, wait for the next step.
    if (request.count < 1 || pending.ids.empty())
      continue;
    const size_t count = pending.ids.size();
    for (size_t k = 0; k < count; ++k)
      tokens.push_back({request.slot, pending.ids[k],
                        pending.first + static_cast<int64_t>(k),
                        k + 1 < count ? pending.ids[k + 1] : request.next_id});
    rows.insert(rows.end(), pending.rows.begin(), pending.rows.end());
    pending = Pending();
    wanted.push_back(static_cast<int>(tokens.size()) - 1);
    work.push_back({&request, i, session_.length(request.slot), {}, {}});
  }
  if (work.empty())
    return drafts;
  std::vector<Work *> all;
  for (Work &one : work)
    all.push_back(&one);
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result,
                           Run(tokens, std::move(rows), wanted));
  DSV4RUN_RETURN_IF_ERROR(TakeDrafts(result, wanted, all));

  // Further drafts run ahead of the model, at positions that it will fill.
  absl::Status status;
  for (const Work &one : work)
    if (status.ok() && one.request->count > 1)
      status = session_.Extend(one.request->slot, one.request->count - 1);
  if (status.ok())
    status = Chain(absl::MakeSpan(work));
  for (const Work &one : work)
    status.Update(session_.RollBack(one.request->slot, one.length));
  DSV4RUN_RETURN_IF_ERROR(status);
  for (Work &one : work)
    drafts[one.index] = std::move(one.drafts);
  return drafts;
}

absl::StatusOr<std::vector<std::byte>> MtpDrafter::Carry(int slot) {
  DSV4RUN_RETURN_IF_ERROR(RunPending(slot));
  return pending_[slot].rows;
}

absl::Status MtpDrafter::Reset(int slot, absl::Span<const int32_t> ids,
                               absl::Span<const std::byte> carried) {
  Pending &pending = pending_[slot];
  pending = Pending();
  if (carried.empty())
    return absl::OkStatus();
  if (carried.size() != row_bytes_ || ids.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        "the streams of the last of ", ids.size(), " tokens have ",
        carried.size(), " bytes; the draft block reads ", row_bytes_));
  pending.first = static_cast<int64_t>(ids.size()) - 1;
  pending.ids = {ids.back()};
  pending.rows.assign(carried.begin(), carried.end());
  return absl::OkStatus();
}

} // namespace dsv4run
