//===- StateImage.cpp - A sequence's state as bytes -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/StateImage.h"

#include "absl/cleanup/cleanup.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Executor/CacheAccess.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

bool HoldsEntries(const schema::State &state) {
  return state.kind() == schema::CacheKind::Entries ||
         state.kind() == schema::CacheKind::Index;
}

/// Rows that an image of positions [begin, length) has of a state.
std::pair<int64_t, int64_t> ImageRows(const CacheAccess &access,
                                      const schema::State &state, int index,
                                      int64_t begin, int64_t length,
                                      bool with_draft) {
  if (!with_draft && absl::StartsWith(state.name()->str(), "mtp."))
    return {0, 0};
  auto [first, end] = access.LiveRowsAt(index, length);
  if (HoldsEntries(state))
    first = begin / state.ratio();
  return {first, end};
}

/// Calls `copy` with the address and size of every piece of consecutive rows of
/// one of a state's buffers, in the order of the rows.
absl::Status ForEachPiece(
    const Session &session, int index, int slot,
    std::pair<int64_t, int64_t> rows, int part,
    absl::FunctionRef<absl::Status(std::byte *address, int64_t bytes)> copy) {
  CacheAccess access(session);
  const schema::State &state = *session.model().manifest().states()->Get(index);
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int64_t> row_bytes,
                           access.RowBytes(index));
  std::byte *base = session.address(state.buffers()->Get(part));
  for (int64_t row = rows.first; row < rows.second;) {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t place, access.RowInPool(index, slot, row));
    int64_t count = 1;
    for (; row + count < rows.second; ++count) {
      DSV4RUN_ASSIGN_OR_RETURN(int64_t next,
                               access.RowInPool(index, slot, row + count));
      if (next != place + count)
        break;
    }
    DSV4RUN_RETURN_IF_ERROR(
        copy(base + place * row_bytes[part], count * row_bytes[part]));
    row += count;
  }
  return absl::OkStatus();
}

enum class Which { kAll, kEntries };

/// Calls `copy` with every piece of every buffer of an image, whose rows are
/// those of the slot's sequence.
absl::Status
ForEachBuffer(const Session &session, int slot, int64_t begin, int64_t length,
              bool with_draft, Which which,
              absl::FunctionRef<absl::Status(int buffer, uint64_t offset,
                                             std::byte *address, int64_t bytes)>
                  copy) {
  CacheAccess access(session);
  const auto &states = *session.model().manifest().states();
  int buffer = 0;
  for (int index = 0; index < static_cast<int>(states.size()); ++index) {
    const schema::State &state = *states.Get(index);
    const int parts = static_cast<int>(state.buffers()->size());
    if (which == Which::kEntries && !HoldsEntries(state)) {
      buffer += parts;
      continue;
    }
    std::pair<int64_t, int64_t> rows =
        ImageRows(access, state, index, begin, length, with_draft);
    for (int part = 0; part < parts; ++part, ++buffer) {
      uint64_t offset = 0;
      DSV4RUN_RETURN_IF_ERROR(ForEachPiece(
          session, index, slot, rows, part,
          [&](std::byte *address, int64_t bytes) -> absl::Status {
            DSV4RUN_RETURN_IF_ERROR(copy(buffer, offset, address, bytes));
            offset += bytes;
            return absl::OkStatus();
          }));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSizes(const Session &session, const StateImage &image) {
  DSV4RUN_ASSIGN_OR_RETURN(
      std::vector<uint64_t> sizes,
      StateImageSizes(session, image.begin, image.length, image.with_draft));
  bool fits = sizes.size() == image.rows.size();
  for (size_t i = 0; fits && i < sizes.size(); ++i)
    fits = sizes[i] == image.rows[i].size();
  if (fits)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the state of positions ", image.begin, " to ", image.length,
                   " does not have the sizes that this bundle's states have"));
}

} // namespace

uint64_t StateImage::bytes() const {
  uint64_t sum = 0;
  for (const std::vector<std::byte> &buffer : rows)
    sum += buffer.size();
  return sum;
}

absl::StatusOr<std::vector<uint64_t>> StateImageSizes(const Session &session,
                                                      int64_t begin,
                                                      int64_t length,
                                                      bool with_draft) {
  CacheAccess access(session);
  const auto &states = *session.model().manifest().states();
  std::vector<uint64_t> sizes;
  for (int index = 0; index < static_cast<int>(states.size()); ++index) {
    auto [first, end] =
        ImageRows(access, *states.Get(index), index, begin, length, with_draft);
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<int64_t> row_bytes,
                             access.RowBytes(index));
    for (int64_t bytes : row_bytes)
      sizes.push_back((end - first) * bytes);
  }
  return sizes;
}

absl::StatusOr<StateImage> CaptureState(const Session &session, int slot,
                                        int64_t begin, bool with_draft) {
  StateImage image;
  image.begin = begin;
  image.length = session.length(slot);
  image.with_draft = with_draft;
  if (begin < 0 || begin > image.length || image.length < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("no state to capture from position ", begin, " of slot ",
                     slot, ", which has ", image.length, " positions"));
  DSV4RUN_ASSIGN_OR_RETURN(
      std::vector<uint64_t> sizes,
      StateImageSizes(session, begin, image.length, with_draft));
  for (uint64_t size : sizes)
    image.rows.emplace_back(size);
  DSV4RUN_RETURN_IF_ERROR(ForEachBuffer(
      session, slot, begin, image.length, with_draft, Which::kAll,
      [&](int buffer, uint64_t offset, std::byte *address, int64_t bytes) {
        return session.model().device().CopyOut(
            absl::MakeSpan(image.rows[buffer].data() + offset, bytes), address);
      }));
  return image;
}

absl::Status RestoreState(Session &session, int slot,
                          absl::Span<const StateImage *const> images) {
  int64_t length = 0;
  for (const StateImage *image : images) {
    if (image->begin != length || image->length < length)
      return absl::InvalidArgumentError(
          absl::StrCat("the state of positions ", image->begin, " to ",
                       image->length, " does not continue that of ", length));
    DSV4RUN_RETURN_IF_ERROR(CheckSizes(session, *image));
    length = image->length;
  }
  DSV4RUN_RETURN_IF_ERROR(session.Place(slot, length));
  for (const StateImage *image : images)
    DSV4RUN_RETURN_IF_ERROR(ForEachBuffer(
        session, slot, image->begin, image->length, image->with_draft,
        image == images.back() ? Which::kAll : Which::kEntries,
        [&](int buffer, uint64_t offset, std::byte *address, int64_t bytes) {
          return session.model().device().CopyIn(
              address,
              absl::MakeConstSpan(image->rows[buffer].data() + offset, bytes));
        }));
  return absl::OkStatus();
}

std::string DescribeStateLayout(const Model &model) {
  const schema::Manifest &manifest = model.manifest();
  std::string text = absl::StrCat("window ", manifest.pool()->window(), "\n");
  for (const schema::State *state : *manifest.states()) {
    absl::StrAppend(&text, state->name()->str(), " ",
                    schema::EnumNameCacheKind(state->kind()), " ratio ",
                    state->ratio(), " width ", state->width(), " tail ",
                    state->tail(), " block ", state->block(), " slots ",
                    state->slots());
    for (uint32_t index : *state->buffers()) {
      const schema::Buffer &buffer = *manifest.buffers()->Get(index);
      absl::StrAppend(&text, " ", buffer.element()->str());
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

} // namespace dsv4run
