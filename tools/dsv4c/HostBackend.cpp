//===- HostBackend.cpp - Kernels for x86-64 -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Backend.h"
#include "dsv4c/Target/Host/HostObject.h"

using namespace mlir;
using namespace dsv4c;

namespace {

static_assert(int(host::HostStage::LLVMIR) == int(KernelStage::LLVMIR) &&
              int(host::HostStage::OptimizedLLVMIR) ==
                  int(KernelStage::OptimizedLLVMIR) &&
              int(host::HostStage::Assembly) == int(KernelStage::Assembly));

class HostBackend : public Backend {
public:
  explicit HostBackend(const BackendOptions &backend)
      : format(backend.format == fp8::FloatDialect::Fnuz ? "fnuz" : "ocp") {
    options.march = backend.march;
    options.numThreads = backend.jobs;
  }

  LogicalResult compile(ModuleOp kernels, Dump dump) override {
    auto forward = [&](host::HostStage stage, StringRef text) {
      dump(static_cast<KernelStage>(stage), text);
    };
    auto result = dump ? host::compileHostKernels(kernels, options, forward)
                       : host::compileHostKernels(kernels, options);
    if (failed(result))
      return failure();
    objects = std::move(*result);
    return success();
  }

  LogicalResult emit(ModuleOp kernels, KernelStage stage,
                     llvm::raw_ostream &os) override {
    return host::emitHostStage(kernels, options,
                               static_cast<host::HostStage>(stage), os);
  }

  FailureOr<bundle::CodeObject> link(Location location) override {
    auto linked = host::linkHostObject(objects, location);
    if (failed(linked))
      return failure();
    return bundle::CodeObject{
        "host", options.march, format, {linked->begin(), linked->end()}, {}};
  }

private:
  host::HostOptions options;
  std::string format;
  std::vector<SmallVector<char>> objects;
};

} // namespace

std::unique_ptr<Backend>
dsv4c::createHostBackend(const BackendOptions &options) {
  return std::make_unique<HostBackend>(options);
}
