//===- Choose.h - Entries and experts that a token chooses ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_DSV4TOTILE_CHOOSE_H
#define DSV4C_CONVERSION_DSV4TOTILE_CHOOSE_H

#include "RowScope.h"

namespace dsv4c {

/// The best entries by the scores of the row, which lie in memory.
void select(RowScope &scope, dsv4::SelectOp op);
/// The experts of the row and their weights, from its logits.
void route(RowScope &scope, dsv4::RouteOp op);

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_CHOOSE_H
