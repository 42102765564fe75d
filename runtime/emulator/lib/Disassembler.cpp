//===- Disassembler.cpp - LLVM's decoder for gfx942 -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Disassembler.h"
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
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstring>
#include <mutex>

extern "C" void LLVMInitializeAMDGPUTargetInfo();
extern "C" void LLVMInitializeAMDGPUTargetMC();
extern "C" void LLVMInitializeAMDGPUDisassembler();

namespace dsv4emu {

/// gfx942 has no literal in its 64-bit encodings. LLVM 22 knows that too, but
/// crashes while it says so, hence the test in front of it.
static bool hasForbiddenLiteral(absl::Span<const uint8_t> code) {
  if (code.size() < 8)
    return false;
  uint32_t low, high;
  std::memcpy(&low, code.data(), 4);
  std::memcpy(&high, code.data() + 4, 4);
  constexpr uint32_t kLiteral = 255;
  switch (low >> 26) {
  case 0x34: // VOP3 and VOP3P; compares and lane reads have a scalar result.
    if ((low & 0xff) == kLiteral &&
        ((low >> 16 & 0x3ff) < 0x100 || (low >> 16 & 0x3ff) == 0x289))
      return true;
    return (high & 0x1ff) == kLiteral || (high >> 9 & 0x1ff) == kLiteral ||
           (high >> 18 & 0x1ff) == kLiteral;
  case 0x38: // MUBUF
  case 0x3a: // MTBUF
    return high >> 24 == kLiteral;
  default:
    return false;
  }
}

struct Disassembler::Impl {
  llvm::Triple triple{"amdgcn-amd-amdhsa"};
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> asmInfo;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> disassembler;
  std::unique_ptr<llvm::MCInstPrinter> printer;
  // Neither MCContext nor the printer is thread-safe.
  std::mutex mutex;

  bool decode(llvm::MCInst &inst, uint64_t &size,
              absl::Span<const uint8_t> code, uint64_t address) {
    return !hasForbiddenLiteral(code) &&
           disassembler->getInstruction(inst, size, {code.data(), code.size()},
                                        address, llvm::nulls()) ==
               llvm::MCDisassembler::Success;
  }
};

Disassembler::Disassembler() : impl(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] {
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
  impl->subtarget.reset(
      target->createMCSubtargetInfo(impl->triple, "gfx942", ""));
  impl->context = std::make_unique<llvm::MCContext>(
      impl->triple, impl->asmInfo.get(), impl->registers.get(),
      impl->subtarget.get());
  impl->disassembler.reset(
      target->createMCDisassembler(*impl->subtarget, *impl->context));
  impl->printer.reset(target->createMCInstPrinter(
      impl->triple, 0, *impl->asmInfo, *impl->instructions, *impl->registers));
}

Disassembler::~Disassembler() = default;

Disassembler::Result Disassembler::decode(absl::Span<const uint8_t> code,
                                          uint64_t address) const {
  std::lock_guard<std::mutex> lock(impl->mutex);
  llvm::MCInst inst;
  uint64_t size = 0;
  if (!impl->decode(inst, size, code, address) || size > code.size())
    return {};
  std::string mnemonic = impl->printer->getMnemonic(inst).first;
  // LLVM counts a constant first operand ("off, ") to the mnemonic.
  mnemonic.resize(std::min(mnemonic.find_first_of(" \t"), mnemonic.size()));
  return {static_cast<unsigned>(size), std::move(mnemonic)};
}

std::string Disassembler::text(absl::Span<const uint8_t> code,
                               uint64_t address) const {
  std::lock_guard<std::mutex> lock(impl->mutex);
  llvm::MCInst inst;
  uint64_t size = 0;
  if (!impl->decode(inst, size, code, address))
    return "<not an instruction>";
  std::string out;
  llvm::raw_string_ostream os(out);
  impl->printer->printInst(&inst, address, "", *impl->subtarget, os);
  size_t begin = out.find_first_not_of(" \t");
  return begin == std::string::npos ? out : out.substr(begin);
}

} // namespace dsv4emu
