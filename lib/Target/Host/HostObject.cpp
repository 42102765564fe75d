//===- HostObject.cpp - Kernels to an x86-64 shared object ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Host/HostObject.h"
#include "HostCodegen.h"
#include "dsv4c/Target/Support/SplitKernels.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::host;

LogicalResult host::verifyHostOptions(ModuleOp module,
                                      const HostOptions &options) {
  // [host_march_c1]
  if (options.march != "x86-64-v3" && options.march != "x86-64-v4")
    return module.emitError("[host_march_c1] expects march x86-64-v3 or "
                            "x86-64-v4 (FMA and F16C are needed), found '")
           << options.march << "'";
  // [host_march_c2]
  if (options.optLevel > 3)
    return module.emitError("[host_march_c2] expects an optimisation level of "
                            "0 to 3, found ")
           << options.optLevel;
  return success();
}

/// A clone of `kernels` in the LLVM dialect.
static FailureOr<OwningOpRef<ModuleOp>>
lowerToLLVMDialect(ModuleOp kernels, const HostOptions &options) {
  if (failed(verifyHostOptions(kernels, options)))
    return failure();
  MLIRContext *context = kernels.getContext();
  registerBuiltinDialectTranslation(*context);
  registerLLVMDialectTranslation(*context);
  OwningOpRef<ModuleOp> module(kernels.clone());
  PassManager manager(context);
  buildHostPipeline(manager, options);
  if (failed(manager.run(*module)))
    return failure();
  return module;
}

FailureOr<std::vector<SmallVector<char>>>
host::compileHostKernels(ModuleOp kernels, const HostOptions &options,
                         DumpStage dumpStage) {
  FailureOr<OwningOpRef<ModuleOp>> module =
      lowerToLLVMDialect(kernels, options);
  if (failed(module))
    return failure();

  llvm::ThreadPoolStrategy strategy =
      llvm::hardware_concurrency(options.numThreads);
  unsigned numThreads = strategy.compute_thread_count();
  // More parts than threads even out the load.
  SmallVector<OwningOpRef<ModuleOp>> parts =
      splitKernels(*(*module)->getBody(), numThreads == 1 ? 1 : 4 * numThreads);
  SmallVector<FailureOr<SmallVector<char>>> results(parts.size(), failure());
  SmallVector<CodegenDumps> dumps(parts.size());
  llvm::DefaultThreadPool pool(strategy);
  for (size_t i = 0; i < parts.size(); ++i)
    pool.async([&, i] {
      dumps[i].wanted = bool(dumpStage);
      results[i] = generateObject(*parts[i], options, dumps[i]);
    });
  pool.wait();

  std::vector<SmallVector<char>> objects;
  for (FailureOr<SmallVector<char>> &result : results) {
    if (failed(result))
      return failure();
    objects.push_back(std::move(*result));
  }
  if (dumpStage)
    for (const CodegenDumps &dump : dumps) {
      dumpStage(HostStage::LLVMIR, dump.llvmIR);
      dumpStage(HostStage::OptimizedLLVMIR, dump.optimizedLLVMIR);
      dumpStage(HostStage::Assembly, dump.assembly);
    }
  return objects;
}

FailureOr<SmallVector<char>>
host::compileHostObject(ModuleOp kernels, const HostOptions &options) {
  auto objects = compileHostKernels(kernels, options);
  if (failed(objects))
    return failure();
  return linkHostObject(*objects, kernels.getLoc());
}

LogicalResult host::emitHostStage(ModuleOp kernels, const HostOptions &options,
                                  HostStage stage, llvm::raw_ostream &os) {
  FailureOr<OwningOpRef<ModuleOp>> module =
      lowerToLLVMDialect(kernels, options);
  if (failed(module))
    return failure();
  CodegenDumps dumps;
  dumps.wanted = true;
  if (failed(generateObject(**module, options, dumps)))
    return failure();
  switch (stage) {
  case HostStage::LLVMIR:
    os << dumps.llvmIR;
    break;
  case HostStage::OptimizedLLVMIR:
    os << dumps.optimizedLLVMIR;
    break;
  case HostStage::Assembly:
    os << dumps.assembly;
    break;
  }
  return success();
}
