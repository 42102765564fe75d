//===- ReplayKernels.c - Outputs from tables ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels that give out prepared rows by the position of each token, as an
// implementation without error would compute them.

#include <stdint.h>
#include <string.h>

/// Row of the table for a position: the prompt's, then the last decoded one.
static int64_t TableRow(const int32_t *meta, int32_t position) {
  return position < meta[1] ? position : meta[1];
}

/// counts, positions, meta {row bytes, prompt}, table, output
static void Rows(void *const *b, int64_t first, int64_t last) {
  const int32_t *meta = b[2];
  for (int64_t row = first; row < last && row < *(const int32_t *)b[0]; ++row) {
    int64_t from = TableRow(meta, ((const int32_t *)b[1])[row]);
    memcpy((char *)b[4] + row * meta[0], (const char *)b[3] + from * meta[0],
           (size_t)meta[0]);
  }
}

/// counts, positions, slots, pages, meta {ratio, page, columns, code bytes,
/// scale bytes, tail bytes}, tables of codes, scales, tails, and the cache's
static void Keys(void *const *b, int64_t first, int64_t last) {
  const int32_t *meta = b[4];
  for (int64_t row = first; row < last && row < *(const int32_t *)b[0]; ++row) {
    int32_t at = ((const int32_t *)b[1])[row],
            slot = ((const int32_t *)b[2])[row];
    if ((at + 1) % meta[0] != 0)
      continue;
    int32_t page =
        ((const int32_t *)b[3])[slot * meta[2] + at / meta[1] % meta[2]];
    int64_t rows = meta[1] / meta[0], key = at / meta[0];
    int64_t cell = page * rows + key % rows;
    for (int part = 0; part < 3; ++part)
      memcpy((char *)b[8 + part] + cell * meta[3 + part],
             (const char *)b[5 + part] + key * meta[3 + part],
             (size_t)meta[3 + part]);
  }
}

/// A manifest names every kernel once, with its buffers' types: one symbol for
/// each use.
#define KERNEL(number)                                                         \
  void replay_rows_##number(void *const *b, int64_t first, int64_t last) {     \
    Rows(b, first, last);                                                      \
  }                                                                            \
  void replay_keys_##number(void *const *b, int64_t first, int64_t last) {     \
    Keys(b, first, last);                                                      \
  }
KERNEL(0)
KERNEL(1)
KERNEL(2)
KERNEL(3)
KERNEL(4)
KERNEL(5)
KERNEL(6)
KERNEL(7)
KERNEL(8)
KERNEL(9)
KERNEL(10)
KERNEL(11)
