//===- Fp8.td - The fp8 dialect: numbers ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8
#define DSV4C_FP8

include "Fp8/Fp8Dialect.td"
include "Fp8/Fp8Attrs.td"
include "Fp8/Fp8Types.td"
include "Fp8/Fp8ConversionOps.td"
include "Fp8/Fp8Ops.td"

#endif // DSV4C_FP8
