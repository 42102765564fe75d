//===- Mubuf.cpp - Untyped buffer instructions and cache control ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A lane outside the descriptor's num_records loads zero and stores nothing;
// kernels rely on it for tails, so that is not a fault. Leaving the allocation
// inside the descriptor's range is.
//
//===----------------------------------------------------------------------===//

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"

namespace dsv4emu {
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
  const uint32_t *row = i.src[0] >= kVgpr ? w.row(i.src[0]) : nullptr;
  for (unsigned l = 0; l < 64; ++l) {
    uint64_t index = i.idxen ? row[l] : 0;
    uint64_t offset = static_cast<uint64_t>(i.offset);
    if (i.offen)
      offset += row[(i.idxen ? 64 : 0) + l];
    lanes.offset[l] = offset;
    lanes.address[l] = base + soffset + offset + index * stride;
    if (lanes.structured && index >= records)
      lanes.mask &= ~(uint64_t{1} << l);
  }
  return true;
}

/// Removes lanes whose first bytes are out of the descriptor's range.
uint64_t inRange(const BufferLanes &lanes, unsigned first, unsigned bytes) {
  uint64_t mask = lanes.mask;
  if (!lanes.structured)
    for (unsigned l = 0; l < 64; ++l)
      if (!lanes.inside(l, first, bytes))
        mask &= ~(uint64_t{1} << l);
  return mask;
}

/// Splits an access of several dwords into one part where all are in range and,
/// rarely, single dwords.
template <class F>
void parts(BufferLanes &lanes, unsigned bytes, F access) {
  uint64_t all = lanes.mask, whole = inRange(lanes, 0, bytes);
  lanes.mask = whole;
  if (whole)
    access(lanes, 0u, bytes);
  if (whole == all || bytes <= 4)
    return;
  for (unsigned first = 0; first < bytes; first += 4) {
    BufferLanes part = lanes;
    part.mask = all & ~whole;
    part.mask = inRange(part, first, 4);
    for (uint64_t &a : part.address)
      a += first;
    if (part.mask)
      access(part, first, 4u);
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
    Lanes lds;
    lds.mask = active;
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
                        Bytes, E, 0);
      std::memcpy(w.group->lds.data() + lds.address[l], &v, 4);
    }
    return;
  }
  // Out of range reads as zero.
  static const uint8_t zeros[16] = {};
  uint64_t active = w.exec();
  loadLanes(w, i.dst, active, Bytes, E, [&](unsigned) { return zeros; });
  parts(lanes, Bytes, [&](Lanes &part, unsigned first, unsigned bytes) {
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
  if (!addresses(w, i, lanes))
    return;
  parts(lanes, Bytes, [&](Lanes &part, unsigned first, unsigned bytes) {
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
  if (!addresses(w, i, lanes))
    return;
  lanes.mask = inRange(lanes, 0, bytes);
  validateGlobal(w, i, lanes, bytes, Access::Atomic);
  atomicLanes<A>(w, i.src[1], lanes.mask, i.sc0, i.dst, [&](unsigned l) {
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

constexpr Kind atomicData(const char *name, size_t size) {
  bool compare = name[0] == 'c';
  if (size == 8)
    return compare ? Kind::V4 : Kind::B64;
  return compare ? Kind::B64 : Kind::B32;
}

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
