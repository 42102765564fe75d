//===- Dsv4Types.td - Types of the dsv4 dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_TYPES
#define DSV4C_DSV4_TYPES

include "mlir/IR/AttrTypeBase.td"
include "Dsv4/Dsv4Dialect.td"

#endif // DSV4C_DSV4_TYPES
