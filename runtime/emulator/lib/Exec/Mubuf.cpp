//===- Mubuf.cpp - Untyped buffer instructions and cache control ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BufferAddress.h"

namespace dsv4emu {
namespace {

template <unsigned Bytes, Extend E>
void load(Wave &w, const Inst &i) {
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  if (i.lds) {
    lanes.mask = lanesInRange(lanes, 0, Bytes);
    Lanes lds;
    lds.mask = w.exec();
    uint32_t base = (w.sgpr[kM0] & 0xffff) + static_cast<uint32_t>(i.offset);
    for (unsigned l = 0; l < 64; ++l)
      lds.address[l] = base + 4 * l;
    validateGlobal(w, i, lanes, Bytes, Access::Load);
    issueVm(w, i);
    validateLds(w, i, lds, 4, Access::Store, true);
    for (uint64_t m = lds.mask; m; m &= m - 1) {
      unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
      uint32_t v = 0;
      if (lanes.mask >> l & 1)
        v = extendValue(reinterpret_cast<const uint8_t *>(lanes.address[l]),
                        Bytes, E);
      std::memcpy(w.group->lds.data() + lds.address[l], &v, 4);
    }
    return;
  }
  // Out of range reads as zero.
  static const uint8_t zeros[16] = {};
  uint64_t active = w.exec();
  loadLanes(w, i.dst, active, Bytes, E, [&](unsigned) { return zeros; });
  bufferParts(lanes, Bytes, [&](Lanes &part, unsigned first, unsigned bytes) {
    validateGlobal(w, i, part, bytes, Access::Load);
    loadLanes(w, static_cast<uint16_t>(i.dst + first / 4), part.mask, bytes, E,
              [&](unsigned l) {
                return reinterpret_cast<const uint8_t *>(part.address[l]);
              });
  });
  issueVm(w, i);
}

template <unsigned Bytes, bool High>
void store(Wave &w, const Inst &i) {
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  bufferParts(lanes, Bytes, [&](Lanes &part, unsigned first, unsigned bytes) {
    validateGlobal(w, i, part, bytes, Access::Store);
    storeLanes(w, static_cast<uint16_t>(i.src[1] + first / 4), part.mask, bytes,
               High, [&](unsigned l) {
                 return reinterpret_cast<uint8_t *>(part.address[l]);
               });
  });
  issueVm(w, i);
}

template <class A>
void atomic(Wave &w, const Inst &i) {
  constexpr unsigned bytes = sizeof(typename A::type);
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  lanes.mask = lanesInRange(lanes, 0, bytes);
  validateGlobal(w, i, lanes, bytes, Access::Atomic);
  atomicLanes<A>(w, i.src[1], lanes.mask, i.sc0, i.dst, false, [&](unsigned l) {
    return reinterpret_cast<uint8_t *>(lanes.address[l]);
  });
  issueVm(w, i);
}

// sc1 makes the scope at least the agent.
void writeBackL2(Wave &w, const Inst &i) {
  if (i.sc1)
    w.group->launch->release(*w.group);
  issueVm(w, i);
}
void invalidate(Wave &w, const Inst &i) {
  if (i.sc1)
    w.group->launch->acquire(*w.group);
  issueVm(w, i);
}

#define SECTION "12.13. MUBUF Instructions"
#define LOAD(SUFFIX, BYTES, E, DST)                                            \
  {"buffer_load_" SUFFIX,                                                      \
   SECTION,                                                                    \
   load<BYTES, Extend::E>,                                                     \
   Class::GlobalLoad,                                                          \
   4,                                                                          \
   DST,                                                                        \
   {},                                                                         \
   0},
#define STORE(SUFFIX, BYTES, HIGH, DATA)                                       \
  {"buffer_store_" SUFFIX, SECTION, store<BYTES, HIGH>,                        \
   Class::GlobalStore,     4,       Kind::None,                                \
   {Kind::None, DATA},     0},
#define ATOMIC(NAME, T, ...)                                                   \
  {"buffer_atomic_" #NAME,                                                     \
   SECTION,                                                                    \
   atomic<atomic_##NAME>,                                                      \
   Class::Atomic,                                                              \
   4,                                                                          \
   sizeof(T) == 8 ? Kind::B64 : Kind::B32,                                     \
   {Kind::None, atomicData(#NAME, sizeof(T))},                                 \
   0},

// clang-format off
const OpInfo table[] = {
    LOAD("ubyte", 1, Zero, Kind::B32)
    LOAD("sbyte", 1, Sign, Kind::B32)
    LOAD("ushort", 2, Zero, Kind::B32)
    LOAD("sshort", 2, Sign, Kind::B32)
    LOAD("dword", 4, Words, Kind::B32)
    LOAD("dwordx2", 8, Words, Kind::B64)
    LOAD("dwordx3", 12, Words, Kind::V3)
    LOAD("dwordx4", 16, Words, Kind::V4)
    LOAD("ubyte_d16", 1, Low16, Kind::B32)
    LOAD("ubyte_d16_hi", 1, High16, Kind::B32)
    LOAD("sbyte_d16", 1, Low16Sign, Kind::B32)
    LOAD("sbyte_d16_hi", 1, High16Sign, Kind::B32)
    LOAD("short_d16", 2, Low16, Kind::B32)
    LOAD("short_d16_hi", 2, High16, Kind::B32)
    STORE("byte", 1, false, Kind::B32)
    STORE("byte_d16_hi", 1, true, Kind::B32)
    STORE("short", 2, false, Kind::B32)
    STORE("short_d16_hi", 2, true, Kind::B32)
    STORE("dword", 4, false, Kind::B32)
    STORE("dwordx2", 8, false, Kind::B64)
    STORE("dwordx3", 12, false, Kind::V3)
    STORE("dwordx4", 16, false, Kind::V4)
    DSV4EMU_BUFFER_ATOMIC_TABLE(ATOMIC)
    {"buffer_wbl2", SECTION, writeBackL2, Class::Other, 4, Kind::None, {}, 0},
    {"buffer_inv", SECTION, invalidate, Class::Other, 4, Kind::None, {}, 0},
};
// clang-format on

} // namespace

absl::Span<const OpInfo> mubufTable() { return table; }

} // namespace dsv4emu
