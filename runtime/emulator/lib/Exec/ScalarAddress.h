//===- ScalarAddress.h - Addresses of scalar memory accesses ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_SCALARADDRESS_H
#define DSV4EMU_LIB_EXEC_SCALARADDRESS_H

#include "MemoryAccess.h"

SIMD_BEGIN

/// CDNA3 ISA, section 8.1.1.
struct ScalarAddress {
  uint64_t address = 0;          ///< A multiple of 4.
  uint64_t offset = 0;           ///< Behind the base.
  uint64_t limit = ~uint64_t{0}; ///< Bytes behind the base that exist.
  bool inRange(uint64_t first, uint64_t bytes) const {
    return limit == ~uint64_t{0} || offset + first + bytes <= limit;
  }
};

/// src[0]: first register of the base, src[1]: scalar offset or kLiteral for
/// none. A buffer form takes a descriptor and its range. Reports a misaligned
/// address, whose low bits hardware ignores.
ScalarAddress scalarAddress(Wave &w, const Inst &i, bool buffer);

SIMD_END

#endif // DSV4EMU_LIB_EXEC_SCALARADDRESS_H
