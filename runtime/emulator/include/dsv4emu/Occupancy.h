//===- Occupancy.h - Waves per SIMD from a kernel's resources ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_OCCUPANCY_H
#define DSV4EMU_OCCUPANCY_H

#include "dsv4emu/CodeObject.h"
#include <algorithm>
#include <array>

namespace dsv4emu {

struct Occupancy {
  unsigned wavesPerSimd = 0;
  unsigned workgroups = 0; ///< On a compute unit.
  const char *limit = "";
};

/// A compute unit has four SIMDs with 512 registers per lane each, at most
/// eight waves per SIMD, 64 KB of LDS and sixteen workgroups with barriers.
inline Occupancy computeOccupancy(const Kernel &kernel,
                                  const std::array<uint32_t, 3> &workgroup,
                                  uint32_t ldsBytes) {
  unsigned waves = (workgroup[0] * workgroup[1] * workgroup[2] + 63) / 64;
  Occupancy out{8, 0, "waves"};
  unsigned byRegisters = 512 / std::max(8u, kernel.allocatedVgprs());
  if (byRegisters < out.wavesPerSimd)
    out = {byRegisters, 0, "vgprs"};
  unsigned groups = waves ? out.wavesPerSimd * 4 / waves : 0;
  unsigned byLds = ldsBytes ? 65536 / ldsBytes : ~0u;
  if (byLds < groups) {
    groups = byLds;
    out.limit = "lds";
  }
  if (waves > 1 && groups > 16) {
    groups = 16;
    out.limit = "workgroups";
  }
  out.workgroups = groups;
  out.wavesPerSimd = std::min(out.wavesPerSimd, (groups * waves + 3) / 4);
  return out;
}

} // namespace dsv4emu

#endif // DSV4EMU_OCCUPANCY_H
