//===- RegisterChecks.h - Poison and wait counts of registers ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Undefined lanes spread through arithmetic and moves, because compilers move
// padding around; they are reported where they decide something: a comparison,
// an address, a branch mask, a value stored to global memory. A register whose
// load is still outstanding is reported at its first use.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_REGISTERCHECKS_H
#define DSV4EMU_LIB_REGISTERCHECKS_H

#include "Wave.h"

namespace dsv4emu {

/// Whether some register of the instruction has its attention bit set; if not,
/// there is nothing to check before it nor to note after it.
inline bool needsAttention(const Wave &w, const Inst &i) {
  uint64_t hits = 0;
  const RegisterMask *mask = w.masks + i.firstMask;
  for (unsigned k = 0; k < i.maskCount; ++k)
    hits |= w.shadow->attention[mask[k].word] & mask[k].bits;
  return hits != 0;
}
/// Clears the attention bits of registers that are defined and not outstanding
/// any more; true if others remain.
bool stillNeedsAttention(Wave &w, const Inst &i);

void checkBefore(Wave &w, const Inst &i, CheckSet checks);
void checkAfter(Wave &w, const Inst &i);

/// As assembly names the register with this code.
std::string registerName(unsigned code);

/// Lanes of `range` that are defined in every register of it.
uint64_t definedLanes(const Wave &w, const RegRange &range);

} // namespace dsv4emu

#endif // DSV4EMU_LIB_REGISTERCHECKS_H
