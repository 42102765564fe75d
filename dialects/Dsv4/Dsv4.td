//===- Dsv4.td - The dsv4 dialect: the model as a graph -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4
#define DSV4C_DSV4

include "Dsv4/Dsv4Dialect.td"
include "Dsv4/Dsv4Attrs.td"
include "Dsv4/Dsv4Types.td"
include "Dsv4/Dsv4Ops.td"

#endif // DSV4C_DSV4
