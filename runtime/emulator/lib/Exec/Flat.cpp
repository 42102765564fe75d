//===- Flat.cpp - Flat, global and scratch instructions -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"

namespace dsv4emu {
namespace {

enum Segment : uint8_t { kFlat = 0, kScratch = 1, kGlobal = 2 };

/// src[0] is the address register, src[2] the scalar base or kLiteral for none.
void addresses(Wave &w, const Inst &i, Lanes &lanes) {
  lanes.mask = w.exec();
  const uint64_t offset = static_cast<uint64_t>(int64_t{i.offset});
  if (i.segment == kScratch) {
    // Offsets are 32 bits; either register may be absent.
    uint32_t base = i.src[2] < 128 ? w.sgpr[i.src[2]] : 0;
    const uint32_t *row = i.src[0] >= kVgpr ? w.row(i.src[0]) : nullptr;
    for (unsigned l = 0; l < 64; ++l)
      lanes.address[l] = static_cast<uint32_t>(base + (row ? row[l] : 0) +
                                               static_cast<uint32_t>(offset));
    return;
  }
  const uint32_t *row = w.row(i.src[0]);
  if (i.src[2] < 128) {
    uint64_t base = w.get64(i.src[2]) + offset;
    for (unsigned l = 0; l < 64; ++l)
      lanes.address[l] = base + row[l];
    return;
  }
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = (row[l] | uint64_t{row[64 + l]} << 32) + offset;
}

/// Splits flat lanes by aperture and calls access(lanes, where) for each part.
template <class F>
void bySegment(Wave &w, const Inst &i, F access) {
  Lanes lanes;
  addresses(w, i, lanes);
  if (i.segment != kFlat) {
    access(lanes, i.segment);
    return;
  }
  Lanes shared = lanes, scratch = lanes, global = lanes;
  shared.mask = scratch.mask = 0;
  for (uint64_t m = lanes.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    uint64_t high = lanes.address[l] >> 32 << 32;
    if (high == kSharedAperture) {
      shared.mask |= uint64_t{1} << l;
      shared.address[l] = static_cast<uint32_t>(lanes.address[l]);
    } else if (high == kPrivateAperture) {
      scratch.mask |= uint64_t{1} << l;
      scratch.address[l] = static_cast<uint32_t>(lanes.address[l]);
    }
  }
  global.mask &= ~(shared.mask | scratch.mask);
  if (global.mask)
    access(global, kGlobal);
  if (shared.mask)
    access(shared, kFlat); // stands for LDS
  if (scratch.mask)
    access(scratch, kScratch);
}

void validate(Wave &w, const Inst &i, Lanes &lanes, unsigned where,
              unsigned bytes, Access access) {
  if (where == kGlobal)
    validateGlobal(w, i, lanes, bytes, access);
  else if (where == kScratch)
    validateScratch(w, i, lanes, bytes, access);
  else
    validateLds(w, i, lanes, bytes, access);
}

uint8_t *pointerTo(Wave &w, const Lanes &lanes, unsigned where, unsigned l) {
  if (where == kGlobal)
    return reinterpret_cast<uint8_t *>(lanes.address[l]);
  if (where == kScratch)
    return w.scratch.data() + uint64_t{w.scratchBytes} * l + lanes.address[l];
  return w.group->lds.data() + lanes.address[l];
}

/// `touched` has a bit per segment accessed.
void issue(Wave &w, const Inst &i, unsigned touched) {
  if (i.segment == kFlat)
    issueFlat(w, i, touched & (1 << kGlobal | 1 << kScratch),
              touched & 1 << kFlat);
  else
    issueVm(w, i);
}

template <unsigned Bytes, Extend E>
void load(Wave &w, const Inst &i) {
  if (i.segment == kGlobal) {
    Lanes lanes;
    addresses(w, i, lanes);
    validateGlobal(w, i, lanes, Bytes, Access::Load);
    if (E == Extend::Words && Bytes == 4 && isContiguous(lanes, 4))
      std::memcpy(dataRow(w, i.dst),
                  reinterpret_cast<const void *>(lanes.address[0]), 256);
    else
      loadLanes(w, i.dst, lanes.mask, Bytes, E, [&](unsigned l) {
        return reinterpret_cast<const uint8_t *>(lanes.address[l]);
      });
    issueVm(w, i);
    return;
  }
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate(w, i, lanes, where, Bytes, Access::Load);
    loadLanes(w, i.dst, lanes.mask, Bytes, E,
              [&](unsigned l) { return pointerTo(w, lanes, where, l); });
  });
  issue(w, i, touched);
}

template <unsigned Bytes, bool High>
void store(Wave &w, const Inst &i) {
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate(w, i, lanes, where, Bytes, Access::Store);
    if (Bytes == 4 && where == kGlobal && isContiguous(lanes, 4))
      std::memcpy(pointerTo(w, lanes, where, 0), dataRow(w, i.src[1]), 256);
    else
      storeLanes(w, i.src[1], lanes.mask, Bytes, High,
                 [&](unsigned l) { return pointerTo(w, lanes, where, l); });
  });
  issue(w, i, touched);
}

