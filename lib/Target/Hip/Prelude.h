//===- Prelude.h - What every emitted file begins with ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_HIP_PRELUDE_H
#define DSV4C_LIB_TARGET_HIP_PRELUDE_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include <set>
#include <string>

namespace dsv4c::hip {

/// Functions of the prelude, by name.
enum class Helper {
  Load,
  LoadNontemporal,
  Store,
  StoreNontemporal,
  Select,
  LaneId,
  Shuffle,
  LdsBarrier,
  WorkgroupBarrier,
};

/// The stamp: a comment, guards that refuse another chip, another FP8 dialect
/// or fast math, keywords, scalar types. Ends inside the guards and the
/// namespace.
std::string preludeBegin(const tile::TargetFacts &target);

/// The helpers, with those that they call.
std::string preludeHelpers(const std::set<Helper> &used);

std::string preludeEnd();

} // namespace dsv4c::hip

#endif // DSV4C_LIB_TARGET_HIP_PRELUDE_H
