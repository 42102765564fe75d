//===- AmdgpuObject.cpp - Kernels to an AMD GPU code object ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "AmdgpuCodegen.h"
#include "AnnotateAssembly.h"
#include "MergeMetadata.h"
#include "dsv4c/Target/Amdgpu/Gates.h"
#include "dsv4c/Target/Support/LinkElf.h"
#include "dsv4c/Target/Support/SplitKernels.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/ROCDL/ROCDLToLLVMIRTranslation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::amdgcn;

/// Gives functions the scopes without which LLVM drops locations.
static LogicalResult addDebugScopes(ModuleOp part) {
  PassManager manager(part.getContext());
  manager.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  return manager.run(part);
}

/// A clone of `module` with its gpu.module in the LLVM dialect.
static FailureOr<OwningOpRef<ModuleOp>>
lowerToLLVMDialect(ModuleOp module, const AmdgpuOptions &options) {
  MLIRContext *context = module.getContext();
  registerBuiltinDialectTranslation(*context);
  registerLLVMDialectTranslation(*context);
  registerROCDLDialectTranslation(*context);
  OwningOpRef<ModuleOp> clone(module.clone());
  PassManager manager(context);
  buildAmdgpuPipeline(manager, options);
  if (failed(manager.run(*clone)))
    return failure();
  return clone;
}

namespace {
/// A way to let LLVM compile a kernel. Whether scalars spill is a matter of
/// luck in schedules and allocations: a pressure that one way ends a little
/// above the limit ends below it in another.
struct Strategy {
  /// "amdgpu-sched-strategy" of functions; empty for LLVM's choice.
  StringLiteral schedule;
  /// The scheduler counts registers exactly instead of overshooting by a few.
  bool tracksRegisters;
  /// What was hoisted out of a loop goes back into it where registers run out.
  bool sinks;
  /// Addresses in loops are rewritten to increments.
  bool reducesStrength = true;
  /// Machine instructions leave loops in which they are the same.
  bool hoists = true;
};

/// In the order in which they are tried, for kernels that spill so far. LLVM's
/// defaults help most of those that the first way doesn't.
constexpr Strategy kStrategies[] = {{"", true, false},
                                    {"", true, true},
                                    {"", false, false},
                                    {"iterative-minreg", true, true},
                                    {"", true, true, false},
                                    {"", true, false, false},
                                    {"", true, true, true, false}};
} // namespace

/// LLVM offers these as options of the process only, and linking resets them.
/// Not while kernels are being compiled.
static void setOptions(const Strategy &strategy) {
  auto &all = llvm::cl::getRegisteredOptions();
  auto set = [&](StringRef name, bool value) {
    auto it = all.find(name);
    if (it != all.end())
      static_cast<llvm::cl::opt<bool> *>(it->second)->setValue(value);
  };
  set("amdgpu-use-amdgpu-trackers", strategy.tracksRegisters);
  set("sink-insts-to-avoid-spills", strategy.sinks);
  set("disable-lsr", !strategy.reducesStrength);
  set("disable-machine-licm", !strategy.hoists);
}

FailureOr<std::vector<SmallVector<char>>>
amdgcn::compileAmdgpuKernels(ModuleOp module, const AmdgpuOptions &options,
                             DumpStage dumpStage) {
  FailureOr<OwningOpRef<ModuleOp>> lowered =
      lowerToLLVMDialect(module, options);
  if (failed(lowered))
    return failure();
  auto gpuModules = (*lowered)->getOps<gpu::GPUModuleOp>();
  if (!llvm::hasSingleElement(gpuModules))
    return module.emitError("expected one gpu.module, found ")
           << std::distance(gpuModules.begin(), gpuModules.end());

  // A module per kernel, so that each can be compiled in its own way; stages
  // are written as one.
  SmallVector<OwningOpRef<ModuleOp>> parts = splitKernels(
      *(*gpuModules.begin()).getBody(),
      dumpStage && !options.nameBlocks ? 1
                                       : std::numeric_limits<unsigned>::max());
  if (!options.source.empty())
    for (OwningOpRef<ModuleOp> &part : parts)
      if (failed(addDebugScopes(*part)))
        return failure();
  SmallVector<FailureOr<SmallVector<char>>> results(parts.size(), failure());
  SmallVector<CodegenDumps> dumps(parts.size());
  SmallVector<size_t> spilling = llvm::to_vector(llvm::seq(parts.size()));
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.numThreads));
  for (const Strategy &strategy : kStrategies) {
    bool isFirst = &strategy == kStrategies;
    setOptions(strategy);
    for (size_t i : spilling)
      pool.async([&, i] {
        CodegenDumps dump;
        dump.wanted = bool(dumpStage);
        FailureOr<SmallVector<char>> object =
            generateObject(*parts[i], options, strategy.schedule, dump);
        bool isClean = succeeded(object) && !hasSpills(*object);
        if (isClean || failed(object))
          parts[i] = {};
        // If nothing helps, the gates tell about the first way.
        if (isClean || isFirst) {
          results[i] = std::move(object);
          dumps[i] = std::move(dump);
        }
      });
    pool.wait();
    llvm::erase_if(spilling, [&](size_t i) { return !parts[i]; });
  }
  setOptions(kStrategies[0]);

  std::vector<SmallVector<char>> objects;
  for (FailureOr<SmallVector<char>> &result : results) {
    if (failed(result))
      return failure();
    objects.push_back(std::move(*result));
  }
  if (dumpStage)
    for (const CodegenDumps &dump : dumps) {
      dumpStage(AmdgpuStage::LLVMIR, dump.llvmIR);
      dumpStage(AmdgpuStage::OptimizedLLVMIR, dump.optimizedLLVMIR);
      dumpStage(AmdgpuStage::Assembly, dump.assembly);
    }
  return objects;
}

FailureOr<AmdgpuObject>
amdgcn::linkAmdgpuObject(ArrayRef<SmallVector<char>> objects,
                         const AmdgpuOptions &options, Location location) {
  FailureOr<SmallVector<char>> linked =
      linkElf(objects, {"--no-undefined"}, location);
  if (failed(linked))
    return failure();
  if (llvm::Error error = mergeMetadata(*linked))
    return emitError(location) << llvm::toString(std::move(error));
  llvm::Expected<std::vector<KernelInfo>> kernels =
      readKernelInfo(*linked, *options.target);
  if (!kernels)
    return emitError(location) << llvm::toString(kernels.takeError());
  if (failed(verifyGates(*kernels, *options.target, location,
                         options.gatesAreErrors)))
    return failure();
  return AmdgpuObject{std::move(*linked), std::move(*kernels)};
}

LogicalResult amdgcn::emitAmdgpuStage(ModuleOp module,
                                      const AmdgpuOptions &options,
                                      AmdgpuStage stage,
                                      llvm::raw_ostream &os) {
  auto write = [&](AmdgpuStage which, StringRef text) {
    if (which != stage)
      return;
    if (stage == AmdgpuStage::Assembly && !options.source.empty())
      os << annotateAssembly(text, options.source);
    else
      os << text;
  };
  AmdgpuOptions oneModule = options;
  oneModule.numThreads = 1;
  return success(succeeded(compileAmdgpuKernels(module, oneModule, write)));
}
