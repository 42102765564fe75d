//===- HipSource.h - Kernels as HIP C++ -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes the kernels of a gpu.module as one file of HIP C++ that includes
// nothing, for clang (as HIP, as C++ for amdgcn-amd-amdhsa) and hipRTC. It has
// the launch interface of the code object (AmdgpuObject.h): the kernels' names
// and one pointer to global memory per parameter. It does the same arithmetic
// in the same order and turns contraction off itself; it refuses to compile
// with fast math, and for any chip but the one it is for, whose FP8 dialect is
// part of its meaning.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TARGET_HIP_HIPSOURCE_H
#define DSV4C_TARGET_HIP_HIPSOURCE_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include <string>
#include <vector>

namespace dsv4c::hip {

/// A kernel's parameter, for readers.
struct Parameter {
  std::string name;        ///< a C++ identifier
  std::string description; ///< what is in the buffer
};
using KernelParameters = llvm::StringMap<std::vector<Parameter>>;

struct HipOptions {
  /// An entry of the table of targets whose kind is AmdGpu.
  const tile::TargetFacts *target = nullptr;
  /// Text that the locations of operations are lines of; empty if they aren't.
  /// The source then shows it in comments and takes names from it.
  llvm::StringRef source = {};
  /// By kernel; kernels that are not here number their parameters.
  KernelParameters parameters = {};
};

/// The parameters of the tile.kernels of `module`, by what they hold.
KernelParameters describeParameters(mlir::ModuleOp module);

/// Outlines helpers and expands what has no instruction.
void buildHipPipeline(mlir::OpPassManager &manager,
                      const tile::TargetFacts &target);

/// Registers the passes and `hip-pipeline`, buildHipPipeline with the option
/// `target`.
void registerHipPipeline();

/// The source of the only gpu.module of `module`, which stays as it is. Fails
/// with a diagnostic at an op that has no translation.
mlir::FailureOr<std::string> emitHipSource(mlir::ModuleOp module,
                                           const HipOptions &options);

} // namespace dsv4c::hip

#endif // DSV4C_TARGET_HIP_HIPSOURCE_H
