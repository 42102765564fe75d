//===- AmdgpuCodegen.h - Steps of compilation for AMD GPUs ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_AMDGPU_AMDGPUCODEGEN_H
#define DSV4C_LIB_TARGET_AMDGPU_AMDGPUCODEGEN_H

#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"

namespace llvm {
class Module;
} // namespace llvm

namespace dsv4c::amdgcn {

/// Text of the stages of one LLVM module; only those that are wanted are made.
struct CodegenDumps {
  bool wanted = false;
  std::string llvmIR, optimizedLLVMIR, assembly;
};

/// Translates a module in the LLVM dialect to a relocatable object. May run
/// concurrently for different modules. `schedule` names a strategy of LLVM's
/// scheduler, or is empty.
mlir::FailureOr<llvm::SmallVector<char>>
generateObject(mlir::ModuleOp module, const AmdgpuOptions &options,
               llvm::StringRef schedule, CodegenDumps &dumps);

/// Fails with diagnostics at `location` if a function of `module` uses an
/// intrinsic that the target lacks, or calls anything.
llvm::LogicalResult verifyIntrinsics(const llvm::Module &module,
                                     const tile::TargetFacts &target,
                                     mlir::Location location);

} // namespace dsv4c::amdgcn

#endif // DSV4C_LIB_TARGET_AMDGPU_AMDGPUCODEGEN_H
