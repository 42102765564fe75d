//===- Session.cpp - Sequences and the steps over them --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/Session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

Session::Session(const Model &model)
    : model_(model), pool_(model.pool_geometry()),
      slot_in_use_(model.pool_geometry().max_batch, false),
      settled_(model.pool_geometry().max_batch, 0) {}

absl::StatusOr<std::unique_ptr<Session>> Session::Create(const Model &model) {
  auto session = std::unique_ptr<Session>(new Session(model));
  DSV4RUN_RETURN_IF_ERROR(session->AllocateBuffers());
  DSV4RUN_RETURN_IF_ERROR(session->PrepareLaunches());
  return session;
}

absl::Status Session::AllocateBuffers() {
  const schema::Manifest &manifest = model_.manifest();
  // Programs run one after the other and keep nothing in the arena.
  uint64_t arena_bytes = 0;
  for (const schema::Program *program : *manifest.programs())
    arena_bytes = std::max(arena_bytes, program->arena_bytes());

  // Everything at once: one arena on devices where that pays.
  const std::vector<uint64_t> bytes =
      BufferBytes(manifest, model_.pool_geometry());
  std::vector<Device::AllocationRequest> requests = {
      {std::max<uint64_t>(arena_bytes, 1), "arena"}};
  for (uint32_t i = 0; i < bytes.size(); ++i) {
    const schema::Buffer &buffer = *manifest.buffers()->Get(i);
    if (buffer.space() != schema::Space::Arena &&
        buffer.space() != schema::Space::Weights)
      requests.push_back(
          {std::max<uint64_t>(bytes[i], 1), buffer.name()->str()});
  }
  DSV4RUN_ASSIGN_OR_RETURN(memory_, model_.device().AllocateTogether(requests));
  arena_ = memory_.front()->address();
  size_t next = 1;
  for (const schema::Buffer *buffer : *manifest.buffers()) {
    switch (buffer->space()) {
    case schema::Space::Arena:
      addresses_.push_back(arena_ + buffer->offset());
      break;
    case schema::Space::Weights:
      addresses_.push_back(model_.weights().address() + buffer->offset());
      break;
    default:
      addresses_.push_back(memory_[next++]->address());
    }
  }
  return absl::OkStatus();
}

