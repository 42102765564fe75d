//===- SmemStore.cpp - Scalar stores and atomics --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Atomics.h"
#include "ScalarAddress.h"
#include "absl/strings/str_cat.h"

SIMD_BEGIN

ScalarAddress scalarAddress(Wave &w, const Inst &i, bool buffer) {
  ScalarAddress at;
  uint64_t base, offset = static_cast<uint64_t>(int64_t{i.offset});
  if (i.src[1] < 128)
    offset += w.sgpr[i.src[1]];
  if (buffer) {
    const uint32_t *d = &w.sgpr[i.src[0]];
    base = d[0] | uint64_t{d[1] & 0xffff} << 32;
    uint64_t stride = d[1] >> 16 & 0x3fff;
    at.limit = stride ? uint64_t{d[2]} * stride : d[2];
  } else {
    base = w.get64(i.src[0]);
  }
  at.offset = offset & ~uint64_t{3};
  at.address = (base + offset) & ~uint64_t{3};
  if (((base + offset) & 3) != 0 &&
      w.group->launch->checks().has(Check::Misaligned))
    w.report(Check::Misaligned, -1,
             absl::StrCat("scalar access at 0x", absl::Hex(base + offset),
                          ", which is not a multiple of 4"));
  return at;
}

namespace {

template <unsigned Words, bool Buffer>
void store(Wave &w, const Inst &i) {
  ScalarAddress at = scalarAddress(w, i, Buffer);
  Lanes lanes;
  for (unsigned k = 0; k < Words; ++k) {
    if (!at.inRange(4 * k, 4))
      continue;
    lanes.mask = 1;
    lanes.address[0] = at.address + 4 * k;
    validateGlobal<4>(w, i, lanes, Access::Store);
    if (w.stop)
      return;
    if (lanes.mask)
      std::memcpy(reinterpret_cast<void *>(lanes.address[0]),
                  &w.sgpr[i.dst + k], 4);
  }
  issueSmem(w, i);
}

// The operand stands in the data registers, a comparison value behind it; glc
// returns the old value there.
template <class A, bool Buffer>
void atomic(Wave &w, const Inst &i) {
  using T = typename A::type;
  constexpr unsigned words = sizeof(T) / 4;
  ScalarAddress at = scalarAddress(w, i, Buffer);
  Lanes lanes;
  lanes.mask = at.inRange(0, sizeof(T));
  lanes.address[0] = at.address;
  if (lanes.mask)
    validateGlobal<sizeof(T)>(w, i, lanes, Access::Atomic);
  if (w.stop)
    return;
  uint32_t *data = &w.sgpr[i.dst];
  if (lanes.mask) {
    T b, c;
    std::memcpy(&b, data, sizeof(T));
    std::memcpy(&c, data + words, sizeof(T));
    T old = atomicUpdate<T>(reinterpret_cast<uint8_t *>(lanes.address[0]),
                            [&](T m) { return A::value(m, b, c); });
    if (i.sc0)
      std::memcpy(data, &old, sizeof(T));
  } else if (i.sc0) {
    std::fill_n(data, words, 0u);
  }
  issueSmem(w, i);
}

#define SECTION "12.6. SMEM Instructions"
#define STORE(SUFFIX, WORDS, DATA)                                             \
  {                                                                            \
      "s_store_" SUFFIX, SECTION, store<WORDS, false>,                         \
      Class::Smem,       4,       Kind::None,                                  \
      {Kind::B64, DATA}, 0},                                                   \
      {"s_buffer_store_" SUFFIX,                                               \
       SECTION,                                                                \
       store<WORDS, true>,                                                     \
       Class::Smem,                                                            \
       4,                                                                      \
       Kind::None,                                                             \
       {Kind::V4, DATA},                                                       \
       0},
#define ATOMIC(NAME)                                                           \
  {"s_atomic_" #NAME,                                                          \
   SECTION,                                                                    \
   atomic<atomic_##NAME, false>,                                               \
   Class::Atomic,                                                              \
   4,                                                                          \
   kResult<atomic_##NAME>,                                                     \
   {Kind::B64, atomicData(#NAME, sizeof(atomic_##NAME::type))},                \
   0},                                                                         \
      {"s_buffer_atomic_" #NAME,                                               \
       SECTION,                                                                \
       atomic<atomic_##NAME, true>,                                            \
       Class::Atomic,                                                          \
       4,                                                                      \
       kResult<atomic_##NAME>,                                                 \
       {Kind::V4, atomicData(#NAME, sizeof(atomic_##NAME::type))},             \
       0},
#define BOTH(NAME) ATOMIC(NAME) ATOMIC(NAME##_x2)

template <class A>
constexpr Kind kResult = sizeof(typename A::type) == 8 ? Kind::B64 : Kind::B32;

const OpInfo table[] = {
    STORE("dword", 1, Kind::B32) STORE("dwordx2", 2, Kind::B64)
        STORE("dwordx4", 4, Kind::V4) BOTH(swap) BOTH(cmpswap) BOTH(add)
            BOTH(sub) BOTH(smin) BOTH(umin) BOTH(smax) BOTH(umax) BOTH(and)
                BOTH(or) BOTH(xor) BOTH(inc) BOTH(dec)};

} // namespace

absl::Span<const OpInfo> smemStoreTable() { return table; }

SIMD_END
