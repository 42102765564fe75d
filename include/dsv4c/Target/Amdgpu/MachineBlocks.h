//===- MachineBlocks.h - Basic blocks of generated assembly -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_AMDGPU_MACHINEBLOCKS_H
#define DSV4C_TARGET_AMDGPU_MACHINEBLOCKS_H

#include "llvm/ADT/StringRef.h"
#include <map>
#include <string>
#include <vector>

namespace dsv4c::amdgcn {

struct MachineInstruction {
  std::string mnemonic, operands;
};

struct MachineBlock {
  /// Line of the block's name (AmdgpuOptions::nameBlocks); -1 without one.
  int64_t line = -1;
  /// Loops around it.
  int64_t loops = 0;
  std::vector<MachineInstruction> instructions;
};

/// Blocks of every kernel, in the order of the code, from LLVM's verbose
/// assembly. Kernels are the labels that are no local ones.
std::map<std::string, std::vector<MachineBlock>>
readMachineBlocks(llvm::StringRef assembly);

} // namespace dsv4c::amdgcn

#endif // DSV4C_TARGET_AMDGPU_MACHINEBLOCKS_H
