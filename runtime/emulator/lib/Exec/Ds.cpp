//===- Ds.cpp - LDS instructions and lane permutations --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DsAddress.h"

SIMD_BEGIN
namespace {

template <unsigned Bytes, Extend E>
void load(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  uint64_t active = lanes.mask;
  validateLds<Bytes>(w, i, lanes, Access::Load);
  // Out-of-range lanes read zero.
  if (E == Extend::Words)
    loadZeros<Bytes>(w, i.dst, active & ~lanes.mask);
  loadLanes<Bytes, E>(w, i.dst, lanes, ldsBase(w));
  issueLds(w, i);
}

template <unsigned Bytes, bool High>
void store(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  issueLds(w, i);
  validateLds<Bytes>(w, i, lanes, Access::Store);
  storeLanes<Bytes, High>(w, i.src[1], lanes, ldsBase(w));
}

// The two-address forms scale their 8-bit offsets by the element, and by 64
// elements in the st64 forms.
template <unsigned Bytes, unsigned Stride>
void load2(Wave &w, const Inst &i) {
  // Both addresses are taken first: the destination may overlap theirs.
  Lanes first, second;
  ldsAddresses(w, i, first, static_cast<uint32_t>(i.offset) * Bytes * Stride);
  ldsAddresses(w, i, second, uint32_t{i.offset1} * Bytes * Stride);
  uint64_t active = first.mask;
  validateLds<Bytes>(w, i, first, Access::Load);
  validateLds<Bytes>(w, i, second, Access::Load);
  uint16_t next = static_cast<uint16_t>(i.dst + Bytes / 4);
  loadZeros<Bytes>(w, i.dst, active & ~first.mask);
  loadZeros<Bytes>(w, next, active & ~second.mask);
  loadLanes<Bytes, Extend::Words>(w, i.dst, first, ldsBase(w));
  loadLanes<Bytes, Extend::Words>(w, next, second, ldsBase(w));
  issueLds(w, i);
}

template <unsigned Bytes, unsigned Stride>
void store2(Wave &w, const Inst &i) {
  issueLds(w, i);
  // Equal offsets are one address and one store, of the first operand.
  unsigned count = static_cast<uint32_t>(i.offset) == i.offset1 ? 1 : 2;
  for (unsigned k = 0; k < count; ++k) {
    Lanes lanes;
    uint32_t offset = k ? i.offset1 : static_cast<uint32_t>(i.offset);
    ldsAddresses(w, i, lanes, offset * Bytes * Stride);
    validateLds<Bytes>(w, i, lanes, Access::Store);
    storeLanes<Bytes, false>(w, i.src[1 + k], lanes, ldsBase(w));
  }
}

template <class A, bool Return>
void atomic(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  issueLds(w, i);
  validateLds<sizeof(typename A::type)>(w, i, lanes, Access::Atomic);
  atomicLanes<A>(w, i.src[1], lanes.mask, Return, i.dst, true,
                 [&](unsigned l) { return ldsPointer(w, lanes, l); });
}

// Unlike the global form, the comparison value comes first and the new value
// second, in registers of their own.
template <class T, bool Return>
void compareStore(Wave &w, const Inst &i) {
  Lanes lanes;
  ldsAddresses(w, i, lanes, offset16(i));
  issueLds(w, i);
  validateLds<sizeof(T)>(w, i, lanes, Access::Atomic);
  const uint32_t *compare = w.row(i.src[1]), *fresh = w.row(i.src[2]);
  for (uint64_t m = lanes.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    T c = rowValue<T>(compare, l), f = rowValue<T>(fresh, l);
    T old = atomicUpdate<T>(ldsPointer(w, lanes, l),
                            [&](T v) { return v == c ? f : v; });
    if (Return)
      setRowValue<T>(w.row(i.dst), l, old);
  }
}

// Lane permutations go through the LDS crossbar but not through memory.
void swizzle(Wave &w, const Inst &i) {
  uint32_t out[64];
  const uint32_t *row = w.row(i.src[0]);
  uint32_t control = offset16(i);
  uint64_t exec = w.exec();
  for (unsigned l = 0; l < 64; ++l) {
    unsigned from;
    if (control & 0x8000) {
      from = (l & ~3u) | (control >> 2 * (l & 3) & 3);
    } else {
      unsigned keep = control & 31, set = control >> 5 & 31,
               flip = control >> 10 & 31;
      from = (l & 32) | ((((l & 31) & keep) | set) ^ flip);
    }
    out[l] = exec >> from & 1 ? row[from] : 0;
  }
  uint32_t *to = w.row(i.dst);
  for (unsigned l = 0; l < 64; ++l)
    if (exec >> l & 1)
      to[l] = out[l];
  issueLds(w, i);
}

void permute(Wave &w, const Inst &i) {
  uint32_t out[64] = {};
  const uint32_t *address = w.row(i.src[0]), *data = w.row(i.src[1]);
  uint64_t exec = w.exec();
  for (unsigned l = 0; l < 64; ++l)
    if (exec >> l & 1)
      out[(address[l] + offset16(i)) / 4 % 64] = data[l];
  uint32_t *to = w.row(i.dst);
  for (unsigned l = 0; l < 64; ++l)
    if (exec >> l & 1)
      to[l] = out[l];
  issueLds(w, i);
}

void backwardPermute(Wave &w, const Inst &i) {
  uint32_t out[64];
  const uint32_t *address = w.row(i.src[0]), *data = w.row(i.src[1]);
  uint64_t exec = w.exec();
  for (unsigned l = 0; l < 64; ++l) {
    unsigned from = (address[l] + offset16(i)) / 4 % 64;
    out[l] = exec >> from & 1 ? data[from] : 0;
  }
  uint32_t *to = w.row(i.dst);
  for (unsigned l = 0; l < 64; ++l)
    if (exec >> l & 1)
      to[l] = out[l];
  issueLds(w, i);
}

void nothing(Wave &, const Inst &) {}

struct reverseSubtract32 {
  using type = u32;
  static u32 value(u32 m, u32 b, u32) { return b - m; }
};
struct reverseSubtract64 {
  using type = u64;
  static u64 value(u64 m, u64 b, u64) { return b - m; }
};
struct minF32 {
  using type = f32;
  static f32 value(f32 m, f32 b, f32) { return std::fmin(m, b); }
};
struct maxF32 {
  using type = f32;
  static f32 value(f32 m, f32 b, f32) { return std::fmax(m, b); }
};

#define SECTION "12.12. LDS & GDS Instructions"
#define LOAD(NAME, BYTES, E, DST)                                              \
  {NAME, SECTION, load<BYTES, Extend::E>, Class::Lds, 4, DST, {Kind::B32}, 0},
#define LOAD2(NAME, BYTES, STRIDE)                                             \
  {NAME,        SECTION, load2<BYTES, STRIDE>,                                 \
   Class::Lds,  4,       BYTES == 4 ? Kind::B64 : Kind::V4,                    \
   {Kind::B32}, 0},
#define STORE(NAME, BYTES, HIGH, DATA)                                         \
  {NAME, SECTION,    store<BYTES, HIGH>, Class::Lds,                           \
   4,    Kind::None, {Kind::B32, DATA},  0},
#define STORE2(NAME, BYTES, STRIDE)                                            \
  {NAME,                                                                       \
   SECTION,                                                                    \
   store2<BYTES, STRIDE>,                                                      \
   Class::Lds,                                                                 \
   4,                                                                          \
   Kind::None,                                                                 \
   {Kind::B32, BYTES == 4 ? Kind::B32 : Kind::B64,                             \
    BYTES == 4 ? Kind::B32 : Kind::B64},                                       \
   0},
#define ATOMIC(OP, TYPE, A, KIND)                                              \
  {"ds_" OP "_" TYPE, SECTION, atomic<A, false>, Class::Lds, 4, Kind::None,    \
   {Kind::B32, KIND}, 0},                                                      \
      {"ds_" OP "_rtn_" TYPE, SECTION, atomic<A, true>, Class::Lds, 4, KIND,   \
       {Kind::B32, KIND},     0},

// clang-format off
const OpInfo table[] = {
    LOAD("ds_read_b32", 4, Words, Kind::B32)
    LOAD("ds_read_b64", 8, Words, Kind::B64)
    LOAD("ds_read_b96", 12, Words, Kind::V3)
    LOAD("ds_read_b128", 16, Words, Kind::V4)
    LOAD("ds_read_u8", 1, Zero, Kind::B32)
    LOAD("ds_read_i8", 1, Sign, Kind::B32)
    LOAD("ds_read_u16", 2, Zero, Kind::B32)
    LOAD("ds_read_i16", 2, Sign, Kind::B32)
    LOAD("ds_read_u8_d16", 1, Low16, Kind::B32)
    LOAD("ds_read_u8_d16_hi", 1, High16, Kind::B32)
    LOAD("ds_read_i8_d16", 1, Low16Sign, Kind::B32)
    LOAD("ds_read_i8_d16_hi", 1, High16Sign, Kind::B32)
    LOAD("ds_read_u16_d16", 2, Low16, Kind::B32)
    LOAD("ds_read_u16_d16_hi", 2, High16, Kind::B32)
    LOAD2("ds_read2_b32", 4, 1)
    LOAD2("ds_read2_b64", 8, 1)
    LOAD2("ds_read2st64_b32", 4, 64)
    LOAD2("ds_read2st64_b64", 8, 64)
    STORE("ds_write_b8", 1, false, Kind::B32)
    STORE("ds_write_b8_d16_hi", 1, true, Kind::B32)
    STORE("ds_write_b16", 2, false, Kind::B32)
    STORE("ds_write_b16_d16_hi", 2, true, Kind::B32)
    STORE("ds_write_b32", 4, false, Kind::B32)
    STORE("ds_write_b64", 8, false, Kind::B64)
    STORE("ds_write_b96", 12, false, Kind::V3)
    STORE("ds_write_b128", 16, false, Kind::V4)
    STORE2("ds_write2_b32", 4, 1)
    STORE2("ds_write2_b64", 8, 1)
    STORE2("ds_write2st64_b32", 4, 64)
    STORE2("ds_write2st64_b64", 8, 64)
    ATOMIC("add", "u32", atomic_add, Kind::B32)
    ATOMIC("sub", "u32", atomic_sub, Kind::B32)
    ATOMIC("rsub", "u32", reverseSubtract32, Kind::B32)
    ATOMIC("inc", "u32", atomic_inc, Kind::B32)
    ATOMIC("dec", "u32", atomic_dec, Kind::B32)
    ATOMIC("min", "i32", atomic_smin, Kind::B32)
    ATOMIC("max", "i32", atomic_smax, Kind::B32)
    ATOMIC("min", "u32", atomic_umin, Kind::B32)
    ATOMIC("max", "u32", atomic_umax, Kind::B32)
    ATOMIC("and", "b32", atomic_and, Kind::B32)
    ATOMIC("or", "b32", atomic_or, Kind::B32)
    ATOMIC("xor", "b32", atomic_xor, Kind::B32)
    ATOMIC("add", "f32", atomic_add_f32, Kind::B32)
    ATOMIC("min", "f32", minF32, Kind::B32)
    ATOMIC("max", "f32", maxF32, Kind::B32)
    ATOMIC("pk_add", "f16", atomic_pk_add_f16, Kind::B32)
    ATOMIC("pk_add", "bf16", atomic_pk_add_bf16, Kind::B32)
    ATOMIC("add", "u64", atomic_add_x2, Kind::B64)
    ATOMIC("sub", "u64", atomic_sub_x2, Kind::B64)
    ATOMIC("rsub", "u64", reverseSubtract64, Kind::B64)
    ATOMIC("inc", "u64", atomic_inc_x2, Kind::B64)
    ATOMIC("dec", "u64", atomic_dec_x2, Kind::B64)
    ATOMIC("min", "i64", atomic_smin_x2, Kind::B64)
    ATOMIC("max", "i64", atomic_smax_x2, Kind::B64)
    ATOMIC("min", "u64", atomic_umin_x2, Kind::B64)
    ATOMIC("max", "u64", atomic_umax_x2, Kind::B64)
    ATOMIC("and", "b64", atomic_and_x2, Kind::B64)
    ATOMIC("or", "b64", atomic_or_x2, Kind::B64)
    ATOMIC("xor", "b64", atomic_xor_x2, Kind::B64)
    ATOMIC("add", "f64", atomic_add_f64, Kind::B64)
    ATOMIC("min", "f64", atomic_min_f64, Kind::B64)
    ATOMIC("max", "f64", atomic_max_f64, Kind::B64)
    {"ds_wrxchg_rtn_b32", SECTION, atomic<atomic_swap, true>, Class::Lds, 4,
     Kind::B32, {Kind::B32, Kind::B32}, 0},
    {"ds_wrxchg_rtn_b64", SECTION, atomic<atomic_swap_x2, true>, Class::Lds, 4,
     Kind::B64, {Kind::B32, Kind::B64}, 0},
    {"ds_cmpst_b32", SECTION, compareStore<u32, false>, Class::Lds, 4,
     Kind::None, {Kind::B32, Kind::B32, Kind::B32}, 0},
    {"ds_cmpst_rtn_b32", SECTION, compareStore<u32, true>, Class::Lds, 4,
     Kind::B32, {Kind::B32, Kind::B32, Kind::B32}, 0},
    {"ds_cmpst_b64", SECTION, compareStore<u64, false>, Class::Lds, 4,
     Kind::None, {Kind::B32, Kind::B64, Kind::B64}, 0},
    {"ds_cmpst_rtn_b64", SECTION, compareStore<u64, true>, Class::Lds, 4,
     Kind::B64, {Kind::B32, Kind::B64, Kind::B64}, 0},
    {"ds_swizzle_b32", SECTION, swizzle, Class::Lds, 4, Kind::B32,
     {Kind::B32}, 0},
    {"ds_permute_b32", SECTION, permute, Class::Lds, 4, Kind::B32,
     {Kind::B32, Kind::B32}, 0},
    {"ds_bpermute_b32", SECTION, backwardPermute, Class::Lds, 4, Kind::B32,
     {Kind::B32, Kind::B32}, 0},
    {"ds_nop", SECTION, nothing, Class::Lds, 4, Kind::None, {}, 0},
};
// clang-format on

} // namespace

absl::Span<const OpInfo> dsTable() { return table; }

SIMD_END
