//===- Disassembly.cpp - LLVM's decoder of machine code -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Disassembly.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace dsv4c::amdgcn;

struct Disassembly::Impl {
  llvm::Triple triple{"amdgcn-amd-amdhsa"};
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> asmInfo;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> disassembler;
  std::unique_ptr<llvm::MCInstPrinter> printer;
};

Disassembly::Disassembly(llvm::StringRef cpu) : impl(std::make_unique<Impl>()) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUDisassembler();
  });
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(impl->triple, error);
  if (!target)
    llvm::report_fatal_error("libLLVM has no AMDGPU target");
  impl->registers.reset(target->createMCRegInfo(impl->triple));
  impl->asmInfo.reset(
      target->createMCAsmInfo(*impl->registers, impl->triple, impl->options));
  impl->instructions.reset(target->createMCInstrInfo());
  impl->subtarget.reset(target->createMCSubtargetInfo(impl->triple, cpu, ""));
  impl->context = std::make_unique<llvm::MCContext>(
      impl->triple, impl->asmInfo.get(), impl->registers.get(),
      impl->subtarget.get());
  impl->disassembler.reset(
      target->createMCDisassembler(*impl->subtarget, *impl->context));
  impl->printer.reset(target->createMCInstPrinter(
      impl->triple, 0, *impl->asmInfo, *impl->instructions, *impl->registers));
}

Disassembly::~Disassembly() = default;

std::optional<Disassembly::Instruction>
Disassembly::decode(llvm::ArrayRef<uint8_t> code, uint64_t address) {
  llvm::MCInst inst;
  uint64_t bytes = 0;
  if (impl->disassembler->getInstruction(inst, bytes, code, address,
                                         llvm::nulls()) !=
          llvm::MCDisassembler::Success ||
      bytes > code.size())
    return std::nullopt;
  // LLVM counts a constant first operand ("off, ") to the mnemonic.
  llvm::StringRef mnemonic =
      llvm::StringRef(impl->printer->getMnemonic(inst).first).split(' ').first;
  mnemonic = mnemonic.split('\t').first;
  return Instruction{bytes, mnemonic.str(), mnemonic == "s_code_end"};
}
