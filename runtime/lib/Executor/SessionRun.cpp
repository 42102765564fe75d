//===- SessionRun.cpp - One run of one program ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Bundle/ElementType.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

absl::Span<const std::byte> BytesOf(absl::Span<const int32_t> values) {
  return {reinterpret_cast<const std::byte *>(values.data()),
          values.size() * sizeof(int32_t)};
}

/// Values of the step's per-token inputs, by row (StepAbi.h).
struct TokenRows {
  std::vector<int32_t> ids, next_ids, slots, positions, first_rows,
      first_positions, last_positions;

  explicit TokenRows(absl::Span<const Token> tokens) {
    for (size_t begin = 0; begin < tokens.size();) {
      size_t end = begin;
      while (end < tokens.size() && tokens[end].slot == tokens[begin].slot)
        ++end;
      for (size_t row = begin; row < end; ++row) {
        ids.push_back(tokens[row].id);
        next_ids.push_back(std::max(0, tokens[row].next_id));
        slots.push_back(tokens[row].slot);
        positions.push_back(static_cast<int32_t>(tokens[row].position));
        first_rows.push_back(static_cast<int32_t>(begin));
        first_positions.push_back(static_cast<int32_t>(tokens[begin].position));
        last_positions.push_back(
            static_cast<int32_t>(tokens[end - 1].position));
      }
      begin = end;
    }
  }
};

/// Where row i of a chunk's logits goes in the result: the place of its token
/// in the request's list of wanted tokens.
std::vector<int> PlacesOf(absl::Span<const int> chunk_tokens,
                          absl::Span<const int> chunk_rows,
                          absl::Span<const int> wanted) {
  std::vector<int> places;
  for (int row : chunk_rows) {
    auto it = std::find(wanted.begin(), wanted.end(), chunk_tokens[row]);
    places.push_back(static_cast<int>(it - wanted.begin()));
  }
  return places;
}

/// Bytes that one row has: of everything behind the leading dimension of the
/// value that the buffer holds ("tensor<?x4x256xbf16>"; the buffer's own shape
/// may have dimensions folded together), or else of the buffer.
uint64_t RowBytes(const schema::Buffer &buffer) {
  uint64_t bits = ElementBits(buffer.element()->str()).value_or(8);
  std::string holds = buffer.holds()->str();
  absl::string_view type = holds;
  // Scores have as many columns as the pool has entries: only the buffer knows.
  if (absl::ConsumePrefix(&type, "tensor<?x") &&
      !absl::StrContains(type, '?')) {
    for (absl::string_view dimension : absl::StrSplit(type, 'x')) {
      uint64_t size;
      if (!absl::SimpleAtoi(dimension, &size))
        break;
      bits *= size;
    }
    return bits / 8;
  }
  for (size_t i = 1; i < buffer.shape()->size(); ++i)
    bits *= buffer.shape()->Get(i);
  return bits / 8;
}

absl::Status CheckCapacity(const schema::Buffer &buffer, uint64_t rows) {
  if (rows * RowBytes(buffer) <= buffer.bytes())
    return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("buffer \"", buffer.name()->str(), "\" has ", buffer.bytes(),
                   " bytes; ", rows, " rows need ", rows * RowBytes(buffer)));
}

} // namespace

absl::Status Session::DiscardStepValues(int program) {
  Device &device = model_.device();
  const Model::Program &resolved = model_.programs()[program];
  auto discard = [&](uint32_t buffer) {
    return device.Discard(addresses_[buffer],
                          model_.manifest().buffers()->Get(buffer)->bytes());
  };
  DSV4RUN_RETURN_IF_ERROR(
      device.Discard(arena_, resolved.program->arena_bytes()));
  for (uint32_t buffer : resolved.input_buffers)
    DSV4RUN_RETURN_IF_ERROR(discard(buffer));
  for (uint32_t buffer : *resolved.program->outputs())
    DSV4RUN_RETURN_IF_ERROR(discard(buffer));
  return absl::OkStatus();
}