template <class A>
void atomic(Wave &w, const Inst &i) {
  constexpr unsigned bytes = sizeof(typename A::type);
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate(w, i, lanes, where, bytes, Access::Atomic);
    atomicLanes<A>(w, i.src[1], lanes.mask, i.sc0, i.dst, where == kFlat,
                   [&](unsigned l) { return pointerTo(w, lanes, where, l); });
  });
  issue(w, i, touched);
}

// Lane l's value goes to LDS at M0 + offset + 4 * l; the offset counts on both
// sides.
template <unsigned Bytes, Extend E>
void loadToLds(Wave &w, const Inst &i) {
  Lanes lanes, lds;
  addresses(w, i, lanes);
  validate(w, i, lanes, i.segment, Bytes, Access::Load);
  lds.mask = lanes.mask;
  uint32_t base = (w.sgpr[kM0] & 0xffff) + static_cast<uint32_t>(i.offset);
  for (unsigned l = 0; l < 64; ++l)
    lds.address[l] = base + 4 * l;
  issueVm(w, i);
  validateLds(w, i, lds, 4, Access::Store, true);
  for (uint64_t m = lds.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    uint32_t v = extendValue(pointerTo(w, lanes, i.segment, l), Bytes, E);
    std::memcpy(w.group->lds.data() + lds.address[l], &v, 4);
  }
}

#define SECTION "12.15. FLAT, Scratch and Global Instructions"
#define LOAD(SUFFIX, BYTES, E, DST)                                            \
  {"flat_load_" SUFFIX,                                                        \
   SECTION,                                                                    \
   load<BYTES, Extend::E>,                                                     \
   Class::GlobalLoad,                                                          \
   4,                                                                          \
   DST,                                                                        \
   {},                                                                         \
   0},                                                                         \
      {"global_load_" SUFFIX,                                                  \
       SECTION,                                                                \
       load<BYTES, Extend::E>,                                                 \
       Class::GlobalLoad,                                                      \
       4,                                                                      \
       DST,                                                                    \
       {},                                                                     \
       0},                                                                     \
      {"scratch_load_" SUFFIX,                                                 \
       SECTION,                                                                \
       load<BYTES, Extend::E>,                                                 \
       Class::Scratch,                                                         \
       4,                                                                      \
       DST,                                                                    \
       {},                                                                     \
       0},
#define STORE(SUFFIX, BYTES, HIGH, DATA)                                       \
  {"flat_store_" SUFFIX, SECTION, store<BYTES, HIGH>,                          \
   Class::GlobalStore,   4,       Kind::None,                                  \
   {Kind::None, DATA},   0},                                                   \
      {"global_store_" SUFFIX, SECTION, store<BYTES, HIGH>,                    \
       Class::GlobalStore,     4,       Kind::None,                            \
       {Kind::None, DATA},     0},                                             \
      {"scratch_store_" SUFFIX, SECTION, store<BYTES, HIGH>,                   \
       Class::Scratch,          4,       Kind::None,                           \
       {Kind::None, DATA},      0},
#define ATOMIC(NAME, T, ...)                                                   \
  {"flat_atomic_" #NAME,                                                       \
   SECTION,                                                                    \
   atomic<atomic_##NAME>,                                                      \
   Class::Atomic,                                                              \
   4,                                                                          \
   sizeof(T) == 8 ? Kind::B64 : Kind::B32,                                     \
   {Kind::None, atomicData(#NAME, sizeof(T))},                                 \
   0},                                                                         \
      {"global_atomic_" #NAME,                                                 \
       SECTION,                                                                \
       atomic<atomic_##NAME>,                                                  \
       Class::Atomic,                                                          \
       4,                                                                      \
       sizeof(T) == 8 ? Kind::B64 : Kind::B32,                                 \
       {Kind::None, atomicData(#NAME, sizeof(T))},                             \
       0},
#define TO_LDS(SUFFIX, BYTES, E)                                               \
  {"global_load_lds_" SUFFIX,                                                  \
   SECTION,                                                                    \
   loadToLds<BYTES, Extend::E>,                                                \
   Class::GlobalLoad,                                                          \
   4,                                                                          \
   Kind::None,                                                                 \
   {},                                                                         \
   0},                                                                         \
      {"scratch_load_lds_" SUFFIX,                                             \
       SECTION,                                                                \
       loadToLds<BYTES, Extend::E>,                                            \
       Class::Scratch,                                                         \
       4,                                                                      \
       Kind::None,                                                             \
       {},                                                                     \
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
    DSV4EMU_ATOMIC_TABLE(ATOMIC)
    TO_LDS("ubyte", 1, Zero)
    TO_LDS("sbyte", 1, Sign)
    TO_LDS("ushort", 2, Zero)
    TO_LDS("sshort", 2, Sign)
    TO_LDS("dword", 4, Words)
};
// clang-format on

} // namespace

absl::Span<const OpInfo> flatTable() { return table; }

} // namespace dsv4emu
