//===- Program.cpp - Load and decode a code object ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Program.h"
#include "Launch.h"
#include "LineTable.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <algorithm>
#include <set>
#include <unordered_map>

namespace dsv4emu {

Program::~Program() = default;

absl::StatusOr<std::unique_ptr<Program>> Program::load(CodeObject object,
                                                       Memory &memory) {
  std::unique_ptr<Program> program(new Program());
  const std::vector<uint8_t> &image = object.image();
  auto base =
      memory.allocate(std::max<size_t>(image.size(), 1), "code object", 4096);
  if (!base.ok())
    return base.status();
  program->base_ = *base;
  std::vector<uint8_t> placed = image;
  for (const BaseRelocation &r : object.relocations()) {
    uint64_t value = *base + static_cast<uint64_t>(r.value);
    std::memcpy(placed.data() + r.offset, &value, 8);
  }
  if (absl::Status s = memory.write(*base, placed.data(), placed.size());
      !s.ok())
    return s;
  program->object_ = std::move(object);
  program->lines_ = std::make_unique<LineTable>(program->object_.file());
  program->decodeText();
  return program;
}

static std::string semanticName(const std::string &mnemonic) {
  absl::string_view name = mnemonic;
  for (const char *suffix : {"_e32", "_e64", "_sdwa", "_dpp"})
    if (absl::ConsumeSuffix(&name, suffix))
      break;
  return std::string(name);
}

void Program::collectMasks(Inst &inst) {
  uint64_t bits[10] = {};
  auto add = [&](const RegRange &range) {
    for (unsigned r = range.first; r < range.first + range.count; ++r)
      bits[attentionBit(r) / 64] |= uint64_t{1} << attentionBit(r) % 64;
  };
  std::for_each(inst.uses, inst.uses + inst.useCount, add);
  std::for_each(inst.defs, inst.defs + inst.defCount, add);
  inst.firstMask = static_cast<uint32_t>(masks_.size());
  for (uint32_t word = 0; word < 10; ++word)
    if (bits[word]) {
      masks_.push_back({word, bits[word]});
      ++inst.maskCount;
    }
}

void Program::decodeText() {
  uint64_t begin = object_.textBegin(), end = object_.textEnd();
  size_t words = (end - begin) / 4;
  Inst filler;
  filler.run = undecodable;
  // Instructions of up to four dwords may run past the end.
  code_.assign(words + 4, filler);
  opcodes_.push_back("<undecodable>");
  opcodeInfo_.push_back(nullptr);
  std::unordered_map<std::string, uint32_t> rows;

  // A function's start resynchronises after data in the text.
  std::set<uint64_t> starts{begin};
  for (const Symbol &symbol : object_.symbols())
    if (symbol.isFunction && symbol.address >= begin && symbol.address < end &&
        symbol.address % 4 == 0)
      starts.insert(symbol.address);
  for (const Kernel &kernel : object_.kernels())
    starts.insert(kernel.entry);

  absl::Span<const uint8_t> text =
      absl::MakeConstSpan(object_.image()).subspan(begin, 4 * words);
  for (auto it = starts.begin(); it != starts.end(); ++it) {
    uint64_t stop = std::next(it) == starts.end() ? end : *std::next(it);
    for (uint64_t pc = *it; pc + 4 <= stop;) {
      auto result = disassembler_.decode(text.subspan(pc - begin), pc);
      if (result.bytes == 0 || result.bytes % 4 != 0) {
        pc += 4;
        continue;
      }
      Inst &inst = code_[(pc - begin) / 4];
      inst.words = static_cast<uint8_t>(result.bytes / 4);
      std::string name = semanticName(result.mnemonic);
      auto [row, fresh] =
          rows.emplace(name, static_cast<uint32_t>(opcodes_.size()));
      if (fresh) {
        opcodes_.push_back(name);
        opcodeInfo_.push_back(findSemantics(name));
      }
      inst.histogram = row->second;
      inst.op = opcodeInfo_[row->second];
      inst.run = unknownInstruction;
      uint32_t bits[4] = {};
      std::memcpy(bits, text.data() + (pc - begin),
                  std::min<size_t>(result.bytes, sizeof(bits)));
      Format format = formatOf(bits[0]);
      // Two matrix opcodes lie below the others.
      if (format == Format::VOP3P && inst.op && inst.op->cls == Class::Mfma)
        format = Format::MAI;
      if (inst.op && decodeFields(bits, format, inst)) {
        inst.run = inst.op->run;
        collectMasks(inst);
      } else {
        inst.useCount = inst.defCount = 0; // Nothing to check before it faults.
      }
      pc += result.bytes;
    }
  }
}

std::string Program::text(uint32_t pc) const {
  uint64_t address = object_.textBegin() + 4 * uint64_t{pc};
  if (address >= object_.textEnd())
    return "<past the end of the text>";
  return disassembler_.text(absl::MakeConstSpan(object_.image())
                                .subspan(address, object_.textEnd() - address),
                            address);
}

std::string Program::sourceLine(uint64_t virtualAddress) const {
  return lines_->lookup(virtualAddress);
}

void unknownInstruction(Wave &w, const Inst &i) {
  const std::string &name = w.group->launch->program.opcodes()[i.histogram];
  std::string message =
      absl::StrCat("the emulator has no semantics for ", name);
  for (const NotSupported &entry : notSupportedInstructions())
    if (name == entry.mnemonic)
      absl::StrAppend(&message, ": it ", entry.reason);
  w.fault(std::move(message));
}
void undecodable(Wave &w, const Inst &) {
  w.fault("no instruction of gfx942 starts here");
}

} // namespace dsv4emu
