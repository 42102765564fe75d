//===- Passes.h - Prepare kernels for HIP C++ -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_HIP_PASSES_H
#define DSV4C_TARGET_HIP_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c::hip {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Conversion/HipPasses.h.inc"

} // namespace dsv4c::hip

#endif // DSV4C_TARGET_HIP_PASSES_H
