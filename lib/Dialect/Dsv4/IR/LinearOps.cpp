//===- LinearOps.cpp - Products with unquantised activations
//----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

LogicalResult LinearOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // [linear_c1]
  ArrayRef<int64_t> inputShape = input.getShape();
  if (!input.getElementType().isBF16() || inputShape.size() < 2 ||
      inputShape.size() > 3 ||
      ShapedType::isDynamicShape(inputShape.drop_front()))
    return Constraint(*this, "[linear_c1]").fail()
           << "input must be [T, G K] or [T, H, d] bf16, got " << input;
  // [linear_c2]
  Type weightType = getWeight().getType();
  ArrayRef<int64_t> weight = getShapeOf(weightType);
  auto tensor = dyn_cast<RankedTensorType>(weightType);
  if ((tensor && !tensor.getElementType().isBF16() &&
       !tensor.getElementType().isF32()) ||
      weight.size() != 2 || ShapedType::isDynamicShape(weight))
    return Constraint(*this, "[linear_c2]").fail()
           << "weight must be [G N, K], a bf16 or f32 tensor or scaled, got "
           << weightType;
  // [linear_c3]
  Constraint c3(*this, "[linear_c3]");
  int64_t groups = getGroups();
  if (groups < 1 || weight[0] % groups != 0)
    return c3.fail() << "groups must divide the weight's " << weight[0]
                     << " rows, got " << groups;
  int64_t width = ShapedType::getNumElements(inputShape.drop_front());
  if (width != groups * weight[1])
    return c3.fail() << "input must have " << groups << " * " << weight[1]
                     << " channels per token, got " << width;
  // [linear_c4]
  auto result = cast<RankedTensorType>(getResult().getType());
  return Constraint(*this, "[linear_c4]")
      .shape("result", result, {"T", "G N"}, {inputShape[0], weight[0]},
             result.getElementType().isF32() ? Element::F32 : Element::BF16);
}

LogicalResult ScaleOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  Constraint c1(*this, "[scale_c1]");
  if (!input.getElementType().isBF16() || input.getRank() < 1)
    return c1.fail() << "input must be [T, ...] bf16, got " << input;
  if (failed(c1.sameType("result", getResult().getType(), "input", input)))
    return failure();
  // [scale_c2]
  if (!getFactor().isFinite())
    return Constraint(*this, "[scale_c2]").fail() << "factor must be finite";
  return success();
}

LogicalResult HeadsOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  bool splits = result.getRank() == 3;
  ArrayRef<int64_t> flat = (splits ? input : result).getShape();
  ArrayRef<int64_t> heads = (splits ? result : input).getShape();
  // [heads_c1]
  if (flat.size() != 2 || heads.size() != 3 ||
      ShapedType::isDynamicShape(flat.drop_front()) ||
      ShapedType::isDynamicShape(heads.drop_front()) ||
      flat[1] != heads[1] * heads[2] || flat[0] != heads[0] ||
      input.getElementType() != result.getElementType())
    return Constraint(*this, "[heads_c1]").fail()
           << "input and result must be [T, H d] and [T, H, d], or the "
              "reverse, "
           << "of one element type, got " << input << " and " << result;
  return success();
}

OpFoldResult HeadsOp::fold(FoldAdaptor) {
  // heads(heads(x)) = x, where the shapes are the same again.
  if (auto inner = getInput().getDefiningOp<HeadsOp>())
    if (inner.getInput().getType() == getResult().getType())
      return inner.getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// ShuffleOp
//===----------------------------------------------------------------------===//

LogicalResult ShuffleOp::verify() {
  auto from = cast<RankedTensorType>(getInput().getType());
  auto to = cast<RankedTensorType>(getResult().getType());
  // [shuffle_c1]
  if (from.getShape() != to.getShape() ||
      from.getElementType() != to.getElementType())
    return emitOpError("[shuffle_c1] expected the result to be ")
           << RankedTensorType::get(from.getShape(), from.getElementType())
           << " in some layout, got " << to;
  // [shuffle_c2]
  if (!isa_and_nonnull<fp8::LayoutAttr>(to.getEncoding()))
    return emitOpError(
               "[shuffle_c2] expected the result to have a #fp8.layout, got ")
           << to;
  return success();
}
