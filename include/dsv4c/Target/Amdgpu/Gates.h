//===- Gates.h - What a kernel may not do -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_AMDGPU_GATES_H
#define DSV4C_TARGET_AMDGPU_GATES_H

#include "dsv4c/Target/Amdgpu/CodeObjectInfo.h"
#include "mlir/IR/Location.h"

namespace dsv4c::amdgcn {

/// Fails with a diagnostic at `location`, or warns, for every kernel that
/// spills
/// `[amdgpu_spill_c1]`, uses scratch `[amdgpu_scratch_c1]`, has more LDS than
/// the target `[amdgpu_lds_c1]` or more registers than leave room for its
/// workgroup `[amdgpu_registers_c1]`.
llvm::LogicalResult verifyGates(llvm::ArrayRef<KernelInfo> kernels,
                                const tile::TargetFacts &target,
                                mlir::Location location, bool areErrors = true);

} // namespace dsv4c::amdgcn

#endif // DSV4C_TARGET_AMDGPU_GATES_H
