//===- NvvmObject.cpp - Kernels to PTX for NVIDIA GPUs --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "NvvmCodegen.h"
#include "dsv4c/Target/Support/SplitKernels.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::nvvm;

/// Enough modules for a driver that compiles one per core, and few enough for
/// the fixed cost of each to stay small.
static constexpr unsigned kModules = 64;

/// A clone of `module` with its gpu.module in the LLVM dialect.
static FailureOr<OwningOpRef<ModuleOp>>
lowerToLLVMDialect(ModuleOp module, const NvvmOptions &options) {
  MLIRContext *context = module.getContext();
  registerBuiltinDialectTranslation(*context);
  registerLLVMDialectTranslation(*context);
  registerNVVMDialectTranslation(*context);
  OwningOpRef<ModuleOp> clone(module.clone());
  PassManager manager(context);
  buildNvvmPipeline(manager, options);
  if (failed(manager.run(*clone)))
    return failure();
  return clone;
}

FailureOr<PtxModules> nvvm::compileNvvmKernels(ModuleOp module,
                                               const NvvmOptions &options,
                                               DumpStage dumpStage) {
  PtxModules result;
  module.walk([&](gpu::GPUFuncOp kernel) {
    uint32_t threads = 1;
    if (std::optional<ArrayRef<int32_t>> block = kernel.getKnownBlockSize())
      for (int32_t size : *block)
        threads *= size;
    result.threads[kernel.getName()] = threads;
  });
  FailureOr<OwningOpRef<ModuleOp>> lowered =
      lowerToLLVMDialect(module, options);
  if (failed(lowered))
    return failure();
  auto gpuModules = (*lowered)->getOps<gpu::GPUModuleOp>();
  if (!llvm::hasSingleElement(gpuModules))
    return module.emitError("expected one gpu.module, found ")
           << std::distance(gpuModules.begin(), gpuModules.end());
  llvm::ThreadPoolStrategy strategy =
      llvm::hardware_concurrency(options.numThreads);
  SmallVector<OwningOpRef<ModuleOp>> parts =
      splitKernels(*(*gpuModules.begin()).getBody(), kModules);
  SmallVector<FailureOr<std::string>> modules(parts.size(), failure());
  SmallVector<CodegenDumps> dumps(parts.size());
  llvm::DefaultThreadPool pool(strategy);
  for (size_t i = 0; i < parts.size(); ++i)
    pool.async([&, i] {
      dumps[i].wanted = bool(dumpStage);
      modules[i] = generatePtx(*parts[i], options, dumps[i]);
      parts[i] = {};
    });
  pool.wait();
  for (auto [ptx, dump] : llvm::zip(modules, dumps)) {
    if (failed(ptx))
      return failure();
    if (dumpStage) {
      dumpStage(NvvmStage::LLVMIR, dump.llvmIR);
      dumpStage(NvvmStage::OptimizedLLVMIR, dump.optimizedLLVMIR);
      dumpStage(NvvmStage::Assembly, *ptx);
    }
    result.modules.push_back(std::move(*ptx));
  }
  return result;
}

LogicalResult nvvm::emitNvvmStage(ModuleOp module, const NvvmOptions &options,
                                  NvvmStage stage, llvm::raw_ostream &os) {
  return success(succeeded(
      compileNvvmKernels(module, options, [&](NvvmStage which, StringRef text) {
        if (which == stage)
          os << text;
      })));
}
