//===- HostObject.h - Kernels to an x86-64 shared object --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel becomes an exported function
//
//     void name(void *const *buffers, int64_t first, int64_t last)
//
// that runs workgroups first .. last - 1. buffers[i] is the address of memref
// argument i, aligned to 64 bytes. Functions are reentrant; the stack is their
// only memory. Nothing is contracted or reassociated, so the bits of a result
// depend on the kernel alone, not on the level or the optimiser.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TARGET_HOST_HOSTOBJECT_H
#define DSV4C_TARGET_HOST_HOSTOBJECT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallVector.h"
#include <string>
#include <vector>

namespace dsv4c::host {

struct HostOptions {
  /// Micro-architecture level: "x86-64-v3" (AVX2, FMA, F16C) or "x86-64-v4"
  /// (AVX-512).
  std::string march = "x86-64-v3";
  /// LLVM's optimisation level, 0 to 3.
  unsigned optLevel = 2;
  /// Modules to compile at a time; 0 for one per core.
  unsigned numThreads = 0;
};

/// What dumpStage receives.
enum class HostStage { LLVMIR, OptimizedLLVMIR, Assembly };

using DumpStage = llvm::function_ref<void(HostStage, llvm::StringRef text)>;

/// Fails with a diagnostic at `module` for levels other than the two above.
llvm::LogicalResult verifyHostOptions(mlir::ModuleOp module,
                                      const HostOptions &options);

/// The passes from tile.kernel to the LLVM dialect, in order.
void buildHostPipeline(mlir::OpPassManager &manager,
                       const HostOptions &options);

/// Registers `tile-host-pipeline`, buildHostPipeline with the options' defaults
/// and `march`.
void registerHostPipeline();

/// Compiles the kernels of `kernels`, which stays as it is, to relocatable
/// objects.
mlir::FailureOr<std::vector<llvm::SmallVector<char>>>
compileHostKernels(mlir::ModuleOp kernels, const HostOptions &options,
                   DumpStage dumpStage = nullptr);

/// Links them to an ELF shared object. It refers to nothing but memcpy, memmove
/// and memset; anything else is an error that names the symbol. lld resets the
/// options of the process: see LinkElf.h.
mlir::FailureOr<llvm::SmallVector<char>>
linkHostObject(llvm::ArrayRef<llvm::SmallVector<char>> objects,
               mlir::Location location);

/// Both.
mlir::FailureOr<llvm::SmallVector<char>>
compileHostObject(mlir::ModuleOp kernels, const HostOptions &options);

/// Writes one stage of the compilation of `kernels` as text.
llvm::LogicalResult emitHostStage(mlir::ModuleOp kernels,
                                  const HostOptions &options, HostStage stage,
                                  llvm::raw_ostream &os);

} // namespace dsv4c::host

#endif // DSV4C_TARGET_HOST_HOSTOBJECT_H
