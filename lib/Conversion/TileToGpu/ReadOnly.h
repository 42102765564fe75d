//===- ReadOnly.h - Buffers that a kernel only reads ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_READONLY_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_READONLY_H

#include "mlir/IR/Value.h"

namespace dsv4c::tile_to_gpu {

/// Is `pointer` into a buffer that the kernel only reads?
bool isReadOnly(mlir::Value pointer);

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_READONLY_H
