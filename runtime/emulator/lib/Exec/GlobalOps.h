//===- GlobalOps.h - Loads, stores and atomics of global memory -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What flat and buffer instructions do once the addresses of their lanes are
// known, and the rows that their tables share.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_GLOBALOPS_H
#define DSV4EMU_LIB_EXEC_GLOBALOPS_H

#include "Atomics.h"
#include "MemoryAccess.h"

SIMD_BEGIN

template <unsigned Bytes, Extend E>
inline void loadGlobal(Wave &w, const Inst &i, Lanes &lanes, uint16_t dst) {
  validateGlobal<Bytes>(w, i, lanes, Access::Load);
  loadLanes<Bytes, E>(w, dst, lanes, 0);
}

template <unsigned Bytes, bool High>
inline void storeGlobal(Wave &w, const Inst &i, Lanes &lanes, uint16_t src) {
  validateGlobal<Bytes>(w, i, lanes, Access::Store);
  storeLanes<Bytes, High>(w, src, lanes, 0);
}

template <class A>
inline void atomicGlobal(Wave &w, const Inst &i, Lanes &lanes) {
  validateGlobal<sizeof(typename A::type)>(w, i, lanes, Access::Atomic);
  atomicLanes<A>(w, i.src[1], lanes.mask, i.sc0, i.dst, false, [&](unsigned l) {
    return reinterpret_cast<uint8_t *>(lanes.address[l]);
  });
}

/// Lane l's value, loaded from its host address, goes to LDS at M0 + offset +
/// 4 * l; the offset counts on both sides. `zeroed` are lanes that write zero
/// if they load nothing.
template <unsigned Bytes, Extend E>
inline void loadToLds(Wave &w, const Inst &i, const Lanes &lanes,
                      uint64_t zeroed) {
  Lanes lds;
  lds.mask = lanes.mask | zeroed;
  uint32_t base = (w.sgpr[kM0] & 0xffff) + static_cast<uint32_t>(i.offset);
  for (unsigned l = 0; l < 64; ++l)
    lds.address[l] = base + 4 * l;
  issueVm(w, i);
  validateLds<4>(w, i, lds, Access::Store, true);
  uint8_t *host = w.group->lds.data();
  if (E == Extend::Words && lanes.contiguous && lds.contiguous) {
    std::memcpy(host + lds.address[0],
                reinterpret_cast<const void *>(lanes.address[0]), 256);
    return;
  }
  forLanes(lds.mask, [&](unsigned l) {
    uint32_t v = 0;
    if (lanes.mask >> l & 1)
      v = extendValue(reinterpret_cast<const uint8_t *>(lanes.address[l]),
                      Bytes, E);
    std::memcpy(host + lds.address[l], &v, 4);
  });
}

SIMD_END

// clang-format off
/// Suffix, bytes, how they become a register, destination.
#define DSV4EMU_LOAD_TABLE(LOAD)                                               \
  LOAD("ubyte", 1, Zero, Kind::B32)                                            \
  LOAD("sbyte", 1, Sign, Kind::B32)                                            \
  LOAD("ushort", 2, Zero, Kind::B32)                                           \
  LOAD("sshort", 2, Sign, Kind::B32)                                           \
  LOAD("dword", 4, Words, Kind::B32)                                           \
  LOAD("dwordx2", 8, Words, Kind::B64)                                         \
  LOAD("dwordx3", 12, Words, Kind::V3)                                         \
  LOAD("dwordx4", 16, Words, Kind::V4)                                         \
  LOAD("ubyte_d16", 1, Low16, Kind::B32)                                       \
  LOAD("ubyte_d16_hi", 1, High16, Kind::B32)                                   \
  LOAD("sbyte_d16", 1, Low16Sign, Kind::B32)                                   \
  LOAD("sbyte_d16_hi", 1, High16Sign, Kind::B32)                               \
  LOAD("short_d16", 2, Low16, Kind::B32)                                       \
  LOAD("short_d16_hi", 2, High16, Kind::B32)
/// Suffix, bytes, whether the upper half is stored, data.
#define DSV4EMU_STORE_TABLE(STORE)                                             \
  STORE("byte", 1, false, Kind::B32)                                           \
  STORE("byte_d16_hi", 1, true, Kind::B32)                                     \
  STORE("short", 2, false, Kind::B32)                                          \
  STORE("short_d16_hi", 2, true, Kind::B32)                                    \
  STORE("dword", 4, false, Kind::B32)                                          \
  STORE("dwordx2", 8, false, Kind::B64)                                        \
  STORE("dwordx3", 12, false, Kind::V3)                                        \
  STORE("dwordx4", 16, false, Kind::V4)
// clang-format on

#endif // DSV4EMU_LIB_EXEC_GLOBALOPS_H
