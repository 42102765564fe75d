//===- Program.h - A loaded and decoded code object -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_PROGRAM_H
#define DSV4EMU_LIB_PROGRAM_H

#include "Instruction.h"
#include "dsv4emu/CodeObject.h"
#include "dsv4emu/Disassembler.h"
#include "dsv4emu/Memory.h"
#include <memory>
#include <string>
#include <vector>

namespace dsv4emu {

class LineTable;

/// A code object placed in device memory, with one decoded instruction per
/// dword of its text (slots inside an instruction stay undecodable).
class Program {
public:
  static absl::StatusOr<std::unique_ptr<Program>> load(CodeObject object,
                                                       Memory &memory);
  ~Program();

  const CodeObject &object() const { return object_; }
  uint64_t base() const { return base_; }
  uint64_t textAddress() const { return base_ + object_.textBegin(); }
  const std::vector<Inst> &code() const { return code_; }
  /// What Inst::firstMask counts in.
  const std::vector<RegisterMask> &registerMasks() const { return masks_; }
  /// Mnemonics by histogram row, and the semantics (null if none) behind each.
  const std::vector<std::string> &opcodes() const { return opcodes_; }
  const std::vector<const OpInfo *> &opcodeInfo() const { return opcodeInfo_; }

  std::string text(uint32_t pc) const;
  std::string sourceLine(uint64_t virtualAddress) const;

private:
  Program() = default;
  void decodeText();
  void collectMasks(Inst &inst);

  CodeObject object_;
  uint64_t base_ = 0;
  std::vector<Inst> code_;
  std::vector<RegisterMask> masks_;
  std::vector<std::string> opcodes_;
  std::vector<const OpInfo *> opcodeInfo_;
  Disassembler disassembler_;
  std::unique_ptr<LineTable> lines_;
};

/// Fills operand fields of `inst` from its bits. Returns false if a register
/// range leaves the register file. `inst.op` and `inst.words` are set.
bool decodeFields(const uint32_t *bits, Format format, Inst &inst);

/// Encoding of the instruction whose first dword is `bits`.
Format formatOf(uint32_t bits);

/// Semantics by mnemonic, for the best SIMD level of this host.
const OpInfo *findSemantics(const std::string &mnemonic);
void forEachSemantics(void (*visit)(const OpInfo &, void *), void *context);

void unknownInstruction(Wave &w, const Inst &i);
void undecodable(Wave &w, const Inst &i);

} // namespace dsv4emu

#endif // DSV4EMU_LIB_PROGRAM_H
