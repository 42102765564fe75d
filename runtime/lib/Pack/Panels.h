//===- Panels.h - Row-major matrices to panels ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_PACK_PANELS_H
#define DSV4RUN_LIB_PACK_PANELS_H

#include <cstddef>
#include <cstdint>

namespace dsv4run::pack {

/// Writes `rows` rows (at most `width`) of `columns` elements of
/// `element_bytes` (1, 2, 4 or 8) as one panel: element (r, k) goes to index
/// k * width + r. Rows that are missing become zeros.
void WritePanel(const std::byte *source, uint64_t rows, uint64_t columns,
                uint64_t element_bytes, uint64_t width, std::byte *panel);

/// Writes `rows` rows (at most `width`, a multiple of 16) of `row_bytes` bytes
/// (a multiple of 64) as one panel of operands of matrix instructions that take
/// `fragment` bytes (4 or 8) of a row per lane and step. With P for `fragment`,
/// byte 64 b + 4 P s + P q + j of row 16 g + i goes to index
/// 16 row_bytes g + 1024 b + 256 q + 16 i + P s + j. Rows that are missing
/// become zeros.
void WriteFragments(const std::byte *source, uint64_t rows, uint64_t row_bytes,
                    uint64_t fragment, uint64_t width, std::byte *panel);

} // namespace dsv4run::pack

#endif // DSV4RUN_LIB_PACK_PANELS_H
