//===- Panels.h - Row-major matrices to K-major panels --------------------===//
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

} // namespace dsv4run::pack

#endif // DSV4RUN_LIB_PACK_PANELS_H
