//===- Panels.cpp - Row-major matrices to panels --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Panels.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dsv4run::pack {
namespace {

template <typename T>
using Vector __attribute__((vector_size(16))) = T;

template <bool High, typename T, size_t... I>
Vector<T> Interleave(Vector<T> a, Vector<T> b, std::index_sequence<I...>) {
  constexpr size_t n = sizeof...(I);
  return __builtin_shufflevector(a, b,
                                 (I / 2 + (I % 2) * n + (High ? n / 2 : 0))...);
}

/// Transposes a square of 16-byte rows: log2(n) rounds in which row i is
/// interleaved with row i + n/2.
template <typename T>
void TransposeSquare(const T *source, size_t stride, T *target,
                     size_t target_stride) {
  constexpr size_t n = 16 / sizeof(T);
  using Lanes = std::make_index_sequence<n>;
  Vector<T> rows[n], next[n];
  for (size_t i = 0; i < n; ++i)
    std::memcpy(&rows[i], source + i * stride, 16);
  for (size_t round = 1; round < n; round *= 2) {
    for (size_t i = 0; i < n / 2; ++i) {
      next[2 * i] = Interleave<false, T>(rows[i], rows[i + n / 2], Lanes());
      next[2 * i + 1] = Interleave<true, T>(rows[i], rows[i + n / 2], Lanes());
    }
    for (size_t i = 0; i < n; ++i)
      rows[i] = next[i];
  }
  for (size_t i = 0; i < n; ++i)
    std::memcpy(target + i * target_stride, &rows[i], 16);
}

template <typename T>
void TransposeScalar(const T *source, size_t row_begin, size_t row_end,
                     size_t column_begin, size_t columns, size_t width,
                     T *panel) {
  for (size_t k = column_begin; k < columns; ++k)
    for (size_t r = row_begin; r < row_end; ++r)
      std::memcpy(panel + k * width + r, source + r * columns + k, sizeof(T));
}

template <typename T>
void WritePanelOf(const T *source, size_t rows, size_t columns, size_t width,
                  T *panel) {
  constexpr size_t n = 16 / sizeof(T);
  if (rows < width)
    std::memset(panel, 0, columns * width * sizeof(T));
  const size_t square_rows = rows / n * n, square_columns = columns / n * n;
  for (size_t k = 0; k < square_columns; k += n)
    for (size_t r = 0; r < square_rows; r += n)
      TransposeSquare(source + r * columns + k, columns, panel + k * width + r,
                      width);
  TransposeScalar(source, 0, square_rows, square_columns, columns, width,
                  panel);
  TransposeScalar(source, square_rows, rows, 0, columns, width, panel);
}

/// Sixteen rows of fragments of type T. Sixty-four bytes of a row are steps x
/// quarters, and the steps of a quarter are to lie together: a transpose.
template <typename T>
void WriteFragmentRows(const std::byte *source, size_t rows, size_t row_bytes,
                       std::byte *target) {
  constexpr size_t n = 16 / sizeof(T), quarter = 256 / sizeof(T);
  if (rows < 16)
    std::memset(target, 0, 16 * row_bytes);
  for (size_t block = 0; block < row_bytes; block += 64)
    for (size_t r = 0; r < rows; ++r) {
      auto *from = reinterpret_cast<const T *>(source + r * row_bytes + block);
      auto *to = reinterpret_cast<T *>(target + block * 16 + r * 16);
      for (size_t q = 0; q < 4; q += n)
        TransposeSquare(from + q, 4, to + q * quarter, quarter);
    }
}

} // namespace

void WritePanel(const std::byte *source, uint64_t rows, uint64_t columns,
                uint64_t element_bytes, uint64_t width, std::byte *panel) {
  auto write = [&](auto zero) {
    using T = decltype(zero);
    WritePanelOf(reinterpret_cast<const T *>(source), rows, columns, width,
                 reinterpret_cast<T *>(panel));
  };
  switch (element_bytes) {
  case 1:
    return write(uint8_t{0});
  case 2:
    return write(uint16_t{0});
  case 4:
    return write(uint32_t{0});
  default:
    return write(uint64_t{0});
  }
}

void WriteFragments(const std::byte *source, uint64_t rows, uint64_t row_bytes,
                    uint64_t fragment, uint64_t width, std::byte *panel) {
  auto *write =
      fragment == 4 ? WriteFragmentRows<uint32_t> : WriteFragmentRows<uint64_t>;
  uint64_t row = 0;
  for (; row < rows; row += 16)
    write(source + row * row_bytes, std::min<uint64_t>(rows - row, 16),
          row_bytes, panel + row * row_bytes);
  if (row < width)
    std::memset(panel + row * row_bytes, 0, (width - row) * row_bytes);
}

} // namespace dsv4run::pack
