//===- PagedPool.h - Which page holds which position ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pool that all caches share (spec 5.2): every cache has one row set per
// page, so a page number means the same in all of them. Window keys live in
// position-indexed pages, which are recycled once the window has passed them;
// entries stay as long as their sequence.

#ifndef DSV4RUN_EXECUTOR_PAGEDPOOL_H
#define DSV4RUN_EXECUTOR_PAGEDPOOL_H

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace dsv4run {

/// Sizes as in the manifest's Pool table.
struct PoolGeometry {
  int64_t max_batch = 0;
  int64_t max_context = 0;
  int64_t page = 0;   ///< positions per page
  int64_t window = 0; ///< visible rows, the token's own included
  int64_t window_pages = 0;
  int64_t window_pages_per_sequence = 0;
  int64_t entry_pages = 0;
  int64_t entry_pages_per_sequence = 0; ///< 0 if nothing is compressed

  /// Pages that max_context positions touch.
  int64_t ContextPages() const { return (max_context + page - 1) / page; }

  /// Whether at least one token fits into a step at any position.
  absl::Status Check() const;
};

class PagedPool {
public:
  /// `geometry` passes its Check.
  explicit PagedPool(const PoolGeometry &geometry);

  const PoolGeometry &geometry() const { return geometry_; }

  /// Positions that the sequence in `slot` has; 0 for an unused slot.
  int64_t length(int slot) const { return slots_[slot].length; }

  /// How many tokens of one sequence a step from position `first` can take
  /// before two of its window pages would share a column.
  int64_t StepLimit(int64_t first) const;

  /// Whether `tokens` more positions could be added to each listed slot, in
  /// steps of at most StepLimit: context, and pages for the entries.
  absl::Status CheckRoom(absl::Span<const int> slots,
                         absl::Span<const int64_t> tokens) const;

  /// Adds 1 <= tokens <= StepLimit(length) positions: recycles the window pages
  /// that no later query sees, then gives pages to the new positions. Changes
  /// nothing on an error.
  absl::Status Extend(int slot, int64_t tokens);

  /// Gives the slot a sequence of `length` positions at once, with pages for
  /// the rows that a query at `length - 1` sees. For restoring caches.
  absl::Status Place(int slot, int64_t length);

  /// Takes the positions from `length` on back and frees their pages.
  /// FAILED_PRECONDITION if window pages that a query at `length` sees have
  /// been recycled: every length since the start of the last Extend is safe.
  absl::Status Truncate(int slot, int64_t length);

  /// Frees everything that the slot has.
  void Release(int slot);

  /// -1 where there is no page.
  int32_t WindowPage(int slot, int64_t position) const;
  int32_t EntryPage(int slot, int64_t position) const;

  /// [max_batch, pages per sequence], as in StepAbi.h.
  absl::Span<const int32_t> window_table() const { return window_table_; }
  absl::Span<const int32_t> entry_table() const { return entry_table_; }

  int64_t free_window_pages() const { return free_window_.size(); }
  int64_t free_entry_pages() const { return free_entries_.size(); }

private:
  struct Slot {
    int64_t length = 0;
    /// Pages [first_window_page, end_window_page) of the sequence are present.
    int64_t first_window_page = 0, end_window_page = 0;
    int64_t entry_pages = 0;
  };

  int64_t PageOf(int64_t position) const { return position / geometry_.page; }
  int64_t FirstVisible(int64_t position) const;
  int64_t EntryPagesFor(int64_t length) const;
  int32_t &WindowCell(int slot, int64_t page);
  absl::Status CheckContext(int slot, int64_t length) const;
  absl::Status Grow(int slot, int64_t query, int64_t length);
  /// Pages of positions from `length` on, but for window pages that a query of
  /// the last step sees, become free.
  void FreeBehind(int slot, int64_t length);

  PoolGeometry geometry_;
  std::vector<Slot> slots_;
  std::vector<int32_t> free_window_, free_entries_;
  std::vector<int32_t> window_table_, entry_table_;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_PAGEDPOOL_H
