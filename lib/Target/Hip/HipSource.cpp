//===- HipSource.cpp - Kernels as HIP C++ ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Hip/HipSource.h"
#include "FunctionEmitter.h"
#include "dsv4c/Dialect/Exec/IR/KernelParameter.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

KernelParameters hip::describeParameters(ModuleOp module) {
  KernelParameters result;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    std::vector<Parameter> &parameters = result[kernel.getSymName()];
    for (unsigned i = 0; i < exec::getNumParameters(kernel); ++i) {
      FailureOr<exec::KernelParameter> parameter =
          exec::getParameter(kernel, i);
      if (failed(parameter)) {
        // Without what the schedule needs: a kernel on its own.
        result.erase(kernel.getSymName());
        break;
      }
      std::string part = exec::stringifyPart(parameter->part).str();
      std::string description;
      llvm::raw_string_ostream(description)
          << parameter->type << ", " << part << " of " << parameter->holds;
      parameters.push_back(
          {(part == "whole" ? "buffer" : part) + "_" + std::to_string(i),
           std::move(description)});
    }
  }
  return result;
}

static LogicalResult emitFunctions(gpu::GPUModuleOp module,
                                   const HipOptions &options, FileState &file,
                                   std::string &text) {
  for (Operation &op : *module.getBody()) {
    FunctionEmitter emitter(file);
    if (auto helper = dyn_cast<func::FuncOp>(op)) {
      if (failed(emitter.emitHelper(helper)))
        return failure();
    } else if (auto kernel = dyn_cast<gpu::GPUFuncOp>(op)) {
      auto found = options.parameters.find(kernel.getName());
      if (failed(emitter.emitKernel(kernel, found == options.parameters.end()
                                                ? ArrayRef<Parameter>()
                                                : ArrayRef(found->second))))
        return failure();
    } else {
      // [hip_source_c1]
      return op.emitOpError("[hip_source_c1] has no translation to HIP C++");
    }
    text += emitter.getText();
  }
  return success();
}

FailureOr<std::string> hip::emitHipSource(ModuleOp module,
                                          const HipOptions &options) {
  OwningOpRef<ModuleOp> clone(module.clone());
  PassManager manager(module.getContext());
  buildHipPipeline(manager, *options.target);
  if (failed(manager.run(*clone)))
    return failure();
  auto gpuModules = clone->getOps<gpu::GPUModuleOp>();
  if (!llvm::hasSingleElement(gpuModules))
    return module.emitError("expected one gpu.module, found ")
           << std::distance(gpuModules.begin(), gpuModules.end());
  FileState file{{}, {}, SourceLines(options.source)};
  std::string functions;
  if (failed(emitFunctions(*gpuModules.begin(), options, file, functions)))
    return failure();
  // Types and helpers that the functions turned out to use.
  std::string definitions = file.types.definitions();
  return preludeBegin(*options.target) + definitions +
         (definitions.empty() ? "" : "\n") + preludeHelpers(file.helpers) +
         functions + preludeEnd();
}
