//===- HostCodegen.h - Steps of host compilation ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_HOST_HOSTCODEGEN_H
#define DSV4C_LIB_TARGET_HOST_HOSTCODEGEN_H

#include "dsv4c/Target/Host/HostObject.h"

namespace dsv4c::host {

/// Text of the stages of one LLVM module; only those that are wanted are made.
struct CodegenDumps {
  bool wanted = false;
  std::string llvmIR, optimizedLLVMIR, assembly;
};

/// Translates a module in the LLVM dialect to a relocatable object. May run
/// concurrently for different modules.
mlir::FailureOr<llvm::SmallVector<char>>
generateObject(mlir::ModuleOp module, const HostOptions &options,
               CodegenDumps &dumps);

} // namespace dsv4c::host

#endif // DSV4C_LIB_TARGET_HOST_HOSTCODEGEN_H
