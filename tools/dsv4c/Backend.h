//===- Backend.h - From tile kernels to a code object -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TOOLS_DSV4C_BACKEND_H
#define DSV4C_TOOLS_DSV4C_BACKEND_H

#include "dsv4c/Bundle/BuildManifest.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace dsv4c {

/// Text stages of kernels, in order.
enum class KernelStage { LLVMIR, OptimizedLLVMIR, Assembly, Hip };

/// Compiles the kernels of one target. Linking comes last of all: lld resets
/// the options of the process.
class Backend {
public:
  using Dump = llvm::function_ref<void(KernelStage, llvm::StringRef text)>;

  virtual ~Backend() = default;

  /// Compiles `kernels`, a module of tile.kernels that may be changed, to
  /// relocatable objects.
  virtual llvm::LogicalResult compile(mlir::ModuleOp kernels, Dump dump) = 0;
  /// Writes one stage as text.
  virtual llvm::LogicalResult emit(mlir::ModuleOp kernels, KernelStage stage,
                                   llvm::raw_ostream &os) = 0;
  /// What `compile` has made, linked.
  virtual mlir::FailureOr<bundle::CodeObject> link(mlir::Location location) = 0;

  /// Threads of a workgroup by kernel, known once it is linked.
  const llvm::StringMap<uint32_t> &getThreads() const { return threads; }

protected:
  llvm::StringMap<uint32_t> threads;
};

struct BackendOptions {
  const tile::TargetFacts *target;
  fp8::FloatDialect format;
  std::string march; ///< of the host
  unsigned jobs;     ///< 0: one per core
  bool gatesAreErrors;
  bool keepsHipSource; ///< with the code object; of GPUs
};

std::unique_ptr<Backend> createHostBackend(const BackendOptions &options);
std::unique_ptr<Backend> createAmdgpuBackend(const BackendOptions &options);
std::unique_ptr<Backend> createNvvmBackend(const BackendOptions &options);

inline std::unique_ptr<Backend> createBackend(const BackendOptions &options) {
  switch (options.target->kind) {
  case tile::TargetKind::Host:
    return createHostBackend(options);
  case tile::TargetKind::AmdGpu:
    return createAmdgpuBackend(options);
  case tile::TargetKind::NvidiaGpu:
    return createNvvmBackend(options);
  }
  llvm_unreachable("covers every kind of target");
}

} // namespace dsv4c

#endif // DSV4C_TOOLS_DSV4C_BACKEND_H
