//===- SplatSource.h - The scalar that a vector repeats ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_SUPPORT_SPLATSOURCE_H
#define DSV4C_TARGET_SUPPORT_SPLATSOURCE_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/STLExtras.h"

namespace dsv4c {

/// The scalar that all elements of `vector` are copies of; null if the op that
/// makes it doesn't say so.
inline mlir::Value getSplatSource(mlir::OpBuilder &builder,
                                  mlir::Value vector) {
  using namespace mlir;
  Location loc = vector.getLoc();
  if (auto constant = vector.getDefiningOp<arith::ConstantOp>()) {
    auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!elements || !elements.isSplat())
      return {};
    return arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(elements.getSplatValue<Attribute>()));
  }
  auto first = [&](Value of, int64_t index) -> Value {
    if (!isa<VectorType>(of.getType()))
      return of;
    return vector::ExtractOp::create(builder, loc, of, index);
  };
  if (auto broadcast = vector.getDefiningOp<vector::BroadcastOp>()) {
    auto source = dyn_cast<VectorType>(broadcast.getSourceType());
    if (!source || (source.getRank() == 1 && source.getDimSize(0) == 1))
      return first(broadcast.getSource(), 0);
    return {};
  }
  if (auto shuffle = vector.getDefiningOp<vector::ShuffleOp>()) {
    ArrayRef<int64_t> mask = shuffle.getMask();
    int64_t size = shuffle.getV1VectorType().getDimSize(0);
    if (llvm::all_equal(mask) && mask[0] >= 0)
      return mask[0] < size ? first(shuffle.getV1(), mask[0])
                            : first(shuffle.getV2(), mask[0] - size);
  }
  return {};
}

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_SPLATSOURCE_H
