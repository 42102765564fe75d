//===- Passes.h - From gpu.func to what LLVM compiles to PTX ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_NVVM_PASSES_H
#define DSV4C_TARGET_NVVM_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace dsv4c::nvvm {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Conversion/NvvmPasses.h.inc"

} // namespace dsv4c::nvvm

#endif // DSV4C_TARGET_NVVM_PASSES_H
