//===- BufferDescriptor.h - A memref that is a bare pointer -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_BUFFERDESCRIPTOR_H
#define DSV4C_CONVERSION_BUFFERDESCRIPTOR_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace dsv4c {

/// A value of `type`, a memref with identity layout, at `pointer`: the
/// descriptor to which upstream converts memrefs, behind a cast that
/// reconcile-unrealized-casts removes. Sizes of dynamic dimensions stay
/// undefined.
mlir::Value buildBufferDescriptor(mlir::OpBuilder &builder, mlir::Location loc,
                                  mlir::MemRefType type, mlir::Value pointer);

} // namespace dsv4c

#endif // DSV4C_CONVERSION_BUFFERDESCRIPTOR_H
