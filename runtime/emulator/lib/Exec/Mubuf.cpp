//===- Mubuf.cpp - Untyped buffer instructions and cache control ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BufferAddress.h"
#include "GlobalOps.h"

SIMD_BEGIN
namespace {

template <unsigned Bytes, Extend E>
void load(Wave &w, const Inst &i) {
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  if (i.lds) {
    lanes.mask = lanesInRange(lanes, 0, Bytes);
    validateGlobal<Bytes>(w, i, lanes, Access::Load);
    loadToLds<Bytes, E>(w, i, lanes, w.exec());
    return;
  }
  inParts(
      lanes, Bytes,
      [&](Lanes &in) {
        validateGlobal<Bytes>(w, i, in, Access::Load);
        // Out of range reads as zero.
        loadZeros<Bytes>(w, i.dst, w.exec() & ~in.mask);
        loadLanes<Bytes, E>(w, i.dst, in, 0);
      },
      [&](Lanes &in, unsigned k) {
        loadGlobal<4, Extend::Words>(w, i, in,
                                     static_cast<uint16_t>(i.dst + k));
      });
  issueVm(w, i);
}

template <unsigned Bytes, bool High>
void store(Wave &w, const Inst &i) {
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  inParts(
      lanes, Bytes,
      [&](Lanes &in) { storeGlobal<Bytes, High>(w, i, in, i.src[1]); },
      [&](Lanes &in, unsigned k) {
        storeGlobal<4, false>(w, i, in, static_cast<uint16_t>(i.src[1] + k));
      });
  issueVm(w, i);
}

template <class A>
void atomic(Wave &w, const Inst &i) {
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  lanes.mask = lanesInRange(lanes, 0, sizeof(typename A::type));
  atomicGlobal<A>(w, i, lanes);
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
    DSV4EMU_LOAD_TABLE(LOAD)
    DSV4EMU_STORE_TABLE(STORE)
    DSV4EMU_BUFFER_ATOMIC_TABLE(ATOMIC)
    {"buffer_wbl2", SECTION, writeBackL2, Class::Other, 4, Kind::None, {}, 0},
    {"buffer_inv", SECTION, invalidate, Class::Other, 4, Kind::None, {}, 0},
};
// clang-format on

} // namespace

absl::Span<const OpInfo> mubufTable() { return table; }

SIMD_END
