//===- OpenRowLog.h - What a reversible step overwrites -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Window keys and entries are addressed by position, so that taking tokens back
// needs no copy of them. Open rows lie in short rings: a token overwrites the
// row of a position that an earlier query may still need (spec 5.5).

#ifndef DSV4RUN_EXECUTOR_OPENROWLOG_H
#define DSV4RUN_EXECUTOR_OPENROWLOG_H

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Model.h"

namespace dsv4run {

class OpenRowLog {
public:
  /// Positions of one sequence that the log can hold: the length of the model's
  /// shortest ring of open rows, or INT64_MAX if it has none.
  static int64_t Depth(const Model &model);

  /// `addresses` are those of the manifest's buffers. Allocates a log of
  /// `Depth` rows of every ring and slot on the device.
  static absl::StatusOr<std::unique_ptr<OpenRowLog>>
  Create(const Model &model, absl::Span<std::byte *const> addresses);

  /// Keeps the rows that positions [first, first + count) of a slot will
  /// overwrite, 0 <= count <= Depth, in place of what was kept for it before.
  absl::Status Save(int slot, int64_t first, int64_t count);

  /// Puts the rows back that positions [from, end of the last Save) overwrote,
  /// and forgets them.
  absl::Status Restore(int slot, int64_t from);

  /// Forgets what is kept for a slot.
  void Forget(int slot) { kept_[slot] = {0, 0}; }

private:
  /// One buffer of open rows.
  struct Ring {
    std::byte *rows, *kept;
    int64_t slots, row_bytes;
  };
  struct Range {
    int64_t first = 0, end = 0;
  };

  OpenRowLog(const Model &model, int64_t depth)
      : device_(model.device()), depth_(depth),
        kept_(model.pool_geometry().max_batch) {}
  absl::Status Copy(int slot, Range positions, bool restore);

  Device &device_;
  int64_t depth_;
  std::vector<Ring> rings_;
  std::vector<Range> kept_; ///< by slot
  std::unique_ptr<DeviceMemory> memory_;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_OPENROWLOG_H
