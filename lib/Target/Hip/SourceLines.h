//===- SourceLines.h - The tile ops that values come from -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_HIP_SOURCELINES_H
#define DSV4C_LIB_TARGET_HIP_SOURCELINES_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace dsv4c::hip {

/// The text that locations are lines of.
class SourceLines {
public:
  explicit SourceLines(llvm::StringRef source);

  /// The op at `location`; empty if there is none, or if it says nothing about
  /// a statement: the kernel, which stands for ops of no origin, constants,
  /// branches, terminators.
  llvm::StringRef find(mlir::Location location) const;

private:
  llvm::SmallVector<llvm::StringRef> lines;
};

/// "dot_29" of "%29 = tile.dot ...", "acc_12" for what a loop carries; empty if
/// the line defines no value.
std::string nameFromLine(llvm::StringRef line);

} // namespace dsv4c::hip

#endif // DSV4C_LIB_TARGET_HIP_SOURCELINES_H
