//===- Smem.cpp - Scalar memory instructions ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"

SIMD_BEGIN
namespace {

/// src[0]: first register of the base, src[1]: scalar offset or kLiteral for
/// none. A buffer form takes a descriptor and its range.
template <unsigned Words, bool Buffer>
void load(Wave &w, const Inst &i) {
  uint64_t base, limit = ~uint64_t{0};
  uint64_t offset = static_cast<uint64_t>(int64_t{i.offset});
  if (i.src[1] < 128)
    offset += w.sgpr[i.src[1]];
  if (Buffer) {
    const uint32_t *d = &w.sgpr[i.src[0]];
    base = d[0] | uint64_t{d[1] & 0xffff} << 32;
    uint64_t stride = d[1] >> 16 & 0x3fff;
    limit = stride ? uint64_t{d[2]} * stride : d[2];
  } else {
    base = w.get64(i.src[0]);
  }
  // The two low bits of the sum are ignored by hardware.
  uint64_t address = (base + offset) & ~uint64_t{3};
  if (((base + offset) & 3) != 0 &&
      w.group->launch->checks().has(Check::Misaligned))
    w.report(Check::Misaligned, -1,
             absl::StrCat("scalar load at 0x", absl::Hex(base + offset),
                          ", which is not a multiple of 4"));
  Lanes lanes;
  lanes.mask = 1;
  for (unsigned k = 0; k < Words; ++k) {
    uint32_t value = 0;
    if (!Buffer || (offset & ~uint64_t{3}) + 4 * k + 4 <= limit) {
      lanes.mask = 1;
      lanes.address[0] = address + 4 * k;
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

// Scalar caches hold nothing here that could be stale, so these only count.
void cacheControl(Wave &w, const Inst &i) { issueSmem(w, i); }

#define SECTION "SMEM Instructions"
#define LOAD(SUFFIX, WORDS, DST)                                               \
  {"s_load_" SUFFIX, SECTION, load<WORDS, false>, Class::Smem, 4, DST, {}, 0}, \
      {"s_buffer_load_" SUFFIX,                                                \
       SECTION,                                                                \
       load<WORDS, true>,                                                      \
       Class::Smem,                                                            \
       4,                                                                      \
       DST,                                                                    \
       {},                                                                     \
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
};
// clang-format on

} // namespace

absl::Span<const OpInfo> smemTable() { return table; }

SIMD_END
