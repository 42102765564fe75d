//===- ScalarizeSplats.h - Repeated integers in one register ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_AMDGPU_SCALARIZESPLATS_H
#define DSV4C_LIB_TARGET_AMDGPU_SCALARIZESPLATS_H

#include "llvm/IR/Module.h"

namespace dsv4c::amdgcn {

/// Arithmetic and comparisons on vectors of integers are done element by
/// element, as the instructions do them, where an operand repeats one number
/// and comes from another block:
///
///   op <n x T> v, splat(s)  ==>  op T v[i], s  for every i
///
/// Between blocks LLVM keeps a register per element, n copies of s in a loop
/// that s is the same in.
void scalarizeSplats(llvm::Module &module);

} // namespace dsv4c::amdgcn

#endif // DSV4C_LIB_TARGET_AMDGPU_SCALARIZESPLATS_H
