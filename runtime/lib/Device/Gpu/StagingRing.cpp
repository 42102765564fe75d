//===- StagingRing.cpp - Pinned memory between host and GPU ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StagingRing.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<std::unique_ptr<StagingRing>>
StagingRing::Create(GpuDriver &driver, GpuHandle stream, uint64_t piece_bytes,
                    int pieces) {
  std::unique_ptr<StagingRing> ring(
      new StagingRing(driver, stream, piece_bytes));
  DSV4RUN_RETURN_IF_ERROR(driver.MakeCurrent());
  absl::StatusOr<std::byte *> memory =
      driver.AllocatePinned(piece_bytes * pieces);
  if (!memory.ok())
    return absl::Status(memory.status().code(),
                        absl::StrCat("pinned memory for copies, ",
                                     FormatBytes(piece_bytes * pieces), ": ",
                                     memory.status().message()));
  ring->memory_ = *memory;
  ring->pieces_.resize(pieces);
  for (int i = 0; i < pieces; ++i) {
    Piece &piece = ring->pieces_[i];
    piece.memory = ring->memory_ + i * piece_bytes;
    DSV4RUN_ASSIGN_OR_RETURN(piece.event, driver.CreateEvent());
    ring->idle_.push_back(&piece);
  }
  return ring;
}

// What a destructor frees may be lost already; the first error has been
// reported by whoever ran into it.
StagingRing::~StagingRing() {
  driver_.MakeCurrent().IgnoreError();
  Drain().IgnoreError();
  for (Piece &piece : pieces_)
    if (piece.event)
      driver_.DestroyEvent(piece.event).IgnoreError();
  if (memory_)
    driver_.FreePinned(memory_).IgnoreError();
}

absl::StatusOr<StagingRing::Piece *> StagingRing::Acquire() {
  Piece *piece;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty(); });
    piece = idle_.front();
    idle_.pop_front();
  }
  if (!piece->copying)
    return piece;
  absl::Status status = driver_.MakeCurrent();
  if (status.ok())
    status = driver_.SynchronizeEvent(piece->event);
  if (!status.ok()) {
    Release(piece);
    return status;
  }
  piece->copying = false;
  return piece;
}

absl::Status StagingRing::Send(Piece *piece, uint64_t bytes,
                               std::byte *destination) {
  absl::Status status = driver_.MakeCurrent();
  std::lock_guard<std::mutex> lock(mutex_);
  if (status.ok())
    status = driver_.CopyIn(destination, piece->memory, bytes, stream_);
  if (status.ok()) {
    piece->copying = true;
    status = driver_.Record(piece->event, stream_);
  }
  idle_.push_back(piece);
  returned_.notify_one();
  return status;
}

void StagingRing::Release(Piece *piece) {
  std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(piece);
  returned_.notify_one();
}

absl::Status StagingRing::Drain() {
  DSV4RUN_RETURN_IF_ERROR(driver_.MakeCurrent());
  return driver_.Synchronize(stream_);
}

} // namespace dsv4run
