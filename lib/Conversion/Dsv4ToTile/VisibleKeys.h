//===- VisibleKeys.h - Keys that a token attends to -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A token sees the keys of its window, from the oldest on, whatever step
// brought them in, then entries: those selected for it, or all.

#ifndef DSV4C_CONVERSION_DSV4TOTILE_VISIBLEKEYS_H
#define DSV4C_CONVERSION_DSV4TOTILE_VISIBLEKEYS_H

#include "CacheRows.h"
#include "RowScope.h"

namespace dsv4c {

/// Keys of one token in a row; index scalars.
struct KeyRange {
  mlir::Value first, end;
  bool ofWindow;
};

/// A tile of keys. Those behind the end of the range don't exist: they are
/// zeros.
struct KeyTile {
  /// [N] of i1.
  mlir::Value exists;
  /// f32 [N, width + tail], of numbers that bf16 has.
  CacheRows::Keys keys;
};

class VisibleKeys {
public:
  VisibleKeys(RowScope &scope, dsv4::AttentionOp op);

  /// Positions.
  KeyRange window();
  /// Numbers of entries, or of selected ones; only if the op has entries.
  KeyRange entries();

  /// `count` keys of `range` from `start` on.
  KeyTile read(const KeyRange &range, mlir::Value start, int64_t count);

  /// Most entries that a token sees; none if that depends on the context.
  std::optional<int64_t> mostEntries();

private:
  RowScope &scope;
  KernelWriter &w;
  kernels::TileBuilder &b;
  dsv4::AttentionOp op;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_VISIBLEKEYS_H
