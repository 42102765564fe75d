//===- Smem.cpp - Scalar memory instructions ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarAddress.h"

SIMD_BEGIN
namespace {

template <unsigned Words, bool Buffer>
void load(Wave &w, const Inst &i) {
  ScalarAddress at = scalarAddress(w, i, Buffer);
  Lanes lanes;
  lanes.mask = 1;
  for (unsigned k = 0; k < Words; ++k) {
    uint32_t value = 0;
    if (at.inRange(4 * k, 4)) {
      lanes.mask = 1;
      lanes.address[0] = at.address + 4 * k;
      validateGlobal<4>(w, i, lanes, Access::Load);
      if (w.stop)
        return;
      if (lanes.mask)
        std::memcpy(&value, reinterpret_cast<void *>(lanes.address[0]), 4);
    }
    if (i.dst + k < 128)
      w.sgpr[i.dst + k] = value;
  }
  issueSmem(w, i);
}

// The clock counts this wave's instructions, at one per four cycles.
void readTime(Wave &w, const Inst &i) {
  w.set64(i.dst & 126, w.group->launch->clock() * 4);
  issueSmem(w, i);
}

// Scalar caches and address translations hold nothing here that could be stale
// or missing, so these only count.
void cacheControl(Wave &w, const Inst &i) { issueSmem(w, i); }

#define SECTION "12.6. SMEM Instructions"
#define LOAD(SUFFIX, WORDS, DST)                                               \
  {"s_load_" SUFFIX, SECTION, load<WORDS, false>, Class::Smem, 4, DST,         \
   {Kind::B64},      0},                                                       \
      {"s_buffer_load_" SUFFIX,                                                \
       SECTION,                                                                \
       load<WORDS, true>,                                                      \
       Class::Smem,                                                            \
       4,                                                                      \
       DST,                                                                    \
       {Kind::V4},                                                             \
       0},
// clang-format off
const OpInfo table[] = {
    LOAD("dword", 1, Kind::B32)
    LOAD("dwordx2", 2, Kind::B64)
    LOAD("dwordx4", 4, Kind::V4)
    LOAD("dwordx8", 8, Kind::V8)
    LOAD("dwordx16", 16, Kind::V16)
    {"s_memtime", SECTION, readTime, Class::Smem, 4, Kind::B64, {}, 0},
    {"s_memrealtime", SECTION, readTime, Class::Smem, 4, Kind::B64, {}, 0},
    {"s_dcache_inv", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
    {"s_dcache_wb", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
    {"s_dcache_inv_vol", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
    {"s_dcache_wb_vol", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
    {"s_atc_probe", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
    {"s_atc_probe_buffer", SECTION, cacheControl, Class::Smem, 4, Kind::None, {}, 0},
};
// clang-format on

} // namespace

absl::Span<const OpInfo> smemTable() { return table; }

SIMD_END
