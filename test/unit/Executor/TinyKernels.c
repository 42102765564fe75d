//===- TinyKernels.c - Host code object of the tiny bundle ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the host ABI that show through their results which tokens, slots,
// positions, pages and rows the executor gave them.

#include <stdint.h>
#include <string.h>

enum {
  kPage = 4,
  kWindow = 5,
  kWindowColumns = 4,
  kEntryColumns = 8,
  kTail = 2
};
enum { kSlots = 4, kOpenWidth = 3, kVocab = 16 };

/// Argument order of tiny_step; the outputs come last.
enum {
  kCounts,
  kIds,
  kSlotsOf,
  kPositions,
  kFirstRows,
  kFirstPositions,
  kOutputRows,
  kWindowPages,
  kEntryPages,
  kCodes,
  kScales,
  kTails,
  kEntryCodes,
  kEntryScales,
  kU,
  kS,
  kArena,
  kLogits,
  kStreams
};

static uint16_t Bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return (uint16_t)(bits >> 16);
}

static float FromBf16(uint16_t code) {
  uint32_t bits = (uint32_t)code << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/// Stores the window key (the position), the open rows, the entry of every
/// block of two positions that ends, and the streams: id + 100 per stream.
void tiny_insert(void *const *b, int64_t first, int64_t last) {
  const int32_t *counts = (const int32_t *)b[kCounts],
                *ids = (const int32_t *)b[kIds],
                *slots = (const int32_t *)b[kSlotsOf];
  const int32_t *positions = (const int32_t *)b[kPositions],
                *pages = (const int32_t *)b[kWindowPages];
  const int32_t *entry_pages = (const int32_t *)b[kEntryPages];
  for (int64_t row = first; row < last; ++row) {
    if (row >= counts[0])
      continue;
    int32_t slot = slots[row], at = positions[row];
    int32_t page = pages[slot * kWindowColumns + at / kPage % kWindowColumns];
    int64_t cell = (int64_t)page * kPage + at % kPage;
    memset((uint8_t *)b[kCodes] + cell * 4, 0x38, 4); // 1.0 in OCP E4M3
    ((uint8_t *)b[kScales])[cell] = (uint8_t)(127 + ids[row] % 4);
    ((uint16_t *)b[kTails])[cell * kTail] = Bf16((float)at);
    ((uint16_t *)b[kTails])[cell * kTail + 1] = Bf16((float)ids[row]);
    // A later token of the step may take the same open row.
    int taken = row + kSlots < counts[0] && slots[row + kSlots] == slot;
    for (int i = 0; i < kOpenWidth && !taken; ++i) {
      int64_t open = ((int64_t)slot * kSlots + at % kSlots) * kOpenWidth + i;
      ((float *)b[kU])[open] = (float)(at + i);
      ((float *)b[kS])[open] = (float)(-at - i);
    }
    if (at % 2 == 1) {
      int32_t entry_page = entry_pages[slot * kEntryColumns + at / kPage];
      int64_t entry = (int64_t)entry_page * (kPage / 2) + at / 2 % (kPage / 2);
      ((uint8_t *)b[kEntryCodes])[entry * 2] = 0x42;     // 1, 2
      ((uint8_t *)b[kEntryCodes])[entry * 2 + 1] = 0x7E; // -4, 6
      ((uint8_t *)b[kEntryScales])[entry] = (uint8_t)(127 + at / 2 % 3);
    }
    ((float *)b[kArena])[row] = (float)ids[row];
    for (int i = 0; i < 2; ++i)
      ((float *)b[kStreams])[row * 2 + i] = (float)(ids[row] + 100 * i);
  }
}

/// Per wanted row: id, sum of the visible window's positions, sum of its ids,
/// first row and position of the sequence in the step.
void tiny_logits(void *const *b, int64_t first, int64_t last) {
  const int32_t *counts = (const int32_t *)b[kCounts],
                *slots = (const int32_t *)b[kSlotsOf];
  const int32_t *positions = (const int32_t *)b[kPositions],
                *pages = (const int32_t *)b[kWindowPages];
  for (int64_t r = first; r < last; ++r) {
    if (r >= counts[1])
      continue;
    int32_t row = ((const int32_t *)b[kOutputRows])[r];
    float *logits = (float *)b[kLogits] + r * kVocab;
    float position_sum = 0, id_sum = 0;
    int32_t begin = positions[row] - kWindow + 1;
    for (int32_t at = begin < 0 ? 0 : begin; at <= positions[row]; ++at) {
      int32_t page =
          pages[slots[row] * kWindowColumns + at / kPage % kWindowColumns];
      const uint16_t *tail = (const uint16_t *)b[kTails] +
                             ((int64_t)page * kPage + at % kPage) * kTail;
      position_sum += FromBf16(tail[0]);
      id_sum += FromBf16(tail[1]);
    }
    memset(logits, 0, kVocab * sizeof(float));
    logits[0] = ((const float *)b[kArena])[row];
    logits[1] = position_sum;
    logits[2] = id_sum;
    logits[3] = (float)((const int32_t *)b[kFirstRows])[row];
    logits[4] = (float)((const int32_t *)b[kFirstPositions])[row];
  }
}

/// counts, next ids, output rows, streams -> logits: 1000 * next id + stream 1.
void tiny_draft(void *const *b, int64_t first, int64_t last) {
  const int32_t *counts = (const int32_t *)b[0];
  for (int64_t r = first; r < last; ++r) {
    if (r >= counts[1])
      continue;
    int32_t row = ((const int32_t *)b[2])[r];
    float *logits = (float *)b[4] + r * kVocab;
    memset(logits, 0, kVocab * sizeof(float));
    logits[0] = 1000.0f * (float)((const int32_t *)b[1])[row] +
                ((const float *)b[3])[row * 2 + 1];
  }
}

/// counts, input, output: twice the input's rows.
void tiny_double(void *const *b, int64_t first, int64_t last) {
  const int32_t *counts = (const int32_t *)b[0];
  for (int64_t row = first; row < last; ++row)
    for (int i = 0; i < 3 && row < counts[0]; ++i)
      ((float *)b[2])[row * 3 + i] = 2 * ((const float *)b[1])[row * 3 + i];
}

/// one i32 per workgroup: how often it ran.
void tiny_count(void *const *b, int64_t first, int64_t last) {
  for (int64_t i = first; i < last; ++i)
    ((int32_t *)b[0])[i] += 1;
}
