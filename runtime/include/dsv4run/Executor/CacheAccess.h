//===- CacheAccess.h - Read, write and compare the state ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of a sequence as numbers (spec 5.2), whatever dialect its codes are
// in: for verification, for checking that splits and dialects agree bit for
// bit, and for restoring caches.

#ifndef DSV4RUN_EXECUTOR_CACHEACCESS_H
#define DSV4RUN_EXECUTOR_CACHEACCESS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/CacheFormat.h"
#include "dsv4run/Executor/Session.h"

namespace dsv4run {

/// Rows [begin, end) of one state value of a sequence.
struct StateRows {
  std::string name;
  int64_t begin = 0;
  int64_t columns = 0;
  std::vector<float> values; ///< row-major, (end - begin) x columns

  int64_t rows() const { return columns ? values.size() / columns : 0; }
};

class CacheAccess {
public:
  explicit CacheAccess(const Session &session) : session_(session) {}

  /// Index of a state value in the manifest, by name; NOT_FOUND lists them.
  absl::StatusOr<int> Find(absl::string_view name) const;
  /// The state value of a kind that belongs to a layer ("layers.3", "mtp.0"),
  /// or nothing.
  std::optional<int> FindOfLayer(absl::string_view layer,
                                 schema::CacheKind kind) const;

  /// The rows that a sequence's next step may read (spec 5.2): window rows by
  /// position, entries by block, open rows by position.
  std::pair<int64_t, int64_t> LiveRows(int state, int slot) const {
    return LiveRowsAt(state, session_.length(slot));
  }
  /// The same for a sequence of `length` positions.
  std::pair<int64_t, int64_t> LiveRowsAt(int state, int64_t length) const;

  /// Index of a sequence's row among all rows of the state's buffers.
  /// OUT_OF_RANGE if no page holds the row.
  absl::StatusOr<int64_t> RowInPool(int state, int slot, int64_t row) const;
  /// Bytes of a row in each of the state's buffers.
  absl::StatusOr<std::vector<int64_t>> RowBytes(int state) const;

  /// Row `row` of a cache: `width` channels dequantised, then `tail` channels.
  /// Open rows: u, then s. OUT_OF_RANGE if no page holds the row.
  absl::StatusOr<std::vector<float>> ReadRow(int state, int slot,
                                             int64_t row) const;
  /// The inverse, for caches: quantises by the official rule and rounds the
  /// tail to bf16, both exact for values that came from such a row.
  absl::Status WriteRow(int state, int slot, int64_t row,
                        absl::Span<const float> values);

  /// All live rows of a sequence.
  absl::StatusOr<std::vector<StateRows>> Snapshot(int slot) const;

private:
  const schema::State &state(int index) const {
    return *session_.model().manifest().states()->Get(index);
  }
  const Session &session_;
};

/// The first number that differs, for people; empty if the snapshots agree bit
/// for bit as numbers (0 and -0 are one number).
std::string CompareSnapshots(absl::Span<const StateRows> a,
                             absl::Span<const StateRows> b);

/// A hash of names, row ranges and numbers, equal for equal snapshots.
uint64_t DigestSnapshot(absl::Span<const StateRows> snapshot);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_CACHEACCESS_H
