//===- NvvmObject.h - Kernels to PTX for NVIDIA GPUs ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every gpu.func of a gpu.module becomes a kernel (`.entry`) of one of several
// PTX modules, which drivers compile side by side (PtxModules.h of the runtime:
// names, and how modules stand in a code object). Arguments are one 8-byte
// global address per parameter, in order, aligned to 256 bytes. Nothing is
// contracted or reassociated, square root and division are correctly rounded,
// subnormals are kept: what no matrix instruction computes has the host's bits.
//
// Registers and spills are the driver's affair and known when it has loaded the
// kernels; the cuda device logs them (docs/H100.md).
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TARGET_NVVM_NVVMOBJECT_H
#define DSV4C_TARGET_NVVM_NVVMOBJECT_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include <string>
#include <vector>

namespace dsv4c::nvvm {

struct NvvmOptions {
  /// An entry of the table of targets whose kind is NvidiaGpu.
  const tile::TargetFacts *target = nullptr;
  /// LLVM's optimisation level, 0 to 3.
  unsigned optLevel = 3;
  /// Modules to compile at a time; 0 for one per core.
  unsigned numThreads = 0;
  /// Whether a kernel that a gate refuses is an error, or a warning.
  bool gatesAreErrors = true;
};

/// Stages that can be written as text. PTX is the assembly.
enum class NvvmStage { LLVMIR, OptimizedLLVMIR, Assembly };

/// The passes from gpu.module to the LLVM dialect, in order.
void buildNvvmPipeline(mlir::OpPassManager &manager,
                       const NvvmOptions &options);

/// Registers the passes and `nvvm-pipeline`, buildNvvmPipeline with the option
/// `target`.
void registerNvvmPipeline();

/// What dumpStage receives.
using DumpStage = llvm::function_ref<void(NvvmStage, llvm::StringRef text)>;

struct PtxModules {
  std::vector<std::string> modules;
  /// Threads of a workgroup by kernel, by the name that the IR has.
  llvm::StringMap<uint32_t> threads;
};

/// Compiles the kernels of the only gpu.module of `module`, which stays as it
/// is. Fails with a diagnostic that names the kernel if one calls a function
/// (`[nvvm_call_c1]`), has variables in local memory (`[nvvm_local_c1]`) or
/// more shared memory than the target (`[nvvm_shared_c1]`).
mlir::FailureOr<PtxModules> compileNvvmKernels(mlir::ModuleOp module,
                                               const NvvmOptions &options,
                                               DumpStage dumpStage = nullptr);

/// Writes one stage of the compilation of `module` as text.
llvm::LogicalResult emitNvvmStage(mlir::ModuleOp module,
                                  const NvvmOptions &options, NvvmStage stage,
                                  llvm::raw_ostream &os);

} // namespace dsv4c::nvvm

#endif // DSV4C_TARGET_NVVM_NVVMOBJECT_H
