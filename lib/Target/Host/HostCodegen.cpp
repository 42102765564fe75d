//===- HostCodegen.cpp - LLVM dialect to a relocatable object -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HostCodegen.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include <mutex>

using namespace dsv4c;
using namespace dsv4c::host;

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const HostOptions &options, std::string &error) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions targetOptions;
  targetOptions.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, options.march, /*Features=*/"", targetOptions, llvm::Reloc::PIC_,
      llvm::CodeModel::Small,
      static_cast<llvm::CodeGenOptLevel>(options.optLevel)));
}

static void setFunctionAttributes(llvm::Module &module,
                                  const HostOptions &options) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("target-cpu", options.march);
    if (options.march == "x86-64-v4") {
      function.addFnAttr("prefer-vector-width", "512");
      function.addFnAttr("min-legal-vector-width", "512");
    }
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned optLevel) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  static const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::ModulePassManager passes =
      optLevel == 0 ? builder.buildO0DefaultPipeline(levels[0])
                    : builder.buildPerModuleDefaultPipeline(levels[optLevel]);
  passes.run(module, modules);
}

static std::string printModule(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

/// Emits `module`, which code generation may change.
static llvm::SmallVector<char> emitFile(llvm::Module &module,
                                        llvm::TargetMachine &machine,
                                        llvm::CodeGenFileType type) {
  llvm::SmallVector<char> output;
  llvm::raw_svector_ostream os(output);
  llvm::legacy::PassManager passes;
  [[maybe_unused]] bool failed =
      machine.addPassesToEmitFile(passes, os, nullptr, type);
  assert(!failed && "x86 emits objects and assembly");
  passes.run(module);
  return output;
}

mlir::FailureOr<llvm::SmallVector<char>>
host::generateObject(mlir::ModuleOp module, const HostOptions &options,
                     CodegenDumps &dumps) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(options, error);
  if (!machine)
    return module.emitError("no x86-64 code generator: ") << error;

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      mlir::translateModuleToLLVMIR(module, context, "kernels");
  if (!llvmModule)
    return mlir::failure();
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setPICLevel(llvm::PICLevel::BigPIC);
  setFunctionAttributes(*llvmModule, options);
  if (dumps.wanted)
    dumps.llvmIR = printModule(*llvmModule);
  optimize(*llvmModule, *machine, options.optLevel);
  if (dumps.wanted) {
    dumps.optimizedLLVMIR = printModule(*llvmModule);
    auto copy = llvm::CloneModule(*llvmModule);
    llvm::SmallVector<char> text =
        emitFile(*copy, *machine, llvm::CodeGenFileType::AssemblyFile);
    dumps.assembly.assign(text.begin(), text.end());
  }
  return emitFile(*llvmModule, *machine, llvm::CodeGenFileType::ObjectFile);
}
