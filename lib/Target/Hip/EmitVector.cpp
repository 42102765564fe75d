//===- EmitVector.cpp - Vectors as C++ expressions ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

std::string FunctionEmitter::element(Value vector, int64_t i) {
  if (!isCppVector(vector.getType()))
    return operand(vector);
  return atom(vector) + "[" + std::to_string(i) + "]";
}

LogicalResult FunctionEmitter::emitElements(Value result,
                                            ArrayRef<std::string> elements) {
  if (!isCppVector(result.getType()))
    return bind(result, elements[0],
                StringRef(elements[0]).contains(' ') ? Binding::Other
                                                     : Binding::Primary);
  std::string list;
  for (const std::string &element : elements)
    list += (list.empty() ? "" : ", ") + element;
  std::string type;
  if (failed(requireType(result.getDefiningOp(), result.getType(), type)))
    return failure();
  return bind(result, type + "{" + list + "}", Binding::Primary);
}

/// Of a vector or scalar, as elements of `value` or, from `size` on, of
/// `other`.
LogicalResult FunctionEmitter::emitShuffle(vector::ShuffleOp op) {
  int64_t size = numElements(op.getV1().getType());
  ArrayRef<int64_t> mask = op.getMask();
  if (llvm::is_contained(mask, -1))
    return noTranslation(op, " with undefined elements");
  bool areVectors = isCppVector(op.getV1().getType()) &&
                    op.getV1().getType() == op.getV2().getType() &&
                    mask.size() > 1;
  if (areVectors) {
    std::string list = use(op.getV1()) + ", " + use(op.getV2());
    for (int64_t i : mask)
      list += ", " + std::to_string(i);
    return bind(op.getResult(), "__builtin_shufflevector(" + list + ")",
                Binding::Primary);
  }
  SmallVector<std::string> elements;
  for (int64_t i : mask)
    elements.push_back(i < size ? element(op.getV1(), i)
                                : element(op.getV2(), i - size));
  return emitElements(op.getResult(), elements);
}

/// The only constant of a one-dimensional offset, size or stride.
static int64_t single(ArrayAttr values) {
  return cast<IntegerAttr>(values[0]).getInt();
}

LogicalResult FunctionEmitter::emitVector(Operation *op) {
  std::string type;
  for (Value value : op->getOperands())
    if (failed(requireType(op, value.getType(), type)))
      return failure();
  for (Value value : op->getResults())
    if (failed(requireType(op, value.getType(), type)))
      return failure();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](vector::ExtractOp op) -> LogicalResult {
        if (op.getNumIndices() != 1)
          return noTranslation(op, " but of one element");
        if (!isCppVector(op.getSource().getType()))
          return bindSame(op.getResult(), op.getSource());
        OpFoldResult position = op.getMixedPosition()[0];
        if (auto index = dyn_cast<Value>(position))
          return bind(op.getResult(),
                      atom(op.getSource()) + "[" + use(index) + "]",
                      Binding::Primary);
        return alias(op.getResult(),
                     element(op.getSource(), op.getStaticPosition()[0]));
      })
      .Case([&](vector::InsertOp op) -> LogicalResult {
        if (op.getNumIndices() != 1 || op.hasDynamicPosition())
          return noTranslation(op, " but of one element at a known place");
        SmallVector<std::string> elements;
        for (int64_t i = 0; i < numElements(op.getType()); ++i)
          elements.push_back(i == op.getStaticPosition()[0]
                                 ? use(op.getValueToStore())
                                 : element(op.getDest(), i));
        return emitElements(op.getResult(), elements);
      })
      .Case([&](vector::BroadcastOp op) -> LogicalResult {
        if (isCppVector(op.getSource().getType()))
          return noTranslation(op, " of vectors");
        if (!isCppVector(op.getType()))
          return bindSame(op.getResult(), op.getSource());
        return bind(op.getResult(), type + "(" + use(op.getSource()) + ")",
                    Binding::Primary);
      })
      .Case([&](vector::FromElementsOp op) {
        SmallVector<std::string> elements;
        for (Value element : op.getElements())
          elements.push_back(use(element));
        return emitElements(op.getResult(), elements);
      })
      .Case([&](vector::ToElementsOp op) {
        for (auto [i, result] : llvm::enumerate(op.getResults()))
          (void)alias(result, element(op.getSource(), i));
        return success();
      })
      .Case([&](vector::ShuffleOp op) { return emitShuffle(op); })
      .Case([&](vector::ExtractStridedSliceOp op) {
        SmallVector<std::string> elements;
        for (int64_t i = 0; i < numElements(op.getType()); ++i)
          elements.push_back(
              element(op.getSource(), single(op.getOffsets()) + i));
        return emitElements(op.getResult(), elements);
      })
      .Case([&](vector::InsertStridedSliceOp op) {
        int64_t offset = single(op.getOffsets());
        int64_t size = numElements(op.getValueToStore().getType());
        SmallVector<std::string> elements;
        for (int64_t i = 0; i < numElements(op.getType()); ++i)
          elements.push_back(i >= offset && i < offset + size
                                 ? element(op.getValueToStore(), i - offset)
                                 : element(op.getDest(), i));
        return emitElements(op.getResult(), elements);
      })
      .Case([&](vector::BitCastOp op) { return emitBitcast(op); })
      .Case([&](vector::ShapeCastOp op) {
        return bindSame(op.getResult(), op.getSource());
      })
      .Default([&](Operation *op) { return noTranslation(op); });
}
