//===- DsExchange.cpp - LDS exchanges, counters and M0 addresses ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The LDS instructions with more than one data operand or address, and those
// that take their address from M0 (CDNA3 ISA, sections 11.3 and 12.12).
//
//===----------------------------------------------------------------------===//

#include "DsAddress.h"

SIMD_BEGIN
namespace {

/// MEM = value(MEM, DATA0, DATA1).
template <class T, class F, bool Return>
void combine(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  issueLds(w, i);
  validateLds<sizeof(T)>(w, i, lanes, Access::Atomic);
  HostMode mode(w, atomicMode<T>(w, true));
  const uint32_t *a = w.row(i.src[1]), *b = w.row(i.src[2]);
  for (uint64_t m = lanes.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    T x = rowValue<T>(a, l), y = rowValue<T>(b, l);
    T old = atomicUpdate<T>(ldsPointer(w, lanes, l),
                            [&](T v) { return F::value(v, x, y); });
    if (Return)
      setRowValue<T>(w.row(i.dst), l, old);
  }
}

// A float comparison: -0 equals +0, a NaN equals nothing.
template <class T>
struct compareStoreFloat {
  static T value(T m, T compare, T fresh) { return m == compare ? fresh : m; }
};
template <class T>
struct maskOr {
  static T value(T m, T mask, T bits) { return (m & ~mask) | bits; }
};
struct wrap {
  static u32 value(u32 m, u32 limit, u32 add) {
    return m >= limit ? m - limit : m + add;
  }
};

// Both addresses are exchanged one after the other; offsets count elements, or
// 64 of them.
template <class T, unsigned Stride>
void exchange2(Wave &w, const Inst &i) {
  Lanes lanes[2];
  ldsAddresses(w, i, lanes[0],
               static_cast<uint32_t>(i.offset) * sizeof(T) * Stride);
  ldsAddresses(w, i, lanes[1], uint32_t{i.offset1} * sizeof(T) * Stride);
  issueLds(w, i);
  uint32_t old[2][128] = {};
  for (unsigned k = 0; k < 2; ++k) {
    validateLds<sizeof(T)>(w, i, lanes[k], Access::Atomic);
    const uint32_t *data = w.row(i.src[1 + k]);
    for (uint64_t m = lanes[k].mask; m; m &= m - 1) {
      unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
      T fresh = rowValue<T>(data, l);
      setRowValue<T>(old[k], l,
                     atomicUpdate<T>(ldsPointer(w, lanes[k], l),
                                     [&](T) { return fresh; }));
    }
  }
  for (unsigned k = 0; k < 2; ++k)
    for (uint64_t m = lanes[k].mask; m; m &= m - 1) {
      unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
      setRowValue<T>(w.row(i.dst) + 16 * sizeof(T) * k, l,
                     rowValue<T>(old[k], l));
    }
}

// Of each dword the top bit of the data says whether the other 31 are stored.
void conditionalExchange(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  for (uint64_t &a : lanes.address)
    a &= ~uint64_t{7};
  issueLds(w, i);
  validateLds<8>(w, i, lanes, Access::Atomic);
  const uint32_t *data = w.row(i.src[1]);
  for (uint64_t m = lanes.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    uint64_t fresh = rowValue<uint64_t>(data, l);
    uint64_t old =
        atomicUpdate<uint64_t>(ldsPointer(w, lanes, l), [&](uint64_t v) {
          for (unsigned half = 0; half < 64; half += 32)
            if (fresh >> (half + 31) & 1) {
              uint64_t field = uint64_t{0xffffffff} << half;
              v = (v & ~field) | (fresh & uint64_t{0x7fffffff} << half);
            }
          return v;
        });
    setRowValue<uint64_t>(w.row(i.dst), l, old);
  }
}

/// Lane l at M0 + offset + 4 * l, or every lane at M0 + offset.
void addressesFromM0(Wave &w, const Inst &i, Lanes &lanes, unsigned stride) {
  lanes.mask = w.exec();
  uint32_t base = (w.sgpr[kM0] & 0xffff) + offset16(i);
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = base + stride * l;
}

void readByLane(Wave &w, const Inst &i) {
  Lanes lanes;
  addressesFromM0(w, i, lanes, 4);
  uint64_t active = lanes.mask;
  validateLds<4>(w, i, lanes, Access::Load);
  loadZeros<4>(w, i.dst, active & ~lanes.mask);
  loadLanes<4, Extend::Words>(w, i.dst, lanes, ldsBase(w));
  issueLds(w, i);
}
void writeByLane(Wave &w, const Inst &i) {
  Lanes lanes;
  addressesFromM0(w, i, lanes, 4);
  issueLds(w, i);
  validateLds<4>(w, i, lanes, Access::Store);
  storeLanes<4, false>(w, i.src[1], lanes, ldsBase(w));
}

// One counter for the wave: its active lanes are added or taken off at once,
// and every lane gets the value from before.
template <bool Add>
void count(Wave &w, const Inst &i) {
  uint64_t exec = w.exec();
  Lanes lanes;
  addressesFromM0(w, i, lanes, 0);
  lanes.mask &= uint64_t{0} - lanes.mask;
  issueLds(w, i);
  validateLds<4>(w, i, lanes, Access::Atomic);
  if (!lanes.mask)
    return;
  uint32_t active = static_cast<uint32_t>(__builtin_popcountll(exec));
  uint32_t old = atomicUpdate<uint32_t>(
      ldsPointer(w, lanes, static_cast<unsigned>(__builtin_ctzll(lanes.mask))),
      [&](uint32_t v) { return Add ? v + active : v - active; });
  uint32_t *row = w.row(i.dst);
  for (uint64_t m = exec; m; m &= m - 1)
    row[__builtin_ctzll(m)] = old;
}

#define SECTION "12.12. LDS & GDS Instructions"
#define ROW(NAME, HANDLER, DST, DATA0, DATA1)                                  \
  {NAME, SECTION, HANDLER, Class::Lds, 4, DST, {Kind::B32, DATA0, DATA1}, 0},
#define COMBINE(NAME, TYPE, T, F, KIND)                                        \
  ROW("ds_" NAME "_" TYPE, (combine<T, F, false>), Kind::None, KIND, KIND)     \
  ROW("ds_" NAME "_rtn_" TYPE, (combine<T, F, true>), KIND, KIND, KIND)
#define FROM_M0(NAME, HANDLER, DST, DATA)                                      \
  {NAME, SECTION, HANDLER, Class::Lds, 4, DST, {Kind::None, DATA}, kReadsM0},

// clang-format off
const OpInfo table[] = {
    COMBINE("cmpst", "f32", f32, compareStoreFloat<f32>, Kind::B32)
    COMBINE("cmpst", "f64", f64, compareStoreFloat<f64>, Kind::B64)
    COMBINE("mskor", "b32", u32, maskOr<u32>, Kind::B32)
    COMBINE("mskor", "b64", u64, maskOr<u64>, Kind::B64)
    ROW("ds_wrap_rtn_b32", (combine<u32, wrap, true>), Kind::B32, Kind::B32, Kind::B32)
    ROW("ds_wrxchg2_rtn_b32", (exchange2<u32, 1>), Kind::B64, Kind::B32, Kind::B32)
    ROW("ds_wrxchg2_rtn_b64", (exchange2<u64, 1>), Kind::V4, Kind::B64, Kind::B64)
    ROW("ds_wrxchg2st64_rtn_b32", (exchange2<u32, 64>), Kind::B64, Kind::B32, Kind::B32)
    ROW("ds_wrxchg2st64_rtn_b64", (exchange2<u64, 64>), Kind::V4, Kind::B64, Kind::B64)
    ROW("ds_condxchg32_rtn_b64", conditionalExchange, Kind::B64, Kind::B64, Kind::None)
    FROM_M0("ds_read_addtid_b32", readByLane, Kind::B32, Kind::None)
    FROM_M0("ds_write_addtid_b32", writeByLane, Kind::None, Kind::B32)
    FROM_M0("ds_append", count<true>, Kind::B32, Kind::None)
    FROM_M0("ds_consume", count<false>, Kind::B32, Kind::None)
};
// clang-format on

} // namespace

absl::Span<const OpInfo> dsExchangeTable() { return table; }

SIMD_END
