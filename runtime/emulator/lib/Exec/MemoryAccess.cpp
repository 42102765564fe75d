//===- MemoryAccess.cpp - Wait counts, alignment and scratch --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryAccess.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

namespace dsv4emu {

using DSV4EMU_SIMD::forLanes;

void issueVm(Wave &w, const Inst &i) {
  ++w.vmIssued;
  // The counter has six bits. When it is full, the wave stalls until its oldest
  // access is done, which compilers count on.
  constexpr uint32_t kMost = 63;
  if (w.vmIssued - w.vmDone > kMost)
    w.vmDone = w.vmIssued - kMost;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k) {
      w.shadow->attend(i.defs[k]);
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->vgprVm[i.defs[k].first - kVgpr + r] = w.vmIssued;
    }
}

void issueLds(Wave &w, const Inst &i) {
  ++w.lgIssued;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k) {
      w.shadow->attend(i.defs[k]);
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->vgprLgkm[i.defs[k].first - kVgpr + r] = w.lgIssued;
    }
}

void issueFlat(Wave &w, const Inst &i, bool memory, bool lds) {
  // Both counters run, but data comes with the one of where it lies, which is
  // the only one compilers wait for when they know.
  Inst none;
  issueVm(w, memory ? i : none);
  issueLds(w, lds ? i : none);
}

void issueSmem(Wave &w, const Inst &i) {
  ++w.lgIssued;
  ++w.smemOpen;
  if (w.shadow)
    for (unsigned k = 0; k < i.defCount; ++k) {
      w.shadow->attend(i.defs[k]);
      for (unsigned r = 0; r < i.defs[k].count; ++r)
        w.shadow->sgprLgkm[i.defs[k].first + r] = w.lgIssued;
    }
}

void reportMisaligned(Wave &w, const Lanes &lanes, unsigned bytes,
                      Access access) {
  unsigned need = neededAlignment(bytes, access);
  forLanes(lanes.mask, [&](unsigned l) {
    if (lanes.address[l] & (need - 1))
      w.report(Check::Misaligned, static_cast<int>(l),
               absl::StrCat("address 0x", absl::Hex(lanes.address[l]), " of ",
                            bytes, " bytes is not a multiple of ", need));
  });
}

void validateScratch(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
                     Access access) {
  CheckSet checks = w.group->launch->checks();
  uint64_t mask = lanes.mask;
  forLanes(lanes.mask, [&](unsigned l) {
    if (lanes.address[l] + bytes <= w.scratchBytes)
      return;
    mask &= ~(uint64_t{1} << l);
    w.report(checks.has(Check::OutOfBounds) ? Check::OutOfBounds : Check::Fault,
             static_cast<int>(l),
             absl::StrCat("accesses ", bytes, " bytes of scratch at ",
                          lanes.address[l], "; a work-item has ",
                          w.scratchBytes));
  });
  lanes.mask = mask;
  if (checks.has(Check::Misaligned))
    reportMisaligned(w, lanes, bytes, access);
  if (!w.shadow || w.scratchInit.empty())
    return;
  // Undefined values move through scratch without a report.
  forLanes(lanes.mask, [&](unsigned l) {
    uint8_t *init =
        w.scratchInit.data() + uint64_t{w.scratchBytes} * l + lanes.address[l];
    for (unsigned first = 0; first < bytes; first += 4) {
      unsigned count = std::min(4u, bytes - first);
      if (access == Access::Load) {
        if (i.defCount == 0) // On the way to LDS.
          continue;
        uint64_t &lane = w.shadow->vgprInit[i.dst - kVgpr + first / 4];
        bool known = false;
        for (unsigned k = 0; k < count; ++k)
          known |= init[first + k];
        lane = (lane & ~(uint64_t{1} << l)) | uint64_t{known} << l;
      } else {
        bool known = w.shadow->vgprInit[i.src[1] - kVgpr + first / 4] >> l & 1;
        std::memset(init + first, known, count);
      }
    }
  });
}

} // namespace dsv4emu
