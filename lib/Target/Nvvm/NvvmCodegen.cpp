//===- NvvmCodegen.cpp - LLVM dialect to PTX ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "NvvmCodegen.h"
#include "dsv4c/Target/Support/Optimize.h"
#include "dsv4run/Bundle/PtxModules.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace dsv4c;
using namespace dsv4c::nvvm;

/// The first PTX with FP8 factors of mma.sync; drivers read it since 550.
static constexpr llvm::StringLiteral kFeatures = "+ptx84";
/// LLVM's numbers of memory that a workgroup shares, and of constants.
static constexpr unsigned kSharedSpace = 3, kConstantSpace = 4;
static constexpr unsigned kSharedAlignment = 16;

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const NvvmOptions &options, std::string &error) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions targetOptions;
  targetOptions.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, options.target->name, kFeatures, targetOptions, std::nullopt,
      std::nullopt, static_cast<llvm::CodeGenOptLevel>(options.optLevel)));
}

/// The kernel that alone uses `variable`.
static llvm::Function *findUser(llvm::Value &variable) {
  for (llvm::User *user : variable.users()) {
    if (auto *instruction = llvm::dyn_cast<llvm::Instruction>(user))
      return instruction->getFunction();
    if (llvm::Function *function = findUser(*user))
      return function;
  }
  return nullptr;
}

/// Gives kernels names that PTX has, and shared memory that it declares.
static llvm::LogicalResult prepareKernels(llvm::Module &module,
                                          const tile::TargetFacts &target,
                                          mlir::Location location) {
  for (llvm::GlobalVariable &variable :
       llvm::make_early_inc_range(module.globals())) {
    if (variable.getAddressSpace() != kSharedSpace)
      continue;
    llvm::Function *kernel = findUser(variable);
    if (!kernel) {
      variable.eraseFromParent();
      continue;
    }
    uint64_t bytes =
        module.getDataLayout().getTypeAllocSize(variable.getValueType());
    // [nvvm_shared_c1]
    if (bytes > static_cast<uint64_t>(target.ldsBytes))
      return mlir::emitError(location, "[nvvm_shared_c1] kernel '")
             << kernel->getName() << "' on " << target.name << " has " << bytes
             << " bytes of shared memory; expected at most " << target.ldsBytes;
    variable.setAlignment(llvm::Align(kSharedAlignment));
    if (bytes <= dsv4run::kPtxStaticSharedBytes)
      continue;
    auto *dynamic = new llvm::GlobalVariable(
        module,
        llvm::ArrayType::get(llvm::Type::getInt8Ty(module.getContext()), 0),
        /*isConstant=*/false, llvm::GlobalValue::ExternalLinkage, nullptr,
        "shared_memory", nullptr, llvm::GlobalValue::NotThreadLocal,
        kSharedSpace);
    dynamic->setAlignment(llvm::Align(kSharedAlignment));
    variable.replaceAllUsesWith(dynamic);
    variable.eraseFromParent();
    auto *number = llvm::Type::getInt32Ty(module.getContext());
    new llvm::GlobalVariable(
        module, number, /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage,
        llvm::ConstantInt::get(number, bytes),
        dsv4run::PtxKernelName(kernel->getName().str()) +
            dsv4run::kPtxSharedBytes,
        nullptr, llvm::GlobalValue::NotThreadLocal, kConstantSpace);
  }
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr(llvm::Attribute::NoRecurse);
    function.addFnAttr(llvm::Attribute::MustProgress);
  }
  return mlir::success();
}

/// Nothing is linked to the kernels, and registers are all the memory that a
/// thread has.
static llvm::LogicalResult verifyKernels(llvm::Module &module,
                                         const NvvmOptions &options,
                                         mlir::Location location) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      // [nvvm_call_c1]
      if (call && !call->isInlineAsm() &&
          !llvm::isa<llvm::IntrinsicInst>(call)) {
        llvm::Function *callee = call->getCalledFunction();
        return mlir::emitError(location, "[nvvm_call_c1] kernel '")
               << function.getName() << "' on " << options.target->name
               << " calls '" << (callee ? callee->getName() : "a pointer")
               << "'; expected intrinsics only";
      }
      // [nvvm_local_c1]
      if (llvm::isa<llvm::AllocaInst>(instruction)) {
        auto complain = [&]() {
          return options.gatesAreErrors ? mlir::emitError(location)
                                        : mlir::emitWarning(location);
        };
        complain() << "[nvvm_local_c1] kernel '" << function.getName()
                   << "' on " << options.target->name
                   << " has a variable in local memory; expected registers";
        if (options.gatesAreErrors)
          return mlir::failure();
      }
    }
  return mlir::success();
}

namespace {
/// Turns what LLVM reports into diagnostics of MLIR.
struct ErrorReporter {
  const tile::TargetFacts &target;
  mlir::Location location;
  bool failed = false;

  static void callback(const llvm::DiagnosticInfo *info, void *context) {
    if (info->getSeverity() != llvm::DS_Error)
      return;
    auto &reporter = *static_cast<ErrorReporter *>(context);
    reporter.failed = true;
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::DiagnosticPrinterRawOStream printer(os);
    info->print(printer);
    mlir::emitError(reporter.location) << reporter.target.name << ": " << text;
  }
};
} // namespace

mlir::FailureOr<std::string> nvvm::generatePtx(mlir::ModuleOp module,
                                               const NvvmOptions &options,
                                               CodegenDumps &dumps) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(options, error);
  if (!machine)
    return module.emitError("no NVPTX code generator: ") << error;

  ErrorReporter errors{*options.target, module.getLoc()};
  llvm::LLVMContext context;
  context.setDiagnosticHandlerCallBack(ErrorReporter::callback, &errors);
  std::unique_ptr<llvm::Module> llvmModule =
      mlir::translateModuleToLLVMIR(module, context, "kernels");
  if (!llvmModule)
    return mlir::failure();
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  if (failed(prepareKernels(*llvmModule, *options.target, module.getLoc())))
    return mlir::failure();
  if (dumps.wanted)
    dumps.llvmIR = printModule(*llvmModule);
  // Kernels come unrolled as far as their tiles go.
  optimize(*llvmModule, *machine, options.optLevel, /*unroll=*/false);
  if (failed(verifyKernels(*llvmModule, options, module.getLoc())))
    return mlir::failure();
  if (dumps.wanted)
    dumps.optimizedLLVMIR = printModule(*llvmModule);
  for (llvm::Function &function : *llvmModule)
    if (!function.isDeclaration())
      function.setName(dsv4run::PtxKernelName(function.getName().str()));
  llvm::SmallVector<char> text =
      emitFile(*llvmModule, *machine, llvm::CodeGenFileType::AssemblyFile);
  if (errors.failed)
    return mlir::failure();
  return std::string(text.begin(), text.end());
}
