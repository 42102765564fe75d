//===- RowBlock.h - Rows of a program's input or output on the host -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_ROWBLOCK_H
#define DSV4RUN_EXECUTOR_ROWBLOCK_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace dsv4run {

/// `rows` rows of `columns` elements; trailing dimensions are flattened.
struct RowBlock {
  std::string element; ///< MLIR name: f32, bf16, i32
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<std::byte> data;

  static RowBlock FromFloats(int64_t rows, int64_t columns,
                             absl::Span<const float> values);
  /// Rounds to nearest even; exact for values that are bf16 already.
  static RowBlock Bf16(int64_t rows, int64_t columns,
                       absl::Span<const float> values);
  static RowBlock Int32(int64_t rows, int64_t columns,
                        absl::Span<const int32_t> values);

  /// A copy of rows [first, first + count).
  RowBlock Rows(int64_t first, int64_t count) const;

  /// 0 for element types other than these three.
  size_t element_bytes() const;
  size_t row_bytes() const { return element_bytes() * columns; }

  /// f32 or bf16, widened.
  absl::StatusOr<std::vector<float>> ToFloats() const;
  /// i32.
  absl::StatusOr<std::vector<int32_t>> ToInts() const;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_ROWBLOCK_H
