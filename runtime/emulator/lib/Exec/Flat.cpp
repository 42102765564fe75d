//===- Flat.cpp - Flat, global and scratch instructions -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GlobalOps.h"

SIMD_BEGIN
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

template <unsigned Bytes>
void validate(Wave &w, const Inst &i, Lanes &lanes, unsigned where,
              Access access) {
  if (where == kGlobal)
    validateGlobal<Bytes>(w, i, lanes, access);
  else if (where == kScratch)
    validateScratch(w, i, lanes, Bytes, access);
  else
    validateLds<Bytes>(w, i, lanes, access);
}

/// Makes the lanes' addresses those of the host.
void toHost(Wave &w, Lanes &lanes, unsigned where) {
  if (where == kGlobal)
    return;
  if (where == kScratch)
    for (unsigned l = 0; l < 64; ++l)
      lanes.address[l] += reinterpret_cast<uint64_t>(w.scratch.data()) +
                          uint64_t{w.scratchBytes} * l;
  else
    for (unsigned l = 0; l < 64; ++l)
      lanes.address[l] += reinterpret_cast<uint64_t>(w.group->lds.data());
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
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate<Bytes>(w, i, lanes, where, Access::Load);
    toHost(w, lanes, where);
    loadLanes<Bytes, E>(w, i.dst, lanes, 0);
  });
  issue(w, i, touched);
}

template <unsigned Bytes, bool High>
void store(Wave &w, const Inst &i) {
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate<Bytes>(w, i, lanes, where, Access::Store);
    toHost(w, lanes, where);
    storeLanes<Bytes, High>(w, i.src[1], lanes, 0);
  });
  issue(w, i, touched);
}

template <class A>
void atomic(Wave &w, const Inst &i) {
  unsigned touched = 0;
  bySegment(w, i, [&](Lanes &lanes, unsigned where) {
    touched |= 1u << where;
    validate<sizeof(typename A::type)>(w, i, lanes, where, Access::Atomic);
    toHost(w, lanes, where);
    atomicLanes<A>(w, i.src[1], lanes.mask, i.sc0, i.dst, where == kFlat,
                   [&](unsigned l) {
                     return reinterpret_cast<uint8_t *>(lanes.address[l]);
                   });
  });
  issue(w, i, touched);
}

template <unsigned Bytes, Extend E>
void toLds(Wave &w, const Inst &i) {
  Lanes lanes;
  addresses(w, i, lanes);
  validate<Bytes>(w, i, lanes, i.segment, Access::Load);
  toHost(w, lanes, i.segment);
  loadToLds<Bytes, E>(w, i, lanes, 0);
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
   toLds<BYTES, Extend::E>,                                                    \
   Class::GlobalLoad,                                                          \
   4,                                                                          \
   Kind::None,                                                                 \
   {},                                                                         \
   0},                                                                         \
      {"scratch_load_lds_" SUFFIX,                                             \
       SECTION,                                                                \
       toLds<BYTES, Extend::E>,                                                \
       Class::Scratch,                                                         \
       4,                                                                      \
       Kind::None,                                                             \
       {},                                                                     \
       0},

// clang-format off
const OpInfo table[] = {
    DSV4EMU_LOAD_TABLE(LOAD)
    DSV4EMU_STORE_TABLE(STORE)
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

SIMD_END
