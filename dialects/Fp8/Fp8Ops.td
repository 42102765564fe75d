//===- Fp8Ops.td - Operations of the fp8 dialect --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_OPS
#define DSV4C_FP8_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Fp8/Fp8Types.td"

#endif // DSV4C_FP8_OPS