absl::Status Session::WriteStepInputs(int program,
                                      absl::Span<const Token> tokens,
                                      absl::Span<const int> output_rows) {
  TokenRows rows(tokens);
  std::vector<int32_t> counts(abi::kCountsSize, 0);
  counts[0] = static_cast<int32_t>(tokens.size());
  counts[1] = static_cast<int32_t>(output_rows.size());
  static const std::vector<int32_t> arrivals(abi::kArrivalsSize, 0);
  const std::pair<absl::string_view, absl::Span<const int32_t>> values[] = {
      {abi::kCounts, counts},
      {abi::kArrivals, arrivals},
      {abi::kIds, rows.ids},
      {abi::kNextIds, rows.next_ids},
      {abi::kSlots, rows.slots},
      {abi::kPositions, rows.positions},
      {abi::kFirstRows, rows.first_rows},
      {abi::kFirstPositions, rows.first_positions},
      {abi::kLastPositions, rows.last_positions},
      {abi::kOutputRows, output_rows},
      {abi::kWindowPages, pool_.window_table()},
      {abi::kEntryPages, pool_.entry_table()},
  };
  for (uint32_t index : model_.programs()[program].input_buffers) {
    const schema::Buffer &buffer = *model_.manifest().buffers()->Get(index);
    absl::string_view name(buffer.name()->c_str(), buffer.name()->size());
    for (const auto &[input, data] : values) {
      if (name != input && !absl::EndsWith(name, absl::StrCat(".", input)))
        continue;
      if (data.size() * sizeof(int32_t) > buffer.bytes())
        return absl::InternalError(absl::StrCat(
            "buffer \"", name, "\" has ", buffer.bytes(), " bytes; a step of ",
            tokens.size(), " tokens writes ", data.size() * sizeof(int32_t)));
      DSV4RUN_RETURN_IF_ERROR(
          model_.device().CopyIn(addresses_[index], BytesOf(data)));
    }
  }
  return absl::OkStatus();
}

absl::Status Session::WriteInput(int program, const std::string &name,
                                 const RowBlock &rows,
                                 absl::Span<const int> tokens) {
  DSV4RUN_ASSIGN_OR_RETURN(uint32_t index, model_.FindInput(program, name));
  const schema::Buffer &buffer = *model_.manifest().buffers()->Get(index);
  uint64_t row_bytes = RowBytes(buffer);
  if (buffer.element()->str() != rows.element || row_bytes != rows.row_bytes())
    return absl::InvalidArgumentError(
        absl::StrCat("input \"", name, "\" has rows of ", row_bytes,
                     " bytes of ", buffer.element()->str(), "; found rows of ",
                     rows.row_bytes(), " bytes of ", rows.element));
  DSV4RUN_RETURN_IF_ERROR(CheckCapacity(buffer, tokens.size()));
  std::vector<std::byte> staged(tokens.size() * row_bytes);
  for (size_t i = 0; i < tokens.size(); ++i)
    std::memcpy(staged.data() + i * row_bytes,
                rows.data.data() + tokens[i] * row_bytes, row_bytes);
  return model_.device().CopyIn(addresses_[index], staged);
}

absl::Status Session::Launch(int program) {
  ++runs_[program];
  if (launcher_)
    return launcher_(program, *sequences_[program]);
  if (!profile_by_)
    return sequences_[program]->Run();
  auto [profile, is_new] = profile_.try_emplace(program);
  if (is_new)
    profile->second = StartProfile(program);
  std::vector<double> seconds(profile->second.ends.size());
  DSV4RUN_RETURN_IF_ERROR(sequences_[program]->RunTimed(
      profile->second.ends, absl::MakeSpan(seconds)));
  profile->second.seconds.push_back(std::move(seconds));
  return absl::OkStatus();
}

LaunchProfile Session::StartProfile(int program) const {
  LaunchProfile profile;
  size_t launches = 0;
  for (const schema::Launch *launch :
       *model_.programs()[program].program->launches()) {
    std::string label = launch->label() ? launch->label()->str() : "";
    if (profile_by_ == ProfileBy::Layer)
      label = label.substr(0, label.find(':'));
    ++launches;
    if (profile_by_ == ProfileBy::Layer && !profile.labels.empty() &&
        profile.labels.back() == label) {
      profile.ends.back() = launches;
      continue;
    }
    profile.labels.push_back(std::move(label));
    profile.ends.push_back(launches);
  }
  return profile;
}

