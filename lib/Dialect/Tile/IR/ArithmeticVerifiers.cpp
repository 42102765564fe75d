//===- ArithmeticVerifiers.cpp - Verifiers of pure operations -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/IR/Tile.h"

using namespace mlir;
using namespace dsv4c::tile;

LogicalResult DotOp::verify() {
  RankedTensorType a = getA().getType(), b = getB().getType(),
                   result = getResult().getType();
  for (RankedTensorType type : {a, b, result}) {
    // [dot_c1]
    if (type.getRank() != 2)
      return emitOpError("[dot_c1] expects matrices, found ") << type;
    // [dot_c2]
    if (!type.getElementType().isF32())
      return emitOpError("[dot_c2] expects f32, found ") << type;
  }
  // [dot_c3]
  if (a.getDimSize(1) != b.getDimSize(0))
    return emitOpError(
               "[dot_c3] expects a's dimension 1 to equal b's dimension "
               "0, found ")
           << a.getDimSize(1) << " and " << b.getDimSize(0);
  // [dot_c4]
  if (result.getDimSize(0) != a.getDimSize(0) ||
      result.getDimSize(1) != b.getDimSize(1))
    return emitOpError("[dot_c4] expects a result of ")
           << a.getDimSize(0) << " x " << b.getDimSize(1) << ", found "
           << result;
  return success();
}

int64_t ReduceOp::getNumPartials(int64_t length) {
  int64_t partials = 16;
  while (partials < 256 && 16 * partials <= length)
    partials *= 2;
  return partials;
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  int64_t dim = getDim();
  // [reduce_c1]
  if (dim < 0 || dim >= input.getRank())
    return emitOpError("[reduce_c1] expects a dimension below ")
           << input.getRank() << ", found " << dim;
  SmallVector<int64_t> shape(input.getShape());
  shape.erase(shape.begin() + dim);
  auto expected = RankedTensorType::get(shape, input.getElementType());
  // [reduce_c2]
  if (result != expected)
    return emitOpError("[reduce_c2] expects the result ")
           << expected << ", found " << result;
  // [reduce_c3]
  Type element = input.getElementType();
  bool isBytes =
      element.isSignlessInteger() && element.getIntOrFloatBitWidth() % 8 == 0;
  if (!element.isF32() && !element.isIndex() && !isBytes)
    return emitOpError("[reduce_c3] expects f32, index or integers of whole "
                       "bytes, found ")
           << element;
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  ArrayRef<int64_t> dims = getDims();
  // [broadcast_c1]
  if (static_cast<int64_t>(dims.size()) != input.getRank())
    return emitOpError("[broadcast_c1] expects ")
           << input.getRank() << " dimensions, found " << dims.size();
  int64_t previous = -1;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    // [broadcast_c2]
    if (dim <= previous || dim >= result.getRank())
      return emitOpError("[broadcast_c2] expects increasing dimensions below ")
             << result.getRank() << ", found " << dim << " at position " << i;
    previous = dim;
    // [broadcast_c3]
    if (input.getDimSize(i) != result.getDimSize(dim))
      return emitOpError("[broadcast_c3] expects dimension ")
             << dim << " of the result to have size " << input.getDimSize(i)
             << ", found " << result.getDimSize(dim);
  }
  // [broadcast_c4]
  if (input.getElementType() != result.getElementType())
    return emitOpError("[broadcast_c4] expects result elements of type ")
           << input.getElementType() << ", found " << result.getElementType();
  return success();
}

LogicalResult TransposeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  // [transpose_c1]
  if (input.getRank() != 2 || result.getRank() != 2)
    return emitOpError("[transpose_c1] expects matrices, found ")
           << input << " and " << result;
  // [transpose_c2]
  if (result !=
      RankedTensorType::get({input.getDimSize(1), input.getDimSize(0)},
                            input.getElementType()))
    return emitOpError("[transpose_c2] expects the transposed shape and the "
                       "same elements, found ")
           << input << " and " << result;
  return success();
}

LogicalResult IotaOp::verify() {
  RankedTensorType result = getResult().getType();
  // [iota_c1]
  if (result.getRank() != 1)
    return emitOpError("[iota_c1] expects rank 1, found ") << result;
  // [iota_c2]
  if (!result.getElementType().isIndex() &&
      !result.getElementType().isInteger(32))
    return emitOpError(
               "[iota_c2] expects elements of type index or i32, found ")
           << result.getElementType();
  return success();
}

LogicalResult CompactOp::verify() {
  RankedTensorType mask = getMask().getType(),
                   positions = getPositions().getType();
  // [compact_c1]
  if (!mask.hasStaticShape() || !positions.hasStaticShape() ||
      positions.getDimSize(0) > mask.getDimSize(0))
    return emitOpError("[compact_c1] expects static lengths and no more "
                       "positions than elements, found ")
           << mask << " and " << positions;
  return success();
}
