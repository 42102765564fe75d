//===- Disassembler.h - LLVM's decoder for gfx942 ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only place that touches LLVM's MC layer. It says whether bytes are an
// instruction of gfx942, how long it is and what it is called; operand fields
// are read from the encoding itself (Decoder.h), which AMD documents and LLVM's
// private operand order does not.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_DISASSEMBLER_H
#define DSV4EMU_DISASSEMBLER_H

#include "absl/types/span.h"
#include <cstdint>
#include <memory>
#include <string>

namespace dsv4emu {

class Disassembler {
public:
  Disassembler();
  ~Disassembler();

  struct Result {
    unsigned bytes = 0; ///< 0 if no instruction of gfx942 starts here.
    std::string mnemonic;
  };
  Result decode(absl::Span<const uint8_t> code, uint64_t address) const;

  /// Assembly text, for traces and reports.
  std::string text(absl::Span<const uint8_t> code, uint64_t address) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace dsv4emu

#endif // DSV4EMU_DISASSEMBLER_H
