//===- TypedCopy.h - Tensors as vectors of numbers ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_TYPEDCOPY_H
#define DSV4RUN_CHECKPOINT_TYPEDCOPY_H

#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Checkpoint/TensorSource.h"

namespace dsv4run {

/// The elements as fp32, exactly. F32, BF16, F16, F8_E4M3, F8_E5M2 and F8_E8M0
/// only: the others may not fit.
absl::StatusOr<std::vector<float>> ToFloats(const TensorView &tensor);

/// The elements of any integer tensor; U64 values beyond int64 are an error.
absl::StatusOr<std::vector<int64_t>> ToInt64s(const TensorView &tensor);

/// As ToInt64s, for values that fit 32 bits; others are an error.
absl::StatusOr<std::vector<int32_t>> ToInt32s(const TensorView &tensor);

/// The packed FP4 codes of an I8 tensor as fp32, low nibble first (spec section
/// 2.3): twice as many elements as the tensor has bytes.
absl::StatusOr<std::vector<float>> Fp4ToFloats(const TensorView &tensor);

/// Element `index` read without alignment; T must have the stored size.
template <typename T>
T LoadElement(const TensorView &tensor, uint64_t index) {
  T value;
  std::memcpy(&value, tensor.data + index * sizeof(T), sizeof(T));
  return value;
}

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_TYPEDCOPY_H
