//===- StagingRing.h - Pinned memory between host and GPU -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_STAGINGRING_H
#define DSV4RUN_LIB_DEVICE_GPU_STAGINGRING_H

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "GpuDriver.h"

namespace dsv4run {

/// Pieces of pinned memory whose copies run while other pieces are filled. All
/// functions may be called from several threads at a time.
class StagingRing {
public:
  struct Piece {
    std::byte *memory = nullptr;
    GpuHandle event = nullptr; ///< recorded behind the last copy
    bool copying = false;
  };

  /// Copies go through `stream`, which must outlive the ring.
  /// RESOURCE_EXHAUSTED says how much pinned memory there isn't.
  static absl::StatusOr<std::unique_ptr<StagingRing>>
  Create(GpuDriver &driver, GpuHandle stream, uint64_t piece_bytes, int pieces);
  ~StagingRing();
  StagingRing(const StagingRing &) = delete;
  StagingRing &operator=(const StagingRing &) = delete;

  /// The piece whose memory starts there.
  Piece *PieceAt(const std::byte *memory) {
    return &pieces_[(memory - memory_) / piece_bytes_];
  }

  /// The piece that has been idle for longest, after its copy has finished.
  /// Blocks while all are acquired.
  absl::StatusOr<Piece *> Acquire();
  /// Starts a copy of the first bytes of an acquired piece and takes it back.
  absl::Status Send(Piece *piece, uint64_t bytes, std::byte *destination);
  /// Takes a piece back that is not to be copied.
  void Release(Piece *piece);
  /// Waits for every copy.
  absl::Status Drain();

private:
  StagingRing(GpuDriver &driver, GpuHandle stream, uint64_t piece_bytes)
      : driver_(driver), stream_(stream), piece_bytes_(piece_bytes) {}

  GpuDriver &driver_;
  GpuHandle stream_;
  const uint64_t piece_bytes_;
  std::byte *memory_ = nullptr;
  std::vector<Piece> pieces_;
  std::mutex mutex_; ///< of idle_, and of the order of copies and records
  std::condition_variable returned_;
  std::deque<Piece *> idle_;
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_STAGINGRING_H
