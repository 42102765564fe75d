//===- Kernels.cpp - dsv4c kernels ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "dsv4c/Target/Hip/HipSource.h"
#include "dsv4c/Target/Nvvm/NvvmObject.h"
#include "dsv4run/Bundle/PtxModules.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace dsv4c;
namespace cl = llvm::cl;

namespace {
enum class Emit { LLVM, Asm, Object, Hip };

struct Request {
  std::string input, output;
  const tile::TargetFacts *target;
  Emit emit;
  unsigned jobs;
  bool ignoreGates;
};
} // namespace

/// PTX is both assembly and object.
static LogicalResult writeNvvm(ModuleOp module, const Request &request,
                               llvm::raw_ostream &os) {
  nvvm::NvvmOptions options;
  options.target = request.target;
  options.numThreads = request.jobs;
  options.gatesAreErrors = !request.ignoreGates;
  if (request.emit != Emit::Object)
    return nvvm::emitNvvmStage(module, options,
                               request.emit == Emit::LLVM
                                   ? nvvm::NvvmStage::OptimizedLLVMIR
                                   : nvvm::NvvmStage::Assembly,
                               os);
  auto ptx = nvvm::compileNvvmKernels(module, options);
  if (failed(ptx))
    return failure();
  os << dsv4run::JoinPtxModules(ptx->modules);
  return success();
}

/// `source` is what the module was parsed from.
static LogicalResult writeAmdgpu(ModuleOp module, const Request &request,
                                 StringRef source, llvm::raw_ostream &os) {
  if (request.emit == Emit::Hip) {
    hip::HipOptions options;
    options.target = request.target;
    FailureOr<std::string> text = hip::emitHipSource(module, options);
    if (failed(text))
      return failure();
    os << *text;
    return success();
  }
  amdgcn::AmdgpuOptions options;
  options.target = request.target;
  options.numThreads = request.jobs;
  options.gatesAreErrors = !request.ignoreGates;
  if (request.emit == Emit::Asm)
    options.source = source;
  if (request.emit != Emit::Object)
    return amdgcn::emitAmdgpuStage(module, options,
                                   request.emit == Emit::LLVM
                                       ? amdgcn::AmdgpuStage::OptimizedLLVMIR
                                       : amdgcn::AmdgpuStage::Assembly,
                                   os);
  auto objects = amdgcn::compileAmdgpuKernels(module, options);
  if (failed(objects))
    return failure();
  auto linked = amdgcn::linkAmdgpuObject(*objects, options, module.getLoc());
  if (failed(linked))
    return failure();
  os.write(linked->bytes.data(), linked->bytes.size());
  return success();
}

static int run(const Request &request) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(request.input, &message);
  if (!file) {
    llvm::errs() << "dsv4c kernels: " << message << '\n';
    return kFailure;
  }
  llvm::StringRef source = file->getBuffer();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return kFailure;
  auto output = openOutputFile(request.output, &message);
  if (!output) {
    llvm::errs() << "dsv4c kernels: " << message << '\n';
    return kFailure;
  }
  bool isNvidia = request.target->kind == tile::TargetKind::NvidiaGpu;
  if (failed(isNvidia ? writeNvvm(*module, request, output->os())
                      : writeAmdgpu(*module, request, source, output->os())))
    return kFailure;
  output->keep();
  return kSuccess;
}

int dsv4c::runKernels(int argc, char **argv) {
  registerPassesAndPipelines();
  registerPassManagerCLOptions();
  cl::OptionCategory category("dsv4c kernels");
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<module.mlir>"));
  cl::opt<std::string> output("o", cl::init("-"), cl::cat(category),
                              cl::value_desc("file"),
                              cl::desc("Output (default: standard output)"));
  cl::opt<std::string> target("target", cl::cat(category), cl::Required,
                              cl::value_desc("gfx942|gfx950|sm_90"),
                              cl::desc("What to compile for"));
  cl::opt<unsigned> jobs("jobs", cl::init(0), cl::cat(category),
                         cl::desc("Threads (default: every core)"));
  cl::opt<bool> ignoreGates("ignore-gates", cl::cat(category),
                            cl::desc("Only warn of spills and scratch"));
  cl::opt<Emit> emit(
      "emit", cl::cat(category), cl::init(Emit::Object),
      cl::desc("What to write"),
      cl::values(
          clEnumValN(Emit::LLVM, "llvm", "optimised LLVM IR"),
          clEnumValN(Emit::Asm, "asm", "assembly"),
          clEnumValN(Emit::Object, "object", "ELF code object, or PTX modules"),
          clEnumValN(Emit::Hip, "hip", "HIP C++ (AMD GPUs)")));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "dsv4c kernels: a gpu.module to a code object\n",
          &llvm::errs()))
    return kBadUsage;
  const tile::TargetFacts *facts = tile::findTarget(target);
  if (!facts || !facts->isGpu()) {
    llvm::errs() << "dsv4c kernels: --target=" << target
                 << ": expected gfx942, gfx950 or sm_90\n";
    return kBadUsage;
  }
  if (emit == Emit::Hip && facts->kind != tile::TargetKind::AmdGpu) {
    llvm::errs() << "dsv4c kernels: --emit=hip: expected an AMD GPU, found "
                    "--target="
                 << target << '\n';
    return kBadUsage;
  }
  return run({input, output, facts, emit, jobs, ignoreGates});
}
