//===- SourceLines.cpp - The tile ops that values come from ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SourceLines.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dsv4c::hip;

SourceLines::SourceLines(llvm::StringRef source) {
  if (!source.empty())
    source.split(lines, '\n');
}

llvm::StringRef SourceLines::find(Location location) const {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place || place.getLine() == 0 || place.getLine() > lines.size())
    return {};
  llvm::StringRef line = lines[place.getLine() - 1].trim();
  if (line.starts_with("tile.kernel") || line.starts_with("scf.yield") ||
      line.starts_with("scf.if") || line.starts_with("}") ||
      line.contains(" = arith.constant"))
    return {};
  return line;
}

std::string dsv4c::hip::nameFromLine(llvm::StringRef line) {
  auto [result, rest] = line.split(" = ");
  if (rest.empty() || !result.consume_front("%"))
    return "";
  // %12:2 = scf.for ...
  result = result.take_while(llvm::isAlnum);
  llvm::StringRef op =
      rest.take_until([](char c) { return c == ' ' || c == '('; });
  op = op.split('.').second;
  if (op.empty())
    return "";
  std::string name = op == "for" ? "acc" : op.split('.').first.str();
  bool isNumber = llvm::all_of(result, llvm::isDigit);
  return isNumber ? name + "_" + result.str() : name;
}
