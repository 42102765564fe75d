//===- PackWeights.h - From a checkpoint to the weights of a bundle -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_PACK_PACKWEIGHTS_H
#define DSV4RUN_PACK_PACKWEIGHTS_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Checkpoint/TensorSource.h"

namespace dsv4run {

/// Compares name, dtype and shape of every tensor of every pack program with
/// the source, reading no contents. INVALID_ARGUMENT lists the first 20
/// problems and counts the rest.
absl::Status CheckHeaders(const schema::Manifest &manifest,
                          const TensorSource &source);

struct PackOptions {
  int threads = 0; ///< 0: one per hardware thread
  /// Called with bytes written so far and in all, one call at a time, from any
  /// of the threads.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

/// Where packed bytes go, in pieces of which each is written once, as a whole.
/// The functions may be called from several threads at a time, each of which
/// holds one piece at a time.
class PackTarget {
public:
  virtual ~PackTarget();
  /// Called once, before all others, with the size of the largest piece and the
  /// number of threads.
  virtual absl::Status Begin(uint64_t largest_piece, size_t threads) = 0;
  /// Memory for bytes [offset, offset + bytes) of the weights.
  virtual absl::StatusOr<std::byte *> Acquire(uint64_t offset,
                                              uint64_t bytes) = 0;
  /// Takes the piece back: filled if `complete`, else to be forgotten.
  virtual absl::Status Release(std::byte *piece, uint64_t offset,
                               uint64_t bytes, bool complete) = 0;
};

/// Runs the pack programs of a validated manifest (see PackShape.h for the
/// layouts and #fp8.layout for the order of bytes). `weights` is at least
/// manifest.weights_bytes() long; bytes between buffers are left alone. Headers
/// are checked before anything is read. Returns the facts of each pack.
///
/// INVALID_ARGUMENT, naming tensor, row, column and byte, for codes and scales
/// that spec section 3.2 rules out: a NaN code (0x7F, 0xFF), a scale of 255,
/// one of 254 where codes are recast, an id outside [0, limit).
absl::StatusOr<std::vector<PackFacts>>
PackWeights(const schema::Manifest &manifest, const TensorSource &source,
            absl::Span<std::byte> weights, const PackOptions &options = {});

/// The same into pieces of a target, whose errors it returns too.
absl::StatusOr<std::vector<PackFacts>>
PackInto(const schema::Manifest &manifest, const TensorSource &source,
         PackTarget &target, const PackOptions &options = {});

} // namespace dsv4run

#endif // DSV4RUN_PACK_PACKWEIGHTS_H
