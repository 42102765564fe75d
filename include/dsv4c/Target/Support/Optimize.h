//===- Optimize.h - LLVM's pipelines on one module --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_SUPPORT_OPTIMIZE_H
#define DSV4C_TARGET_SUPPORT_OPTIMIZE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CodeGen.h"
#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace dsv4c {

/// Runs LLVM's default pipeline of `level`, 0 to 3.
void optimize(llvm::Module &module, llvm::TargetMachine &machine,
              unsigned level,
              bool unroll = true);

/// Emits `module`, which code generation may change.
llvm::SmallVector<char> emitFile(llvm::Module &module,
                                 llvm::TargetMachine &machine,
                                 llvm::CodeGenFileType type);

std::string printModule(const llvm::Module &module);

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_OPTIMIZE_H