absl::Status Session::ReadOutput(int program, absl::string_view name,
                                 absl::Span<const int> destination_rows,
                                 int64_t destination_size, RowBlock &block) {
  DSV4RUN_ASSIGN_OR_RETURN(uint32_t index, model_.FindOutput(program, name));
  const schema::Buffer &buffer = *model_.manifest().buffers()->Get(index);
  uint64_t row_bytes = RowBytes(buffer);
  DSV4RUN_RETURN_IF_ERROR(CheckCapacity(buffer, destination_rows.size()));
  block.element = buffer.element()->str();
  if (block.element_bytes() == 0)
    return absl::UnimplementedError(
        absl::StrCat("output \"", name, "\" has elements ", block.element,
                     "; the host reads f32, bf16 and i32"));
  block.columns = static_cast<int64_t>(row_bytes / block.element_bytes());
  block.rows = destination_size;
  block.data.resize(block.row_bytes() * destination_size);
  std::vector<std::byte> staged(destination_rows.size() * row_bytes);
  DSV4RUN_RETURN_IF_ERROR(
      model_.device().CopyOut(absl::MakeSpan(staged), addresses_[index]));
  for (size_t i = 0; i < destination_rows.size(); ++i)
    std::memcpy(block.data.data() + destination_rows[i] * row_bytes,
                staged.data() + i * row_bytes, row_bytes);
  return absl::OkStatus();
}

absl::Status Session::RunChunk(const RunRequest &request,
                               const StepChunk &chunk, int program,
                               RunResult &result) {
  std::vector<Token> tokens;
  for (int token : chunk.tokens)
    tokens.push_back(request.tokens[token]);
  DSV4RUN_RETURN_IF_ERROR(DiscardStepValues(program));
  DSV4RUN_RETURN_IF_ERROR(WriteStepInputs(program, tokens, chunk.output_rows));
  for (const auto &[name, rows] : request.inputs)
    DSV4RUN_RETURN_IF_ERROR(WriteInput(program, name, rows, chunk.tokens));
  DSV4RUN_RETURN_IF_ERROR(Launch(program));
  for (const std::string &name : request.outputs) {
    bool logits = name == kLogits;
    std::vector<int> places =
        logits ? PlacesOf(chunk.tokens, chunk.output_rows, request.wanted)
               : chunk.tokens;
    int64_t rows = logits ? request.wanted.size() : request.tokens.size();
    DSV4RUN_RETURN_IF_ERROR(
        ReadOutput(program, name, places, rows, result.outputs[name]));
  }
  return absl::OkStatus();
}

absl::Status Session::RunDraft(const RunRequest &request,
                               const StepChunk &chunk, int step_program,
                               RunResult &result) {
  std::vector<Token> tokens;
  std::vector<int> rows;
  for (size_t i = 0; i < chunk.tokens.size(); ++i) {
    tokens.push_back(request.tokens[chunk.tokens[i]]);
    if (std::find(request.wanted_drafts.begin(), request.wanted_drafts.end(),
                  chunk.tokens[i]) != request.wanted_drafts.end())
      rows.push_back(static_cast<int>(i));
  }
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           model_.Entry(kDraftEntry));
  int program = -1;
  for (int candidate : programs) {
    ProgramSize size = model_.programs()[candidate].size();
    if (program < 0 && size.tokens >= static_cast<int64_t>(tokens.size()) &&
        size.output_rows >= static_cast<int64_t>(rows.size()))
      program = candidate;
  }
  if (program < 0)
    return absl::FailedPreconditionError(
        absl::StrCat("the bundle has no draft program for ", tokens.size(),
                     " tokens and ", rows.size(), " rows of logits"));

  DSV4RUN_ASSIGN_OR_RETURN(uint32_t source,
                           model_.FindOutput(step_program, kStreams));
  DSV4RUN_ASSIGN_OR_RETURN(uint32_t target,
                           model_.FindInput(program, kStreams));
  const schema::Buffer &from = *model_.manifest().buffers()->Get(source);
  const schema::Buffer &to = *model_.manifest().buffers()->Get(target);
  uint64_t from_row = RowBytes(from), to_row = RowBytes(to);
  if (from_row != to_row)
    return absl::InternalError(
        absl::StrCat("the step leaves streams of ", from_row,
                     " bytes per token; the draft block reads ", to_row));
  DSV4RUN_RETURN_IF_ERROR(CheckCapacity(from, tokens.size()));
  DSV4RUN_RETURN_IF_ERROR(CheckCapacity(to, tokens.size()));
  DSV4RUN_RETURN_IF_ERROR(DiscardStepValues(program));
  DSV4RUN_RETURN_IF_ERROR(model_.device().CopyWithin(
      addresses_[target], addresses_[source], from_row * tokens.size()));

  DSV4RUN_RETURN_IF_ERROR(WriteStepInputs(program, tokens, rows));
  DSV4RUN_RETURN_IF_ERROR(Launch(program));
  if (rows.empty())
    return absl::OkStatus();
  return ReadOutput(program, kLogits,
                    PlacesOf(chunk.tokens, rows, request.wanted_drafts),
                    request.wanted_drafts.size(), result.draft_logits);
}

} // namespace dsv4run
