//===- BufferAddress.h - Lane addresses behind a descriptor -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CDNA3 ISA, section 9.1.5. A lane outside the descriptor's num_records loads
// zero and stores nothing; kernels rely on it for tails, so that is not a
// fault. Leaving the allocation inside the descriptor's range is.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_BUFFERADDRESS_H
#define DSV4EMU_LIB_EXEC_BUFFERADDRESS_H

#include "MemoryAccess.h"

SIMD_BEGIN

/// Lanes of one buffer access. A structured buffer (index and stride) counts
/// num_records in records, any other one in bytes behind base and soffset.
struct BufferLanes : Lanes {
  uint64_t offset[64]; ///< Behind base and soffset.
  uint64_t records = 0;
  bool structured = false;
  /// Of swizzled buffers: neighbours in memory are the same dword of records
  /// in groups of `indexStride`.
  uint64_t indexStride = 0, stride = 0;
  uint64_t index[64], inside[64];

  /// Moves every lane on by `first` bytes of its record.
  void advance(unsigned first);
};

/// src[0]: vaddr, src[1]: data, src[2]: first register of the descriptor,
/// src[3]: soffset.
void bufferAddresses(Wave &w, const Inst &i, BufferLanes &lanes);

/// Lanes whose `bytes` bytes from byte `first` on are in the descriptor's
/// range.
uint64_t lanesInRange(const BufferLanes &lanes, unsigned first, unsigned bytes);

/// An access of `bytes` bytes per lane: whole(lanes) with the lanes that are in
/// range and lie together, then, if others do not, dword(lanes, k) for each
/// dword with those of them that are in range there.
template <class Whole, class Dword>
inline __attribute__((always_inline)) void
inParts(BufferLanes &lanes, unsigned bytes, Whole whole, Dword dword) {
  uint64_t all = lanes.mask;
  bool together = lanes.indexStride == 0 || bytes <= 4;
  lanes.mask = together ? lanesInRange(lanes, 0, bytes) : 0;
  if (bytes <= 4 || lanes.mask == all)
    return whole(lanes);
  BufferLanes rest = lanes;
  whole(lanes);
  for (unsigned first = 0; first < bytes; first += 4) {
    BufferLanes part = rest;
    part.mask = all & ~rest.mask;
    part.mask = lanesInRange(part, first, 4);
    part.advance(first);
    dword(part, first / 4);
  }
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_BUFFERADDRESS_H
