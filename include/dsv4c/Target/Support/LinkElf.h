//===- LinkElf.h - Link objects in process ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_SUPPORT_LINKELF_H
#define DSV4C_TARGET_SUPPORT_LINKELF_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace dsv4c {

/// Links relocatable objects to a shared object by lld, with `arguments` in
/// front of theirs. Errors are reported at `location`. lld resets the options
/// of the process, LLVM's and MLIR's: whatever depends on them comes first.
mlir::FailureOr<llvm::SmallVector<char>>
linkElf(llvm::ArrayRef<llvm::SmallVector<char>> objects,
        llvm::ArrayRef<const char *> arguments, mlir::Location location);

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_LINKELF_H
