//===- WordVectors.h - Narrow elements, four in a register ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GPUs convert elements of 8 bits by 32-bit registers.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_TARGET_SUPPORT_WORDVECTORS_H
#define DSV4C_TARGET_SUPPORT_WORDVECTORS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace dsv4c {

/// Converts values of any shape as if they were 1-D vectors whose size is a
/// multiple of four: scalars and odd sizes are padded with zeros.
class WordVectors {
public:
  /// Elements of one 32-bit register.
  static constexpr int64_t kPerWord = 4;

  WordVectors(mlir::ImplicitLocOpBuilder &b, mlir::Type type) : b(b), type(type) {
    count = 1;
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      count = vector.getNumElements();
    padded = llvm::alignTo(count, kPerWord);
  }

  static bool isSupported(mlir::Type type) {
    auto vector = mlir::dyn_cast<mlir::VectorType>(type);
    return vector ? !vector.isScalable() : !mlir::isa<mlir::ShapedType>(type);
  }

  int64_t getWords() const { return padded / kPerWord; }
  mlir::VectorType getFlat(mlir::Type element) const {
    return mlir::VectorType::get(padded, element);
  }

  mlir::Value flatten(mlir::Value value) {
    mlir::Type element = mlir::getElementTypeOrSelf(type);
    mlir::VectorType exact = mlir::VectorType::get(count, element);
    if (!mlir::isa<mlir::VectorType>(type))
      value = mlir::vector::BroadcastOp::create(b, exact, value);
    else if (type != exact)
      value = mlir::vector::ShapeCastOp::create(b, exact, value);
    if (padded == count)
      return value;
    mlir::Value zero = mlir::arith::ConstantOp::create(b, b.getZeroAttr(getFlat(element)));
    return mlir::vector::InsertStridedSliceOp::create(b, value, zero, 0, 1);
  }

  /// The value of shape `to` in the flat vector.
  mlir::Value restore(mlir::Value flat, mlir::Type to) {
    if (!mlir::isa<mlir::VectorType>(to))
      return mlir::vector::ExtractOp::create(b, flat, 0);
    if (padded != count)
      flat = mlir::vector::ExtractStridedSliceOp::create(b, flat, 0, count, 1);
    if (flat.getType() != to)
      flat = mlir::vector::ShapeCastOp::create(b, to, flat);
    return flat;
  }

  /// The bytes of `flat`, an f8 or i8 vector, four in each i32.
  mlir::SmallVector<mlir::Value> getWords(mlir::Value flat) {
    if (mlir::getElementTypeOrSelf(flat.getType()) != b.getI8Type())
      flat = mlir::arith::BitcastOp::create(b, getFlat(b.getI8Type()), flat);
    mlir::Value words = mlir::vector::BitCastOp::create(
        b, mlir::VectorType::get(getWords(), b.getI32Type()), flat);
    mlir::SmallVector<mlir::Value> result;
    for (int64_t i = 0; i < getWords(); ++i)
      result.push_back(mlir::vector::ExtractOp::create(b, words, i));
    return result;
  }

  /// Two elements each, in order.
  mlir::Value joinPairs(mlir::ArrayRef<mlir::Value> pairs) {
    mlir::Value result = mlir::arith::ConstantOp::create(
        b, b.getZeroAttr(getFlat(b.getF32Type())));
    for (auto [i, pair] : llvm::enumerate(pairs))
      result = mlir::vector::InsertStridedSliceOp::create(b, pair, result, 2 * i, 1);
    return result;
  }

  mlir::Value joinWords(mlir::ArrayRef<mlir::Value> words, mlir::Type element) {
    mlir::Value vector = mlir::vector::FromElementsOp::create(
        b, mlir::VectorType::get(words.size(), b.getI32Type()), words);
    mlir::Value bytes =
        mlir::vector::BitCastOp::create(b, getFlat(b.getI8Type()), vector);
    return mlir::arith::BitcastOp::create(b, getFlat(element), bytes);
  }

private:
  mlir::ImplicitLocOpBuilder &b;
  mlir::Type type;
  int64_t count, padded;
};

} // namespace dsv4c

#endif // DSV4C_TARGET_SUPPORT_WORDVECTORS_H
