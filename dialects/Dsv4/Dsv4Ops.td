//===- Dsv4Ops.td - Operations of the dsv4 dialect ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_OPS
#define DSV4C_DSV4_OPS

include "Dsv4/Dsv4ProgramOps.td"
include "Dsv4/Dsv4StreamOps.td"
include "Dsv4/Dsv4LinearOps.td"
include "Dsv4/Dsv4AttentionOps.td"
include "Dsv4/Dsv4CompressorOps.td"
include "Dsv4/Dsv4ExpertOps.td"
include "Dsv4/Dsv4LaunchOps.td"

#endif // DSV4C_DSV4_OPS
