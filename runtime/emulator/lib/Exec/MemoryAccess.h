//===- MemoryAccess.h - Lane addresses, checked -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What global, buffer, flat, scratch and LDS instructions share: the checks
// that remove lanes which must not touch memory, and the bookkeeping of wait
// counts. Checks come in two parts. The first asks in bulk whether anything is
// unusual about the 64 lanes; only if so the second looks at each and reports.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_MEMORYACCESS_H
#define DSV4EMU_LIB_EXEC_MEMORYACCESS_H

#include "../Launch.h"
#include "Lanes.h"

namespace dsv4emu {

void issueVm(Wave &w, const Inst &i);
void issueLds(Wave &w, const Inst &i);
void issueFlat(Wave &w, const Inst &i, bool memory, bool lds);
void issueSmem(Wave &w, const Inst &i);

/// Limits, alignment and defined values of an access to scratch, at per-lane
/// offsets; clears the lanes that may not go on.
void validateScratch(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
                     Access access);

/// Reports active lanes whose address is not a multiple of what the access
/// needs.
void reportMisaligned(Wave &w, const Lanes &lanes, unsigned bytes,
                      Access access);

/// Unaligned access mode splits plain accesses; atomics need their size.
constexpr unsigned neededAlignment(unsigned bytes, Access access) {
  return access == Access::Atomic || bytes < 4 ? bytes : 4;
}

} // namespace dsv4emu

SIMD_BEGIN

/// Bounds, lifetime, initialisation, alignment, scope and counters of a global
/// access; clears the lanes that may not go on. Unmapped memory faults the wave
/// even without checks. Bytes is 1, 2, 4, 8, 12 or 16.
template <unsigned Bytes>
void validateGlobal(Wave &w, const Inst &i, Lanes &lanes, Access access);

/// The same for LDS addresses (byte offsets in the workgroup's allocation).
/// `dma` marks direct-to-LDS writes, which complete in vmcnt.
template <unsigned Bytes>
void validateLds(Wave &w, const Inst &i, Lanes &lanes, Access access,
                 bool dma = false);

SIMD_END

/// The sizes that exist.
#define DSV4EMU_ACCESS_SIZES(X) X(1) X(2) X(4) X(8) X(12) X(16)

#endif // DSV4EMU_LIB_EXEC_MEMORYACCESS_H
