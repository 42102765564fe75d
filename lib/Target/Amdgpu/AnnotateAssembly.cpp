//===- AnnotateAssembly.cpp - Which op an instruction is for --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AnnotateAssembly.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace dsv4c;

/// The line of ".loc file line column ..."; 0 if the compiler knows none.
static size_t getLine(StringRef directive) {
  SmallVector<StringRef> words;
  directive.split(words, '\t', -1, /*KeepEmpty=*/false);
  if (words.size() < 2)
    return 0;
  SmallVector<StringRef> numbers;
  words[1].split(numbers, ' ', -1, /*KeepEmpty=*/false);
  size_t line = 0;
  if (numbers.size() < 2 || numbers[1].getAsInteger(10, line))
    return 0;
  return line;
}

/// Lines that only serve debuggers.
static bool isDebugLine(StringRef line) {
  return line.starts_with(".file\t") || line.starts_with(".cfi_") ||
         line.starts_with(".Ltmp") || line.starts_with(".Lfunc_begin");
}

std::string amdgcn::annotateAssembly(StringRef assembly, StringRef source) {
  SmallVector<StringRef> sourceLines, lines;
  source.split(sourceLines, '\n');
  assembly.split(lines, '\n');
  std::string text;
  size_t current = 0;
  bool inDebugSection = false;
  for (StringRef line : lines) {
    StringRef trimmed = line.trim();
    bool entersSection = trimmed.starts_with(".section\t") ||
                         trimmed == ".text" ||
                         trimmed.starts_with(".amdgpu_metadata") ||
                         trimmed.starts_with(".ident");
    if (entersSection)
      inDebugSection = trimmed.starts_with(".section\t.debug_");
    if (inDebugSection || isDebugLine(trimmed))
      continue;
    if (trimmed.starts_with(".loc\t")) {
      size_t next = getLine(trimmed);
      if (next == current || next == 0 || next > sourceLines.size())
        continue;
      StringRef op = sourceLines[next - 1].trim();
      // What belongs to no op has the location of the kernel.
      if (op.starts_with("tile.kernel") || op.starts_with("gpu.func"))
        continue;
      text += ("\t; " + Twine(op) + "\n").str();
      current = next;
      continue;
    }
    text += line.str() + "\n";
  }
  return text;
}