absl::Status Session::PrepareLaunches() {
  const auto &kernels = *model_.manifest().kernels();
  for (const Model::Program &program : model_.programs()) {
    std::vector<DeviceLaunch> launches;
    for (size_t i = 0; i < program.kernels.size(); ++i) {
      DeviceLaunch launch;
      launch.kernel = program.handles[i];
      const schema::Kernel &kernel = *kernels.Get(program.kernels[i]);
      launch.workgroups = kernel.workgroups();
      launch.threads = kernel.threads();
      const schema::Launch &source = *program.program->launches()->Get(i);
      for (uint32_t buffer : *source.buffers())
        launch.buffers.push_back(
            {addresses_[buffer],
             model_.manifest().buffers()->Get(buffer)->name()->str()});
      if (source.label())
        launch.label = source.label()->str();
      launches.push_back(std::move(launch));
    }
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<LaunchSequence> sequence,
                             model_.device().Prepare(std::move(launches)));
    sequences_.push_back(std::move(sequence));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Session::AcquireSlot() {
  for (size_t slot = 0; slot < slot_in_use_.size(); ++slot)
    if (!slot_in_use_[slot]) {
      slot_in_use_[slot] = true;
      return static_cast<int>(slot);
    }
  return absl::ResourceExhaustedError(absl::StrCat(
      "all ", slot_in_use_.size(),
      " slots of the state hold sequences (--max-batch when the bundle was "
      "compiled)"));
}

void Session::ReleaseSlot(int slot) {
  pool_.Release(slot);
  slot_in_use_[slot] = false;
  settled_[slot] = 0;
  if (log_)
    log_->Forget(slot);
}

absl::Status Session::Place(int slot, int64_t length) {
  DSV4RUN_RETURN_IF_ERROR(pool_.Place(slot, length));
  settled_[slot] = length;
  return absl::OkStatus();
}

absl::Status Session::Extend(int slot, int64_t tokens) {
  return pool_.Extend(slot, tokens);
}

absl::Status Session::RollBack(int slot, int64_t length) {
  if (length < settled_[slot])
    return absl::FailedPreconditionError(
        absl::StrCat("slot ", slot, " cannot be rolled back to ", length,
                     " positions; what the first ", settled_[slot],
                     " of them overwrote has not been kept"));
  DSV4RUN_RETURN_IF_ERROR(pool_.Truncate(slot, length));
  return log_ ? log_->Restore(slot, length) : absl::OkStatus();
}

absl::Status Session::BeginReversible(const std::map<int, int64_t> &added) {
  if (!log_) {
    DSV4RUN_ASSIGN_OR_RETURN(log_, OpenRowLog::Create(model_, addresses_));
  }
  for (auto [slot, count] : added) {
    int64_t first = length(slot);
    DSV4RUN_RETURN_IF_ERROR(pool_.Extend(slot, count));
    DSV4RUN_RETURN_IF_ERROR(log_->Save(slot, first, count));
    settled_[slot] = first;
  }
  return absl::OkStatus();
}

absl::Status Session::CheckTokens(const RunRequest &request) const {
  int64_t vocab = model_.manifest().model()->vocab();
  std::map<int, int64_t> first, count;
  for (size_t i = 0; i < request.tokens.size(); ++i) {
    const Token &token = request.tokens[i];
    if (token.id < 0 || token.id >= vocab)
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " has id ", token.id,
                       "; the vocabulary has ids 0 to ", vocab - 1));
    bool drafts = request.draft || request.entry == kDraftEntry;
    if (drafts && (token.next_id < 0 || token.next_id >= vocab))
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " has next id ", token.next_id,
                       "; the draft block needs one from 0 to ", vocab - 1));
    if (token.slot < 0 || token.slot >= static_cast<int>(slot_in_use_.size()) ||
        !slot_in_use_[token.slot])
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " belongs to slot ", token.slot,
                       ", which holds no sequence"));
    first.try_emplace(token.slot, token.position);
    ++count[token.slot];
  }
  std::vector<int> slots;
  std::vector<int64_t> counts;
  for (auto [slot, position] : first) {
    slots.push_back(slot);
    counts.push_back(count[slot]);
    if (request.advance && position != length(slot))
      return absl::InvalidArgumentError(absl::StrCat(
          "the tokens of slot ", slot, " start at position ", position,
          "; the sequence goes on at position ", length(slot)));
    if (!request.advance &&
        (position < 0 || position + count[slot] > length(slot)))
      return absl::InvalidArgumentError(
          absl::StrCat("slot ", slot, " has no positions ", position, " to ",
                       position + count[slot] - 1, "; it has ", length(slot)));
  }
  if (!request.advance)
    return absl::OkStatus();
  for (size_t i = 0; i < slots.size() && request.reversible; ++i) {
    int64_t most =
        std::min(reversible_tokens(), pool_.StepLimit(length(slots[i])));
    if (counts[i] > most)
      return absl::InvalidArgumentError(absl::StrCat(
          "a reversible step takes at most ", most,
          " tokens of a sequence, found ", counts[i], " of slot ", slots[i]));
  }
  return pool_.CheckRoom(slots, counts);
}

absl::Status Session::CheckInputs(const RunRequest &request) const {
  int64_t tokens = request.tokens.size();
  for (const auto &[name, rows] : request.inputs)
    if (rows.rows != tokens || rows.data.size() != rows.row_bytes() * tokens)
      return absl::InvalidArgumentError(absl::StrCat(
          "input \"", name, "\" has ", rows.rows, " rows of ", rows.columns,
          " in ", rows.data.size(), " bytes; expected a row for each of ",
          tokens, " tokens"));
  return absl::OkStatus();
}

absl::StatusOr<RunResult> Session::Run(const RunRequest &request) {
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           model_.Entry(request.entry));
  DSV4RUN_RETURN_IF_ERROR(CheckTokens(request));
  DSV4RUN_RETURN_IF_ERROR(CheckInputs(request));
  std::vector<ProgramSize> sizes;
  for (int program : programs)
    sizes.push_back(model_.programs()[program].size());
  DSV4RUN_ASSIGN_OR_RETURN(
      std::vector<StepChunk> chunks,
      PlanStep(request.tokens, request.wanted, sizes,
               [&](int64_t first) { return pool_.StepLimit(first); }));

  const bool reversible = request.advance && request.reversible;
  if (reversible) {
    std::map<int, int64_t> added;
    for (const Token &token : request.tokens)
      ++added[token.slot];
    DSV4RUN_RETURN_IF_ERROR(BeginReversible(added));
  }
  RunResult result;
  for (const StepChunk &chunk : chunks) {
    if (request.advance && !reversible) {
      std::map<int, int64_t> added;
      for (int token : chunk.tokens)
        ++added[request.tokens[token].slot];
      for (auto [slot, count] : added) {
        DSV4RUN_RETURN_IF_ERROR(pool_.Extend(slot, count));
        settled_[slot] = length(slot);
      }
    }
    int program = programs[chunk.program];
    DSV4RUN_RETURN_IF_ERROR(RunChunk(request, chunk, program, result));
    if (request.draft)
      DSV4RUN_RETURN_IF_ERROR(RunDraft(request, chunk, program, result));
  }
  return result;
}

} // namespace dsv4run
