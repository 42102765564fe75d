//===- AmdgpuBackend.cpp - Kernels for AMD GPUs ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Backend.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4c/Target/Hip/HipSource.h"
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
    keepsHipSource = backend.keepsHipSource;
  }

  LogicalResult compile(ModuleOp kernels, Dump dump) override {
    if (failed(keepsHipSource ? translate(kernels, hipSource)
                              : distribute(kernels)))
      return failure();
    if (dump && keepsHipSource)
      dump(KernelStage::Hip, hipSource);
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
    if (stage == KernelStage::Hip) {
      if (failed(translate(kernels, hipSource)))
        return failure();
      os << hipSource;
      return success();
    }
    std::string source;
    amdgcn::AmdgpuOptions withSource = options;
    if (stage == KernelStage::Assembly) {
      source = locateInText(kernels);
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
        {data, data + bytes.size()},
        hipSource};
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

  /// The text of the tile kernels, whose lines locations become, for comments.
  static std::string locateInText(ModuleOp kernels) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    generateLocationsFromIR(stream, "kernels.tile.mlir", kernels,
                            OpPrintingFlags());
    return text;
  }

  /// Tile kernels to a gpu.module, and that to HIP C++.
  LogicalResult translate(ModuleOp kernels, std::string &source) {
    hip::HipOptions hip;
    hip.target = options.target;
    hip.parameters = hip::describeParameters(kernels);
    std::string text = locateInText(kernels);
    hip.source = text;
    if (failed(distribute(kernels)))
      return failure();
    FailureOr<std::string> emitted = hip::emitHipSource(kernels, hip);
    if (failed(emitted))
      return failure();
    source = std::move(*emitted);
    return success();
  }

  amdgcn::AmdgpuOptions options;
  bool keepsHipSource = false;
  std::string hipSource;
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
