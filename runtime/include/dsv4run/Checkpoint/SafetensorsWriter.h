//===- SafetensorsWriter.h - Streaming safetensors output -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_SAFETENSORSWRITER_H
#define DSV4RUN_CHECKPOINT_SAFETENSORSWRITER_H

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Checkpoint/DType.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Support/AtomicFile.h"

namespace dsv4run {

/// A tensor to be written.
struct TensorSpec {
  std::string name;
  DType dtype = DType::kU8;
  std::vector<uint64_t> shape;
};

/// Writes one safetensors file without ever holding more than the caller's
/// piece of a tensor: the header first, then pieces in any order. The layout is
/// the reference writer's: falling dtype, then name as text, with the header
/// padded by spaces to a multiple of 8 bytes. The file appears under its name
/// only when Finish succeeds.
class SafetensorsWriter {
public:
  /// Fails on duplicate or reserved names, sizes beyond 64 bits, and on what
  /// AtomicFile::Create fails on.
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>>
  Create(absl::string_view path, std::vector<TensorSpec> tensors,
         const std::map<std::string, std::string> &metadata,
         AtomicFile::Existing existing);

  /// Every tensor in file order, with its offset in the file.
  absl::Span<const TensorInfo> tensors() const { return tensors_; }

  /// Writes a whole tensor.
  absl::Status Write(absl::string_view name, absl::Span<const std::byte> bytes);

  /// Writes bytes [offset, offset + bytes.size()) of tensors()[index].
  /// Thread-safe for disjoint ranges.
  absl::Status WriteRange(size_t index, uint64_t offset,
                          absl::Span<const std::byte> bytes);

  /// Publishes the file; fails if a tensor has got fewer or more bytes than it
  /// has.
  absl::Status Finish();

private:
  SafetensorsWriter(AtomicFile file, std::vector<TensorInfo> tensors);

  AtomicFile file_;
  std::vector<TensorInfo> tensors_;
  absl::flat_hash_map<absl::string_view, size_t> index_by_name_;
  std::vector<std::atomic<uint64_t>> written_;
};

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_SAFETENSORSWRITER_H
