//===- AnnotateAssembly.h - Which op an instruction is for ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_AMDGPU_ANNOTATEASSEMBLY_H
#define DSV4C_LIB_TARGET_AMDGPU_ANNOTATEASSEMBLY_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace dsv4c::amdgcn {

/// Replaces the debug information of `assembly` by comments: wherever the line
/// changes, that line of `source`.
std::string annotateAssembly(llvm::StringRef assembly, llvm::StringRef source);

} // namespace dsv4c::amdgcn

#endif // DSV4C_LIB_TARGET_AMDGPU_ANNOTATEASSEMBLY_H
