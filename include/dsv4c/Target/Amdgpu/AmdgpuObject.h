//===- AmdgpuObject.h - Kernels to an AMD GPU code object -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every gpu.func of a gpu.module becomes a kernel of one code object (an ELF
// shared object for amdgcn-amd-amdhsa, code object version 5). Arguments are
// one 8-byte global address per parameter, in order, aligned to 256 bytes; no
// hidden arguments are used. A launch has as many workgroups as the tile.kernel
// says, each of known_block_size threads. Nothing is contracted or
// reassociated, square root and division are correctly rounded (but for
// subnormal quotients, whose last bit may differ), subnormals are kept: results
// have the host's bits.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TARGET_AMDGPU_AMDGPUOBJECT_H
#define DSV4C_TARGET_AMDGPU_AMDGPUOBJECT_H

#include "dsv4c/Target/Amdgpu/CodeObjectInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallVector.h"
#include <string>
#include <vector>

namespace dsv4c::amdgcn {

struct AmdgpuOptions {
  /// An entry of the table of targets whose kind is AmdGpu.
  const tile::TargetFacts *target = nullptr;
  /// LLVM's optimisation level, 0 to 3.
  unsigned optLevel = 3;
  /// Modules to compile at a time; 0 for one per core.
  unsigned numThreads = 0;
  /// Text that the locations of operations are lines of; empty if they aren't.
  /// Assembly then shows it in comments.
  llvm::StringRef source = {};
  /// Whether basic blocks are named "bN" after the line N that their operations
  /// have as location. Names change no code; assembly shows them. Stages are
  /// then dumped kernel by kernel.
  bool nameBlocks = false;
  /// Whether a kernel that a gate refuses is an error, or a warning.
  bool gatesAreErrors = true;
};

/// Stages that can be written as text.
enum class AmdgpuStage { LLVMIR, OptimizedLLVMIR, Assembly };

/// On a function: conversions become instructions where the target has them,
/// and what has no instruction becomes arithmetic.
void addExpansions(mlir::OpPassManager &functions,
                   const tile::TargetFacts &target);

/// The passes from gpu.module to the LLVM dialect, in order.
void buildAmdgpuPipeline(mlir::OpPassManager &manager,
                         const AmdgpuOptions &options);

/// Registers the passes and `amdgpu-pipeline`, buildAmdgpuPipeline with the
/// option `target`.
void registerAmdgpuPipeline();

/// What dumpStage receives.
using DumpStage = llvm::function_ref<void(AmdgpuStage, llvm::StringRef text)>;

/// Compiles the kernels of the only gpu.module of `module`, which stays as it
/// is, to relocatable objects. Fails with a diagnostic
/// that names the kernel if one uses what the target lacks.
mlir::FailureOr<std::vector<llvm::SmallVector<char>>>
compileAmdgpuKernels(mlir::ModuleOp module, const AmdgpuOptions &options,
                     DumpStage dumpStage = nullptr);

struct AmdgpuObject {
  llvm::SmallVector<char> bytes;
  std::vector<KernelInfo> kernels; ///< sorted by name
};

/// Links such objects to a code object and checks its kernels (Gates.h). lld
/// resets the options of the process: see LinkElf.h.
mlir::FailureOr<AmdgpuObject>
linkAmdgpuObject(llvm::ArrayRef<llvm::SmallVector<char>> objects,
                 const AmdgpuOptions &options, mlir::Location location);

/// Writes one stage of the compilation of `module` as text.
llvm::LogicalResult emitAmdgpuStage(mlir::ModuleOp module,
                                    const AmdgpuOptions &options,
                                    AmdgpuStage stage, llvm::raw_ostream &os);

} // namespace dsv4c::amdgcn

#endif // DSV4C_TARGET_AMDGPU_AMDGPUOBJECT_H
