//===- WriteCheckpoint.h - Synthetic checkpoints on disk ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SYNTHETIC_WRITECHECKPOINT_H
#define DSV4RUN_SYNTHETIC_WRITECHECKPOINT_H

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run {

struct WriteCheckpointOptions {
  /// Up to this many tensor bytes everything goes into model.safetensors;
  /// above, into one shard for the embedding, each layer, the head and each MTP
  /// block, with an index.
  uint64_t max_single_file_bytes = uint64_t{4} << 30;
  /// Show a progress bar if stderr is a terminal.
  bool progress = true;
};

/// Writes the synthetic checkpoint of a config.json and a copy of that file
/// into a directory, which is created if needed, and returns the number of
/// tensor bytes. `config_text` is the file's contents and `source` its name for
/// messages. Fails with ALREADY_EXISTS before writing anything if one of the
/// files exists. Memory stays within a few MiB per worker.
absl::StatusOr<uint64_t> WriteCheckpoint(absl::string_view config_text,
                                         absl::string_view source,
                                         absl::string_view directory,
                                         ThreadPool &pool,
                                         WriteCheckpointOptions options = {});

} // namespace dsv4run

#endif // DSV4RUN_SYNTHETIC_WRITECHECKPOINT_H
