//===- PagedPool.cpp - Which page holds which position --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/PagedPool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::Status PoolGeometry::Check() const {
  if (max_batch < 1 || max_context < 1 || page < 1 || window < 1)
    return absl::InvalidArgumentError(absl::StrCat(
        "pool: max_batch ", max_batch, ", max_context ", max_context, ", page ",
        page, " and window ", window, " must be positive"));
  // A window that starts on the last position of a page touches most pages.
  int64_t context_pages = ContextPages();
  int64_t needed = std::min((window - 1 + page - 1) / page + 1, context_pages);
  if (window_pages_per_sequence < needed)
    return absl::InvalidArgumentError(absl::StrCat(
        "pool: a window of ", window, " positions needs ", needed, " pages of ",
        page, " per sequence, found ", window_pages_per_sequence));
  if (entry_pages_per_sequence != 0 && entry_pages_per_sequence < context_pages)
    return absl::InvalidArgumentError(
        absl::StrCat("pool: ", max_context, " positions need ", context_pages,
                     " entry pages of ", page, " per sequence, found ",
                     entry_pages_per_sequence));
  return absl::OkStatus();
}

PagedPool::PagedPool(const PoolGeometry &geometry)
    : geometry_(geometry), slots_(geometry.max_batch),
      window_table_(geometry.max_batch * geometry.window_pages_per_sequence,
                    -1),
      entry_table_(geometry.max_batch * geometry.entry_pages_per_sequence, -1) {
  // Taken from the back, so that low pages are used (and touched) first.
  for (int64_t page = geometry.window_pages; page-- > 0;)
    free_window_.push_back(static_cast<int32_t>(page));
  for (int64_t page = geometry.entry_pages; page-- > 0;)
    free_entries_.push_back(static_cast<int32_t>(page));
}

int64_t PagedPool::FirstVisible(int64_t position) const {
  return std::max<int64_t>(0, position - geometry_.window + 1);
}

int64_t PagedPool::EntryPagesFor(int64_t length) const {
  if (geometry_.entry_pages_per_sequence == 0)
    return 0;
  return (length + geometry_.page - 1) / geometry_.page;
}

int32_t &PagedPool::WindowCell(int slot, int64_t page) {
  int64_t columns = geometry_.window_pages_per_sequence;
  return window_table_[slot * columns + page % columns];
}

int64_t PagedPool::StepLimit(int64_t first) const {
  int64_t pages =
      PageOf(FirstVisible(first)) + geometry_.window_pages_per_sequence;
  return pages * geometry_.page - first;
}

absl::Status PagedPool::CheckContext(int slot, int64_t length) const {
  if (length <= geometry_.max_context)
    return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(
      "the sequence in slot ", slot, " would have ", length,
      " positions; this bundle's state holds ", geometry_.max_context,
      " (--max-context when it was compiled)"));
}

absl::Status PagedPool::CheckRoom(absl::Span<const int> slots,
                                  absl::Span<const int64_t> tokens) const {
  int64_t pages = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    int64_t length = slots_[slots[i]].length + tokens[i];
    DSV4RUN_RETURN_IF_ERROR(CheckContext(slots[i], length));
    pages += EntryPagesFor(length) - slots_[slots[i]].entry_pages;
  }
  if (pages > free_entry_pages())
    return absl::ResourceExhaustedError(
        absl::StrCat("the step needs ", pages, " more entry pages of ",
                     geometry_.page, " positions; ", free_entry_pages(), " of ",
                     geometry_.entry_pages, " are free"));
  return absl::OkStatus();
}

absl::Status PagedPool::Extend(int slot, int64_t tokens) {
  int64_t first = slots_[slot].length;
  if (tokens < 1 || tokens > StepLimit(first))
    return absl::InvalidArgumentError(absl::StrCat(
        "a step from position ", first, " takes 1 to ", StepLimit(first),
        " tokens of a sequence, found ", tokens));
  return Grow(slot, first, first + tokens);
}

absl::Status PagedPool::Place(int slot, int64_t length) {
  if (slots_[slot].length != 0)
    return absl::FailedPreconditionError(
        absl::StrCat("slot ", slot, " already holds a sequence of ",
                     slots_[slot].length, " positions"));
  if (length < 1)
    return absl::InvalidArgumentError("a placed sequence is not empty");
  return Grow(slot, length - 1, length);
}

