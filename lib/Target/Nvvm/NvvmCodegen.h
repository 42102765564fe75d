//===- NvvmCodegen.h - LLVM dialect to PTX ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_NVVM_NVVMCODEGEN_H
#define DSV4C_LIB_TARGET_NVVM_NVVMCODEGEN_H

#include "dsv4c/Target/Nvvm/NvvmObject.h"

namespace dsv4c::nvvm {

/// Text of the stages of one LLVM module; only those that are wanted are made.
struct CodegenDumps {
  bool wanted = false;
  std::string llvmIR, optimizedLLVMIR;
};

/// Translates a module in the LLVM dialect to PTX. May run concurrently for
/// different modules.
mlir::FailureOr<std::string> generatePtx(mlir::ModuleOp module,
                                         const NvvmOptions &options,
                                         CodegenDumps &dumps);

} // namespace dsv4c::nvvm

#endif // DSV4C_LIB_TARGET_NVVM_NVVMCODEGEN_H
