//===- TensorSource.h - Named tensors, wherever they come from ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_TENSORSOURCE_H
#define DSV4RUN_CHECKPOINT_TENSORSOURCE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Checkpoint/DType.h"

namespace dsv4run {

/// What a tensor is, without its contents.
struct TensorInfo {
  std::string name;            ///< canonical, see CanonicalTensorName
  DType dtype = DType::kU8;    ///< stored element type
  std::vector<uint64_t> shape; ///< empty for a scalar; may contain zeros
  uint64_t bytes = 0;          ///< product(shape) * SizeOf(dtype)
  std::string file;            ///< where it is stored; for messages
  uint64_t offset = 0;         ///< of its first byte in `file`

  uint64_t elements() const { return bytes / SizeOf(dtype); }
};

/// A tensor with its contents, row-major and little-endian. `data` has no
/// alignment guarantee (spec section 2.1): read it with memcpy. It stays valid
/// as long as any copy of the view exists, even after the source is gone.
struct TensorView : TensorInfo {
  const std::byte *data = nullptr;
  std::shared_ptr<const void> owner;

  absl::Span<const std::byte> contents() const { return {data, bytes}; }
};

/// A read-only set of tensors. All methods are thread-safe.
class TensorSource {
public:
  virtual ~TensorSource();

  /// Every tensor, sorted by name.
  absl::Span<const TensorInfo> tensors() const { return tensors_; }

  /// Null if there is no such tensor. Any name that CanonicalTensorName maps to
  /// the tensor's own finds it.
  const TensorInfo *FindInfo(absl::string_view name) const;

  /// The whole tensor; NOT_FOUND if there is none of that name.
  absl::StatusOr<TensorView> Find(absl::string_view name) const;

  /// As Find, but also checks dtype and shape.
  absl::StatusOr<TensorView> Find(absl::string_view name, DType dtype,
                                  absl::Span<const uint64_t> shape) const;

  /// Copies bytes [offset, offset + destination.size()) of a tensor that this
  /// source lists, without keeping anything in memory.
  absl::Status Read(const TensorInfo &tensor, uint64_t offset,
                    absl::Span<std::byte> destination) const;

  /// What this source is, for messages: a path or "synthetic weights".
  virtual absl::string_view description() const = 0;

protected:
  /// `tensors` have distinct names; the order does not matter.
  explicit TensorSource(std::vector<TensorInfo> tensors);

  virtual absl::StatusOr<TensorView> Load(const TensorInfo &tensor) const = 0;
  /// The range is inside the tensor.
  virtual absl::Status ReadRange(const TensorInfo &tensor, uint64_t offset,
                                 absl::Span<std::byte> destination) const = 0;

private:
  std::vector<TensorInfo> tensors_;
  absl::flat_hash_map<absl::string_view, size_t> index_by_name_;
};

/// The published spelling of a tensor name: a leading "model." is dropped, and
/// the V3 components self_attn, mlp, weight_scale_inv and
/// e_score_correction_bias become attn, ffn, scale and bias (spec section 2.1).
std::string CanonicalTensorName(absl::string_view name);

/// "[1024, 4096]"
std::string FormatShape(absl::Span<const uint64_t> shape);

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_TENSORSOURCE_H
