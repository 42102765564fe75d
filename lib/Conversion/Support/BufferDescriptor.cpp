//===- BufferDescriptor.cpp - A memref that is a bare pointer -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferDescriptor.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

Value dsv4c::buildBufferDescriptor(OpBuilder &builder, Location loc,
                                   MemRefType type, Value pointer) {
  MLIRContext *context = builder.getContext();
  Type pointerType = pointer.getType();
  Type i64 = builder.getI64Type();
  int64_t rank = type.getRank();
  SmallVector<Type> fields{pointerType, pointerType, i64};
  if (rank > 0)
    fields.append(2, LLVM::LLVMArrayType::get(i64, rank));
  Value descriptor = LLVM::PoisonOp::create(
      builder, loc, LLVM::LLVMStructType::getLiteral(context, fields));
  auto insert = [&](Value value, ArrayRef<int64_t> position) {
    descriptor =
        LLVM::InsertValueOp::create(builder, loc, descriptor, value, position);
  };
  auto constant = [&](int64_t value) -> Value {
    return LLVM::ConstantOp::create(builder, loc, i64,
                                    builder.getI64IntegerAttr(value));
  };
  insert(pointer, 0);
  insert(pointer, 1);
  insert(constant(0), 2);
  int64_t stride = 1;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    insert(constant(stride), {4, dim});
    if (type.isDynamicDim(dim))
      continue;
    insert(constant(type.getDimSize(dim)), {3, dim});
    stride *= type.getDimSize(dim);
  }
  return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
      .getResult(0);
}
