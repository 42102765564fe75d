//===- Disassembly.h - LLVM's decoder of machine code -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_AMDGPU_DISASSEMBLY_H
#define DSV4C_LIB_TARGET_AMDGPU_DISASSEMBLY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <optional>
#include <string>

namespace dsv4c::amdgcn {

class Disassembly {
public:
  /// `cpu` is a name that LLVM knows.
  explicit Disassembly(llvm::StringRef cpu);
  ~Disassembly();

  struct Instruction {
    uint64_t bytes;
    std::string mnemonic;
    /// Between the end of a kernel and the end of its symbol.
    bool isPadding;
  };
  /// The instruction at the beginning of `code`; nothing if there is none.
  std::optional<Instruction> decode(llvm::ArrayRef<uint8_t> code,
                                    uint64_t address);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace dsv4c::amdgcn

#endif // DSV4C_LIB_TARGET_AMDGPU_DISASSEMBLY_H
