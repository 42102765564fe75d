//===- MergeMetadata.h - One note for all kernels ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_TARGET_AMDGPU_MERGEMETADATA_H
#define DSV4C_LIB_TARGET_AMDGPU_MERGEMETADATA_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace dsv4c::amdgcn {

/// Every object that was linked brought a metadata note along, of which
/// drivers read the first. Replaces them by one note with the kernels of all,
/// sorted by name.
llvm::Error mergeMetadata(llvm::SmallVector<char> &codeObject);

} // namespace dsv4c::amdgcn

#endif // DSV4C_LIB_TARGET_AMDGPU_MERGEMETADATA_H
