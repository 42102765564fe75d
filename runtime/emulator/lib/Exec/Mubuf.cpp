//===- Mubuf.cpp - Untyped buffer instructions and cache control ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A lane outside the descriptor's num_records loads zero and stores nothing;
// kernels rely on it for tails, so that is not a fault. Leaving the allocation
// inside the descriptor's range is.
//
//===----------------------------------------------------------------------===//

#include "GlobalOps.h"

SIMD_BEGIN
namespace {

/// Lanes of one access; `inRange` tells which are inside num_records for each
/// dword of the access.
struct BufferLanes : Lanes {
  uint64_t offset[64];
  uint64_t records = 0;
  bool structured = false;
  bool inside(unsigned l, unsigned first, unsigned bytes) const {
    return structured || offset[l] + first + bytes <= records;
  }
};

/// src[0]: vaddr, src[1]: data, src[2]: first register of the descriptor,
/// src[3]: soffset.
bool addresses(Wave &w, const Inst &i, BufferLanes &lanes) {
  const uint32_t *d = &w.sgpr[i.src[2]];
  uint64_t base = d[0] | uint64_t{d[1] & 0xffff} << 32;
  uint32_t stride = d[1] >> 16 & 0x3fff;
  if (d[1] >> 31) {
    w.fault("buffer descriptor with swizzled addressing (bit 63), which is "
            "not modelled");
    return false;
  }
  if (d[3] >> 23 & 1) {
    w.fault("buffer descriptor with add_tid_enable, which is not modelled");
    return false;
  }
  uint64_t soffset =
      static_cast<uint32_t>(scalarOperand(w, i, i.src[3], Kind::B32));
  uint64_t records = d[2];
  lanes.structured = i.idxen;
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
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = base + soffset + lanes.offset[l];
  if (i.idxen) {
    const uint32_t *index = w.row(i.src[0]);
    for (unsigned l = 0; l < 64; ++l) {
      lanes.address[l] += uint64_t{index[l]} * stride;
      lanes.mask &= ~(uint64_t{index[l] >= records} << l);
    }
  }
  return true;
}

/// The lanes whose `bytes` bytes from `first` on are in the descriptor's range.
uint64_t inRange(const BufferLanes &lanes, unsigned first, unsigned bytes) {
  uint64_t outside = 0, furthest = 0;
  for (unsigned l = 0; l < 64; ++l)
    furthest = std::max(furthest, lanes.offset[l]);
  if (!lanes.structured && furthest + first + bytes > lanes.records)
    for (unsigned l = 0; l < 64; ++l)
      outside |= uint64_t{!lanes.inside(l, first, bytes)} << l;
  return lanes.mask & ~outside;
}

/// An access of several dwords: whole(lanes) with the lanes that are in range,
/// then, if others straddle the range's end, dword(lanes, k) for each dword
/// with those that are in range there.
template <unsigned Bytes, class Whole, class Dword>
void inParts(BufferLanes &lanes, Whole whole, Dword dword) {
  uint64_t all = lanes.mask;
  lanes.mask = inRange(lanes, 0, Bytes);
  if (Bytes <= 4 || lanes.mask == all)
    return whole(lanes);
  BufferLanes rest = lanes;
  whole(lanes);
  for (unsigned first = 0; first < Bytes; first += 4) {
    BufferLanes part = rest;
    part.mask = all & ~rest.mask;
    part.mask = inRange(part, first, 4);
    for (uint64_t &a : part.address)
      a += first;
    dword(part, first / 4);
  }
}

template <unsigned Bytes, Extend E>
void load(Wave &w, const Inst &i) {
  BufferLanes lanes;
  if (!addresses(w, i, lanes))
    return;
  if (i.lds) {
    uint64_t active = lanes.mask;
    lanes.mask = inRange(lanes, 0, Bytes);
    globalToLds<Bytes, E>(w, i, lanes, active);
    return;
  }
  inParts<Bytes>(
      lanes,
      [&](Lanes &in) {
        validateGlobal<Bytes>(w, i, in, Access::Load);
        // Out of range reads as zero.
        loadZeros<Bytes, E>(w, i.dst, w.exec() & ~in.mask);
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
  if (!addresses(w, i, lanes))
    return;
  inParts<Bytes>(
      lanes, [&](Lanes &in) { storeGlobal<Bytes, High>(w, i, in, i.src[1]); },
      [&](Lanes &in, unsigned k) {
        storeGlobal<4, false>(w, i, in, static_cast<uint16_t>(i.src[1] + k));
      });
  issueVm(w, i);
}

template <class A>
void atomic(Wave &w, const Inst &i) {
  BufferLanes lanes;
  if (!addresses(w, i, lanes))
    return;
  lanes.mask = inRange(lanes, 0, sizeof(typename A::type));
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

#define SECTION "MUBUF Instructions"
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
