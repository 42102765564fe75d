//===- CheckedMath.h - Overflow-safe size arithmetic ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_CHECKEDMATH_H
#define DSV4RUN_SUPPORT_CHECKEDMATH_H

#include <cstdint>
#include <optional>

#include "absl/types/span.h"

namespace dsv4run {

/// a * b, or nothing if it exceeds 64 bits.
inline std::optional<uint64_t> CheckedMultiply(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product))
    return std::nullopt;
  return product;
}

/// a + b, or nothing if it exceeds 64 bits.
inline std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b) {
  uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum))
    return std::nullopt;
  return sum;
}

/// The product of all dimensions (1 for no dimensions), or nothing if it
/// exceeds 64 bits. A zero anywhere makes the product zero, whatever the rest.
inline std::optional<uint64_t> CheckedProduct(absl::Span<const uint64_t> dims) {
  for (uint64_t dim : dims)
    if (dim == 0)
      return 0;
  uint64_t product = 1;
  for (uint64_t dim : dims)
    if (__builtin_mul_overflow(product, dim, &product))
      return std::nullopt;
  return product;
}

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_CHECKEDMATH_H
