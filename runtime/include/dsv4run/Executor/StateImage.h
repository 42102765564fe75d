//===- StateImage.h - A sequence's state as bytes -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows that a step from a boundary on may read (spec 5.2), as they lie in
// the caches: for going back to the boundary in the same or another slot, and
// for keeping a sequence beyond the session. Bytes are copied, not numbers:
// they mean the same only to a bundle with the same layout of states.

#ifndef DSV4RUN_EXECUTOR_STATEIMAGE_H
#define DSV4RUN_EXECUTOR_STATEIMAGE_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/Session.h"

namespace dsv4run {

struct StateImage {
  /// The entries are those of blocks that end in positions [begin, length);
  /// the images before this one have the others.
  int64_t begin = 0;
  int64_t length = 0;
  /// Whether rows of draft blocks are included.
  bool with_draft = false;
  /// For each state of the manifest and each of its buffers, the rows in order.
  std::vector<std::vector<std::byte>> rows;

  uint64_t bytes() const;
};

/// Copies the state of a sequence, 0 <= begin <= length(slot), 1 <= length.
absl::StatusOr<StateImage> CaptureState(const Session &session, int slot,
                                        int64_t begin, bool with_draft);

/// Makes the empty sequence in `slot` the one whose state the images are: each
/// begins where the one before it ends, the first at 0. INVALID_ARGUMENT if
/// their sizes are not those that the model's states have.
absl::Status RestoreState(Session &session, int slot,
                          absl::Span<const StateImage *const> images);

/// Bytes that each buffer of an image has, in the order of StateImage::rows.
absl::StatusOr<std::vector<uint64_t>> StateImageSizes(const Session &session,
                                                      int64_t begin,
                                                      int64_t length,
                                                      bool with_draft);

/// Everything about the bundle that decides what the bytes of an image mean:
/// states with their kinds, sizes and types. Equal for interchangeable bundles.
std::string DescribeStateLayout(const Model &model);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_STATEIMAGE_H
