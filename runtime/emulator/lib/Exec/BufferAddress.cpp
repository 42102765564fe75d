//===- BufferAddress.cpp - Lane addresses behind a descriptor -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BufferAddress.h"

namespace dsv4emu {

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

void bufferAddresses(Wave &w, const Inst &i, BufferLanes &lanes) {
  const uint32_t *d = &w.sgpr[i.src[2]];
  uint64_t base = d[0] | uint64_t{d[1] & 0xffff} << 32;
  uint64_t stride = d[1] >> 16 & 0x3fff;
  bool addLane = d[3] >> 23 & 1;
  if (addLane) // The data format's bits extend the stride.
    stride |= uint64_t{d[3] >> 15 & 15} << 14;
  uint64_t soffset =
      static_cast<uint32_t>(scalarOperand(w, i, i.src[3], Kind::B32));
  uint64_t records = d[2];
  lanes.structured = i.idxen && stride != 0;
  lanes.stride = stride;
  lanes.indexStride = d[1] >> 31 ? uint64_t{8} << (d[3] >> 21 & 3) : 0;
  lanes.records = records > soffset ? records - soffset : 0;
  lanes.mask = w.exec();
  const uint32_t *row = i.src[0] >= kVgpr ? w.row(i.src[0]) : nullptr;
  for (unsigned l = 0; l < 64; ++l) {
    uint64_t index = (i.idxen ? row[l] : 0) + (addLane ? l : 0);
    uint64_t inside = static_cast<uint64_t>(i.offset);
    if (i.offen)
      inside += row[(i.idxen ? 64 : 0) + l];
    lanes.index[l] = index;
    lanes.inside[l] = inside;
    lanes.offset[l] = lanes.indexStride ? swizzledOffset(lanes, l, inside)
                                        : inside + index * stride;
    lanes.address[l] = base + soffset + lanes.offset[l];
    if (lanes.structured && index >= records)
      lanes.mask &= ~(uint64_t{1} << l);
  }
}

uint64_t lanesInRange(const BufferLanes &lanes, unsigned first,
                      unsigned bytes) {
  uint64_t mask = lanes.mask;
  if (!lanes.structured)
    for (unsigned l = 0; l < 64; ++l)
      if (!lanes.inRange(l, first, bytes))
        mask &= ~(uint64_t{1} << l);
  return mask;
}

} // namespace dsv4emu
