//===- MachineBlocks.cpp - Basic blocks of generated assembly -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A block starts with a label ".LBB0_3:" or, if nothing jumps to it, with the
// comment "; %bb.3:". Comments behind it and in the lines that follow have its
// name in LLVM IR ("; %b7_") and the loops around it ("Depth=2").
//
//===----------------------------------------------------------------------===//

#include "dsv4c/Target/Amdgpu/MachineBlocks.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;
using namespace dsv4c::amdgcn;

static void readComment(StringRef comment, MachineBlock &block) {
  // "%b7_.lr.ph", and not "%bb.3".
  for (size_t name = comment.find("%b"); name != StringRef::npos;
       name = comment.find("%b", name + 1)) {
    int64_t line;
    if (!comment.drop_front(name + 2).consumeInteger(10, line))
      block.line = line;
  }
  // Loops around and in the block are listed as well.
  bool isParent = comment.contains("Parent Loop");
  bool isChild = comment.contains("Child Loop");
  size_t depth = comment.find("Depth=");
  int64_t loops;
  if (!isParent && !isChild && depth != StringRef::npos &&
      !comment.drop_front(depth + 6).consumeInteger(10, loops))
    block.loops = loops;
}

std::map<std::string, std::vector<MachineBlock>>
dsv4c::amdgcn::readMachineBlocks(StringRef assembly) {
  std::map<std::string, std::vector<MachineBlock>> kernels;
  std::vector<MachineBlock> *blocks = nullptr;
  SmallVector<StringRef> lines;
  assembly.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    auto [code, comment] = line.split(';');
    bool isIndented = code.starts_with("\t");
    code = code.trim();
    if (!isIndented && code.ends_with(":") && !code.starts_with(".")) {
      blocks = &kernels[code.drop_back().trim('"').str()];
      blocks->emplace_back();
      continue;
    }
    // Data and directives of the kernel follow its code.
    if (code.starts_with(".section") || code.starts_with(".Lfunc_end"))
      blocks = nullptr;
    if (!blocks)
      continue;
    if (code.starts_with(".LBB") || comment.trim().starts_with("%bb."))
      blocks->emplace_back();
    if (!comment.empty() && blocks->back().instructions.empty())
      readComment(comment, blocks->back());
    if (!isIndented || code.empty() || code.starts_with("."))
      continue;
    auto [mnemonic, operands] = code.split(' ');
    blocks->back().instructions.push_back(
        {mnemonic.trim().str(), operands.trim().str()});
  }
  // Labels of data have no instructions.
  for (auto it = kernels.begin(); it != kernels.end();) {
    size_t count = 0;
    for (const MachineBlock &block : it->second)
      count += block.instructions.size();
    it = count ? std::next(it) : kernels.erase(it);
  }
  return kernels;
}
