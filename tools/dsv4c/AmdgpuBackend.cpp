//===- AmdgpuBackend.cpp - Kernels for AMD GPUs ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Backend.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "mlir/Transforms/LocationSnapshot.h"

using namespace mlir;
using namespace dsv4c;

namespace {

class AmdgpuBackend : public Backend {
public:
  explicit AmdgpuBackend(const BackendOptions &backend) {
    options.target = backend.target;
    options.numThreads = backend.jobs;
    options.gatesAreErrors = backend.gatesAreErrors;
  }

  LogicalResult compile(ModuleOp kernels, Dump dump) override {
    if (failed(distribute(kernels)))
      return failure();
    auto forward = [&](amdgcn::AmdgpuStage stage, StringRef text) {
      dump(static_cast<KernelStage>(stage), text);
    };
    auto result = dump ? amdgcn::compileAmdgpuKernels(kernels, options, forward)
                       : amdgcn::compileAmdgpuKernels(kernels, options);
    if (failed(result))
      return failure();
    objects = std::move(*result);
    return success();
  }

  LogicalResult emit(ModuleOp kernels, KernelStage stage,
                     llvm::raw_ostream &os) override {
    std::string source;
    amdgcn::AmdgpuOptions withSource = options;
    if (stage == KernelStage::Assembly) {
      // Locations become lines of the tile kernels, which comments then show.
      llvm::raw_string_ostream sourceStream(source);
      generateLocationsFromIR(sourceStream, "kernels.tile.mlir", kernels,
                              OpPrintingFlags());
      withSource.source = source;
    }
    if (failed(distribute(kernels)))
      return failure();
    return amdgcn::emitAmdgpuStage(kernels, withSource,
                                   static_cast<amdgcn::AmdgpuStage>(stage), os);
  }

  FailureOr<bundle::CodeObject> link(Location location) override {
    auto linked = amdgcn::linkAmdgpuObject(objects, options, location);
    if (failed(linked))
      return failure();
    for (const amdgcn::KernelInfo &kernel : linked->kernels)
      threads[kernel.name] = kernel.workgroupSize;
    std::string name = options.target->name.str();
    std::vector<std::byte> bytes = dsv4run::WriteOffloadBundle(
        {{dsv4run::OffloadEntryId(name),
          {reinterpret_cast<const std::byte *>(linked->bytes.data()),
           linked->bytes.size()}}});
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

  amdgcn::AmdgpuOptions options;
  std::vector<SmallVector<char>> objects;
};

static_assert(int(amdgcn::AmdgpuStage::LLVMIR) == int(KernelStage::LLVMIR) &&
              int(amdgcn::AmdgpuStage::OptimizedLLVMIR) ==
                  int(KernelStage::OptimizedLLVMIR) &&
              int(amdgcn::AmdgpuStage::Assembly) == int(KernelStage::Assembly));

} // namespace

std::unique_ptr<Backend>
dsv4c::createAmdgpuBackend(const BackendOptions &options) {
  return std::make_unique<AmdgpuBackend>(options);
}
