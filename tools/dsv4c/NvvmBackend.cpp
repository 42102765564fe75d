//===- NvvmBackend.cpp - Kernels for NVIDIA GPUs --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Backend.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Bundle/PtxModules.h"

using namespace mlir;
using namespace dsv4c;

namespace {

class NvvmBackend : public Backend {
public:
  explicit NvvmBackend(const BackendOptions &backend) {
    options.target = backend.target;
    options.numThreads = backend.jobs;
    options.gatesAreErrors = backend.gatesAreErrors;
  }

  LogicalResult compile(ModuleOp kernels, Dump dump) override {
    if (failed(distribute(kernels)))
      return failure();
    auto forward = [&](nvvm::NvvmStage stage, StringRef text) {
      dump(static_cast<KernelStage>(stage), text);
    };
    auto result = dump ? nvvm::compileNvvmKernels(kernels, options, forward)
                       : nvvm::compileNvvmKernels(kernels, options);
    if (failed(result))
      return failure();
    modules = std::move(result->modules);
    threads = std::move(result->threads);
    return success();
  }

  LogicalResult emit(ModuleOp kernels, KernelStage stage,
                     llvm::raw_ostream &os) override {
    if (failed(distribute(kernels)))
      return failure();
    return nvvm::emitNvvmStage(kernels, options,
                               static_cast<nvvm::NvvmStage>(stage), os);
  }

  FailureOr<bundle::CodeObject> link(Location) override {
    std::string name = options.target->name.str();
    std::string code = dsv4run::JoinPtxModules(modules);
    std::vector<std::byte> bytes = dsv4run::WriteOffloadBundle(
        {{dsv4run::OffloadEntryId(name),
          {reinterpret_cast<const std::byte *>(code.data()), code.size()}}});
    auto *data = reinterpret_cast<const char *>(bytes.data());
    return bundle::CodeObject{
        name,
        name,
        fp8::stringifyFloatDialect(options.target->format).str(),
        {data, data + bytes.size()}};
  }

private:
  /// Tile kernels to a gpu.module.
  LogicalResult distribute(ModuleOp kernels) {
    PassManager manager(kernels.getContext());
    if (failed(applyPassManagerCLOptions(manager)))
      return failure();
    buildGpuPipeline(manager, *options.target);
    return manager.run(kernels);
  }

  nvvm::NvvmOptions options;
  std::vector<std::string> modules;
};

static_assert(int(nvvm::NvvmStage::LLVMIR) == int(KernelStage::LLVMIR) &&
              int(nvvm::NvvmStage::OptimizedLLVMIR) ==
                  int(KernelStage::OptimizedLLVMIR) &&
              int(nvvm::NvvmStage::Assembly) == int(KernelStage::Assembly));

} // namespace

std::unique_ptr<Backend>
dsv4c::createNvvmBackend(const BackendOptions &options) {
  return std::make_unique<NvvmBackend>(options);
}
