//===- JsonChecks.h - Faults of a JSON text that llvm::json lets pass
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_JSONCHECKS_H
#define DSV4C_LIB_IMPORT_JSONCHECKS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace dsv4c {

/// Rejects, ahead of parsing and whether or not the rest is JSON: texts that
/// are longer than 1 MiB or nested deeper than 16 (the parser recurses), and
/// keys that occur twice in an object or are written with escapes (the parser
/// keeps one silently). Errors have the form `<source>:<line>:<column>: ...`.
llvm::Error checkJsonText(llvm::StringRef text, llvm::StringRef source);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_JSONCHECKS_H
