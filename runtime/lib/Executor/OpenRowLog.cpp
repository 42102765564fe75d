//===- OpenRowLog.cpp - What a reversible step overwrites -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/OpenRowLog.h"

#include <algorithm>

#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

int64_t OpenRowLog::Depth(const Model &model) {
  int64_t depth = INT64_MAX;
  for (const schema::State *state : *model.manifest().states())
    if (state->kind() == schema::CacheKind::OpenRows)
      depth = std::min<int64_t>(depth, state->slots());
  return depth;
}

absl::StatusOr<std::unique_ptr<OpenRowLog>>
OpenRowLog::Create(const Model &model, absl::Span<std::byte *const> addresses) {
  auto log = std::unique_ptr<OpenRowLog>(new OpenRowLog(model, Depth(model)));
  const auto batch = static_cast<int64_t>(log->kept_.size());
  int64_t bytes = 0;
  std::vector<int64_t> offsets;
  for (const schema::State *state : *model.manifest().states()) {
    if (state->kind() != schema::CacheKind::OpenRows)
      continue;
    for (uint32_t buffer : *state->buffers()) {
      Ring ring{addresses[buffer], nullptr, state->slots(),
                int64_t{state->width()} * 4};
      offsets.push_back(bytes);
      bytes += batch * log->depth_ * ring.row_bytes;
      log->rings_.push_back(ring);
    }
  }
  DSV4RUN_ASSIGN_OR_RETURN(
      log->memory_,
      model.device().Allocate(std::max<int64_t>(bytes, 1), "open rows"));
  for (size_t i = 0; i < log->rings_.size(); ++i)
    log->rings_[i].kept = log->memory_->address() + offsets[i];
  return log;
}

absl::Status OpenRowLog::Copy(int slot, Range positions, bool restore) {
  for (const Ring &ring : rings_) {
    // Runs of positions that wrap around neither in the ring nor in the log.
    for (int64_t at = positions.first, next; at < positions.end; at = next) {
      next = std::min({positions.end, (at / ring.slots + 1) * ring.slots,
                       (at / depth_ + 1) * depth_});
      std::byte *row =
          ring.rows + (slot * ring.slots + at % ring.slots) * ring.row_bytes;
      std::byte *kept =
          ring.kept + (slot * depth_ + at % depth_) * ring.row_bytes;
      DSV4RUN_RETURN_IF_ERROR(device_.CopyWithin(restore ? row : kept,
                                                 restore ? kept : row,
                                                 (next - at) * ring.row_bytes));
    }
  }
  return absl::OkStatus();
}

absl::Status OpenRowLog::Save(int slot, int64_t first, int64_t count) {
  Forget(slot);
  DSV4RUN_RETURN_IF_ERROR(Copy(slot, {first, first + count}, false));
  kept_[slot] = {first, first + count};
  return absl::OkStatus();
}

absl::Status OpenRowLog::Restore(int slot, int64_t from) {
  Range &kept = kept_[slot];
  from = std::max(from, kept.first);
  if (from >= kept.end)
    return absl::OkStatus();
  DSV4RUN_RETURN_IF_ERROR(Copy(slot, {from, kept.end}, true));
  kept.end = from;
  return absl::OkStatus();
}

} // namespace dsv4run
