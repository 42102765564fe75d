//===- BufferAddress.cpp - Lane addresses behind a descriptor -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BufferAddress.h"

SIMD_BEGIN

/// Swizzling moves dwords, never parts of one.
static constexpr uint64_t kElementBytes = 4;

static uint64_t swizzledOffset(const BufferLanes &lanes, unsigned l,
                               uint64_t inside) {
  uint64_t group = lanes.index[l] / lanes.indexStride,
           member = lanes.index[l] % lanes.indexStride;
  uint64_t element = inside / kElementBytes;
  return (group * lanes.stride + element * kElementBytes) * lanes.indexStride +
         member * kElementBytes + inside % kElementBytes;
}

void BufferLanes::advance(unsigned first) {
  for (unsigned l = 0; l < 64; ++l)
    address[l] += indexStride ? swizzledOffset(*this, l, inside[l] + first) -
                                    swizzledOffset(*this, l, inside[l])
                              : first;
}

/// Adds the records before each lane's own to its offset.
static void addIndices(Wave &w, const Inst &i, BufferLanes &lanes,
                       bool addLane) {
  const uint32_t *row = i.idxen ? w.row(i.src[0]) : nullptr;
  const uint64_t records = w.sgpr[i.src[2] + 2];
  for (unsigned l = 0; l < 64; ++l)
    lanes.index[l] = (row ? row[l] : uint64_t{0}) + (addLane ? l : 0);
  if (lanes.structured)
    for (unsigned l = 0; l < 64; ++l)
      lanes.mask &= ~(uint64_t{lanes.index[l] >= records} << l);
  if (!lanes.indexStride) {
    for (unsigned l = 0; l < 64; ++l)
      lanes.offset[l] += lanes.index[l] * lanes.stride;
    return;
  }
  for (unsigned l = 0; l < 64; ++l) {
    lanes.inside[l] = lanes.offset[l];
    lanes.offset[l] = swizzledOffset(lanes, l, lanes.inside[l]);
  }
}

void bufferAddresses(Wave &w, const Inst &i, BufferLanes &lanes) {
  const uint32_t *d = &w.sgpr[i.src[2]];
  uint64_t base = d[0] | uint64_t{d[1] & 0xffff} << 32;
  lanes.stride = d[1] >> 16 & 0x3fff;
  bool addLane = d[3] >> 23 & 1;
  if (addLane) // The data format's bits extend the stride.
    lanes.stride |= uint64_t{d[3] >> 15 & 15} << 14;
  uint64_t soffset =
      static_cast<uint32_t>(scalarOperand(w, i, i.src[3], Kind::B32));
  uint64_t records = d[2];
  lanes.structured = i.idxen && lanes.stride != 0;
  lanes.indexStride = d[1] >> 31 ? uint64_t{8} << (d[3] >> 21 & 3) : 0;
  lanes.records = records > soffset ? records - soffset : 0;
  lanes.mask = w.exec();
  const uint64_t fixed = static_cast<uint64_t>(i.offset);
  if (i.offen) {
    const uint32_t *row = w.row(i.src[0]) + (i.idxen ? 64 : 0);
    for (unsigned l = 0; l < 64; ++l)
      lanes.offset[l] = fixed + row[l];
  } else {
    std::fill_n(lanes.offset, 64, fixed);
  }
  if (i.idxen || addLane || lanes.indexStride)
    addIndices(w, i, lanes, addLane);
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = base + soffset + lanes.offset[l];
}

uint64_t lanesInRange(const BufferLanes &lanes, unsigned first,
                      unsigned bytes) {
  if (lanes.structured)
    return lanes.mask;
  uint64_t outside = 0, furthest = 0;
  for (unsigned l = 0; l < 64; ++l)
    furthest = std::max(furthest, lanes.offset[l]);
  if (furthest + first + bytes > lanes.records)
    for (unsigned l = 0; l < 64; ++l)
      outside |= uint64_t{lanes.offset[l] + first + bytes > lanes.records} << l;
  return lanes.mask & ~outside;
}

SIMD_END
