//===- AmdgpuCodegen.cpp - LLVM dialect to a relocatable object -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AmdgpuCodegen.h"
#include "ScalarizeSplats.h"
#include "dsv4c/Target/Support/Optimize.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include <mutex>

using namespace dsv4c;
using namespace dsv4c::amdgcn;

/// ROCm reads 5 since release 5.3, and 6 only since 6.3.
static constexpr unsigned kCodeObjectVersion = 500;

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const AmdgpuOptions &options, std::string &error) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTarget();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUAsmPrinter();
    LLVMInitializeAMDGPUAsmParser();
  });
  llvm::Triple triple("amdgcn-amd-amdhsa");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions targetOptions;
  targetOptions.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  // Neighbouring narrow accesses stay narrow where a wide one would be
  // unaligned: that a driver allows it is not guaranteed.
  constexpr char features[] = "-unaligned-access-mode";
  targetOptions.MCOptions.AsmVerbose = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, options.target->name, features, targetOptions, llvm::Reloc::PIC_,
      std::nullopt, static_cast<llvm::CodeGenOptLevel>(options.optLevel)));
}

static void setAttributes(llvm::Module &module, const AmdgpuOptions &options,
                          llvm::StringRef schedule) {
  module.addModuleFlag(llvm::Module::Error, "amdhsa_code_object_version",
                       kCodeObjectVersion);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr(llvm::Attribute::NoRecurse);
    function.addFnAttr(llvm::Attribute::MustProgress);
    function.addFnAttr("target-cpu", options.target->name);
    function.addFnAttr("uniform-work-group-size", "true");
    if (!schedule.empty())
      function.addFnAttr("amdgpu-sched-strategy", schedule);
    // A launch passes the parameters and nothing else.
    for (llvm::StringRef hidden :
         {"amdgpu-no-implicitarg-ptr", "amdgpu-no-dispatch-ptr",
          "amdgpu-no-queue-ptr", "amdgpu-no-dispatch-id",
          "amdgpu-no-hostcall-ptr", "amdgpu-no-heap-ptr",
          "amdgpu-no-multigrid-sync-arg", "amdgpu-no-completion-action",
          "amdgpu-no-default-queue", "amdgpu-no-lds-kernel-id",
          "amdgpu-no-workgroup-id-y", "amdgpu-no-workgroup-id-z",
          "amdgpu-no-workitem-id-y", "amdgpu-no-workitem-id-z"})
      function.addFnAttr(hidden);
  }
}

namespace {
/// Turns what LLVM reports into diagnostics of MLIR.
struct ErrorReporter {
  const tile::TargetFacts &target;
  mlir::Location location;
  bool failed = false;

  static void callback(const llvm::DiagnosticInfo *info, void *reporter) {
    if (info->getSeverity() == llvm::DS_Error)
      static_cast<ErrorReporter *>(reporter)->report(*info);
  }

  void report(const llvm::DiagnosticInfo &info) {
    failed = true;
    if (auto *limit = llvm::dyn_cast<llvm::DiagnosticInfoResourceLimit>(&info);
        limit && llvm::StringRef(limit->getResourceName()) == "local memory") {
      // [amdgpu_lds_c1]
      mlir::emitError(location, "[amdgpu_lds_c1] kernel '")
          << limit->getFunction().getName() << "' on " << target.name << " has "
          << limit->getResourceSize() << " bytes of LDS; expected at most "
          << limit->getResourceLimit();
      return;
    }
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::DiagnosticPrinterRawOStream printer(os);
    info.print(printer);
    // [amdgpu_instruction_c3]
    mlir::emitError(location)
        << (info.getKind() == llvm::DK_SrcMgr ? "[amdgpu_instruction_c3] " : "")
        << target.name << ": " << text;
  }
};
} // namespace

/// The line that most operations of a block have as location; 0 if none has.
static unsigned getLine(mlir::Block &block) {
  llvm::MapVector<unsigned, unsigned> votes;
  for (mlir::Operation &op : block) {
    // Canonicalisation moves constants.
    if (op.hasTrait<mlir::OpTrait::ConstantLike>())
      continue;
    op.getLoc()->walk([&](mlir::Location part) {
      auto file = llvm::dyn_cast<mlir::FileLineColLoc>(part);
      if (!file)
        return mlir::WalkResult::advance();
      ++votes[file.getLine()];
      return mlir::WalkResult::interrupt();
    });
  }
  unsigned line = 0, most = 0;
  for (auto [candidate, count] : votes)
    if (count > most)
      std::tie(line, most) = std::pair(candidate, count);
  return line;
}

/// Translation keeps the order of blocks.
static void nameBlocks(mlir::ModuleOp module, llvm::Module &llvmModule) {
  module.walk([&](mlir::LLVM::LLVMFuncOp function) {
    llvm::Function *translated = llvmModule.getFunction(function.getName());
    if (!translated ||
        translated->size() != function.getBody().getBlocks().size())
      return;
    for (auto [block, named] : llvm::zip(function.getBody(), *translated))
      named.setName("b" + llvm::Twine(getLine(block)) + "_");
  });
}

mlir::FailureOr<llvm::SmallVector<char>>
amdgcn::generateObject(mlir::ModuleOp module, const AmdgpuOptions &options,
                       llvm::StringRef schedule, CodegenDumps &dumps) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(options, error);
  if (!machine)
    return module.emitError("no AMDGPU code generator: ") << error;

  ErrorReporter errors{*options.target, module.getLoc()};
  llvm::LLVMContext context;
  context.setDiagnosticHandlerCallBack(ErrorReporter::callback, &errors);
  std::unique_ptr<llvm::Module> llvmModule =
      mlir::translateModuleToLLVMIR(module, context, "kernels");
  if (!llvmModule ||
      failed(verifyIntrinsics(*llvmModule, *options.target, module.getLoc())))
    return mlir::failure();
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  setAttributes(*llvmModule, options, schedule);
  if (options.nameBlocks)
    nameBlocks(module, *llvmModule);
  if (dumps.wanted)
    dumps.llvmIR = printModule(*llvmModule);
  // Kernels come unrolled as far as their tiles go; more would fill registers
  // with the addresses of several iterations.
  optimize(*llvmModule, *machine, options.optLevel, /*unroll=*/false);
  scalarizeSplats(*llvmModule);
  if (dumps.wanted) {
    dumps.optimizedLLVMIR = printModule(*llvmModule);
    auto copy = llvm::CloneModule(*llvmModule);
    llvm::SmallVector<char> text =
        emitFile(*copy, *machine, llvm::CodeGenFileType::AssemblyFile);
    dumps.assembly.assign(text.begin(), text.end());
  }
  llvm::SmallVector<char> object =
      emitFile(*llvmModule, *machine, llvm::CodeGenFileType::ObjectFile);
  if (errors.failed)
    return mlir::failure();
  return object;
}
