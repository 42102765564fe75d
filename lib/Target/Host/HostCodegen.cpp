//===- HostCodegen.cpp - LLVM dialect to a relocatable object -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HostCodegen.h"
#include "dsv4c/Target/Support/Optimize.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
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
