//===- DType.h - Element types of safetensors files -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_DTYPE_H
#define DSV4RUN_CHECKPOINT_DTYPE_H

#include <cstddef>
#include <optional>
#include <ostream>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// Byte-sized dtypes of the safetensors format, in the format's own order: by
/// rising element size. Writers sort tensors by falling dtype, so that every
/// tensor is aligned to its element size. FP4 experts are stored as kI8, two
/// codes a byte (spec section 2.3).
enum class DType {
  kBool,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kF64,
  kI64,
  kU64,
};

/// Bytes of one element.
size_t SizeOf(DType dtype);

/// The format's spelling, for example "F8_E4M3".
absl::string_view NameOf(DType dtype);

/// The inverse of NameOf.
std::optional<DType> DTypeFromName(absl::string_view name);

inline std::ostream &operator<<(std::ostream &os, DType dtype) {
  absl::string_view name = NameOf(dtype);
  return os.write(name.data(), name.size());
}

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_DTYPE_H
