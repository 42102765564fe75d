//===- LineTable.h - Source lines of a code object --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_LINETABLE_H
#define DSV4EMU_LIB_LINETABLE_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dsv4emu {

/// DWARF line information, read at the first lookup.
class LineTable {
public:
  explicit LineTable(const std::vector<uint8_t> &file);
  ~LineTable();
  /// "file:line" or an empty string.
  std::string lookup(uint64_t virtualAddress);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_LINETABLE_H
