//===- Checkpoint.h - Memory-mapped safetensors checkpoints ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_CHECKPOINT_H
#define DSV4RUN_CHECKPOINT_CHECKPOINT_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Support/MappedFile.h"

namespace dsv4run {

/// A published checkpoint (spec section 2.1), mapped but not read: opening
/// costs the headers only. The files must not be truncated while in use.
class Checkpoint : public TensorSource {
public:
  /// `path` is a safetensors file, an index file (*.json), or a directory with
  /// model.safetensors or else model.safetensors.index.json. Every header is
  /// validated; with an index, it and the shards must list exactly the same
  /// tensors, and no two stored names may mean the same canonical name.
  static absl::StatusOr<std::unique_ptr<Checkpoint>>
  Open(absl::string_view path);

  absl::string_view description() const override { return path_; }

  /// The opened file, or the shards in order of their names.
  const std::vector<std::string> &files() const { return files_; }

  /// The string metadata of a single file; empty for shards.
  const std::map<std::string, std::string> &metadata() const {
    return metadata_;
  }

private:
  struct Contents;
  Checkpoint(std::string path, Contents contents);

  static absl::Status AddFile(const std::string &path, Contents &contents);
  static absl::Status AddShards(const std::string &index_path,
                                Contents &contents);

  absl::StatusOr<TensorView> Load(const TensorInfo &tensor) const override;
  absl::Status ReadRange(const TensorInfo &tensor, uint64_t offset,
                         absl::Span<std::byte> destination) const override;

  std::string path_;
  std::vector<std::string> files_;
  std::map<std::string, std::string> metadata_;
  absl::flat_hash_map<std::string, std::shared_ptr<const MappedFile>> mappings_;
};

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_CHECKPOINT_H