absl::Status PagedPool::Grow(int slot, int64_t query, int64_t length) {
  DSV4RUN_RETURN_IF_ERROR(CheckContext(slot, length));
  Slot &state = slots_[slot];
  int64_t begin = PageOf(FirstVisible(query)), end = PageOf(length - 1) + 1;
  int64_t kept_end = std::max(begin, state.end_window_page);
  int64_t recycled =
      std::min(begin, state.end_window_page) - state.first_window_page;
  recycled = std::max<int64_t>(0, recycled);
  int64_t needed = end - kept_end, entries = EntryPagesFor(length);
  if (needed > free_window_pages() + recycled)
    return absl::ResourceExhaustedError(
        absl::StrCat("slot ", slot, " needs ", needed, " more window pages; ",
                     free_window_pages() + recycled, " of ",
                     geometry_.window_pages, " are free"));
  if (entries - state.entry_pages > free_entry_pages())
    return absl::ResourceExhaustedError(
        absl::StrCat("slot ", slot, " needs ", entries - state.entry_pages,
                     " more entry pages; ", free_entry_pages(), " of ",
                     geometry_.entry_pages, " are free"));

  for (int64_t i = 0; i < recycled; ++i) {
    int32_t &cell = WindowCell(slot, state.first_window_page + i);
    free_window_.push_back(cell);
    cell = -1;
  }
  for (int64_t page = kept_end; page < end; ++page) {
    WindowCell(slot, page) = free_window_.back();
    free_window_.pop_back();
  }
  for (int64_t page = state.entry_pages; page < entries; ++page) {
    entry_table_[slot * geometry_.entry_pages_per_sequence + page] =
        free_entries_.back();
    free_entries_.pop_back();
  }
  state.first_window_page = begin;
  state.end_window_page = end;
  state.entry_pages = std::max(state.entry_pages, entries);
  state.length = length;
  return absl::OkStatus();
}

absl::Status PagedPool::Truncate(int slot, int64_t length) {
  const Slot &state = slots_[slot];
  if (length < 0 || length > state.length)
    return absl::InvalidArgumentError(
        absl::StrCat("slot ", slot, " cannot be cut to ", length,
                     " positions; its sequence has ", state.length));
  int64_t first = PageOf(FirstVisible(length));
  if (first < state.first_window_page)
    return absl::FailedPreconditionError(absl::StrCat(
        "slot ", slot, " cannot be cut to ", length,
        " positions: window keys "
        "before position ",
        state.first_window_page * geometry_.page, " have been recycled"));
  FreeBehind(slot, length);
  return absl::OkStatus();
}

void PagedPool::Release(int slot) {
  FreeBehind(slot, 0);
  slots_[slot] = Slot();
}

void PagedPool::FreeBehind(int slot, int64_t length) {
  Slot &state = slots_[slot];
  int64_t end = std::max(state.first_window_page,
                         (length + geometry_.page - 1) / geometry_.page);
  for (; state.end_window_page > end; --state.end_window_page) {
    int32_t &cell = WindowCell(slot, state.end_window_page - 1);
    free_window_.push_back(cell);
    cell = -1;
  }
  for (; state.entry_pages > EntryPagesFor(length); --state.entry_pages) {
    int32_t &cell = entry_table_[slot * geometry_.entry_pages_per_sequence +
                                 state.entry_pages - 1];
    free_entries_.push_back(cell);
    cell = -1;
  }
  state.length = length;
}

int32_t PagedPool::WindowPage(int slot, int64_t position) const {
  const Slot &state = slots_[slot];
  int64_t page = PageOf(position),
          columns = geometry_.window_pages_per_sequence;
  if (page < state.first_window_page || page >= state.end_window_page)
    return -1;
  return window_table_[slot * columns + page % columns];
}

int32_t PagedPool::EntryPage(int slot, int64_t position) const {
  int64_t page = PageOf(position);
  if (page < 0 || page >= slots_[slot].entry_pages)
    return -1;
  return entry_table_[slot * geometry_.entry_pages_per_sequence + page];
}

} // namespace dsv4run
