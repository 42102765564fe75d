//===- DsAddress.h - Lane addresses of LDS instructions ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_DSADDRESS_H
#define DSV4EMU_LIB_EXEC_DSADDRESS_H

#include "Atomics.h"
#include "MemoryAccess.h"

SIMD_BEGIN

/// src[0] holds the address; sums wrap at 32 bits.
inline void ldsAddresses(Wave &w, const Inst &i, Lanes &lanes,
                         uint32_t offset) {
  lanes.mask = w.exec();
  const uint32_t *row = w.row(i.src[0]);
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = row[l] + offset;
}

inline uint64_t ldsBase(const Wave &w) {
  return reinterpret_cast<uint64_t>(w.group->lds.data());
}

inline uint8_t *ldsPointer(Wave &w, const Lanes &lanes, unsigned l) {
  return w.group->lds.data() + lanes.address[l];
}

inline uint32_t offset16(const Inst &i) {
  return static_cast<uint32_t>(i.offset) | uint32_t{i.offset1} << 8;
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_DSADDRESS_H
