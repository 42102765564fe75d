//===- ExpertOps.cpp - Routing and experts
//----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

static constexpr int64_t anySize = ShapedType::kDynamic;

LogicalResult RouteOp::verify() {
  Type logits = getLogits().getType();
  if (failed(Constraint(*this, "[route_c1]")
                 .rank("logits", logits, {"T", "E"}, Element::F32)))
    return failure();
  int64_t experts = getShapeOf(logits)[1];
  Constraint c3(*this, "[route_c3]");
  if (failed(
          c3.rank("weights", getWeights().getType(), {"T", "k"}, Element::F32)))
    return failure();
  int64_t k = getShapeOf(getWeights().getType())[1];
  if (failed(c3.shape("experts", getExperts().getType(), {"T", "k"},
                      {anySize, k}, Element::I32)))
    return failure();
  if (!ShapedType::isDynamic(experts) && k > experts)
    return c3.fail() << "k must be at most " << experts << " experts, got "
                     << k;
  Constraint c2(*this, "[route_c2]");
  if (static_cast<bool>(getBias()) == static_cast<bool>(getTable()))
    return c2.fail() << "either bias or table must be given, got "
                     << (getBias() ? "both" : "neither");
  if (getBias() && failed(c2.shape("bias", getBias().getType(), {"E"},
                                   {experts}, Element::F32)))
    return failure();
  if (getTable() && failed(c2.shape("table", getTable().getType(), {"V", "k"},
                                    {anySize, k}, Element::I64)))
    return failure();
  return Constraint(*this, "[route_c4]").positive("scale", getScale());
}

static bool isFnuz(Type element) {
  return isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(element);
}

static bool isOcp(Type element) {
  return isa<Float8E4M3FNType, Float8E5M2Type>(element);
}

LogicalResult ExpertLinearOp::verify() {
  auto weight = dyn_cast<fp8::ScaledType>(getWeight().getType());
  // [expert_linear_c1]
  if (!weight || weight.getShape().size() != 3)
    return Constraint(*this, "[expert_linear_c1]").fail()
           << "weight must be scaled [E, N, K], got " << getWeight().getType();
  int64_t rows = weight.getShape()[1], columns = weight.getShape()[2];
  // [expert_linear_c2]
  Type experts = getExperts().getType();
  if (failed(Constraint(*this, "[expert_linear_c2]")
                 .rank("experts", experts, {"T", "k"}, Element::I32)))
    return failure();
  int64_t k = getShapeOf(experts)[1];
  // [expert_linear_c3]
  auto input = dyn_cast<fp8::ScaledType>(getInput().getType());
  ArrayRef<int64_t> shape = getShapeOf(getInput().getType());
  if (!input || shape.size() < 2 || shape.size() > 3 ||
      shape.back() != columns ||
      (shape.size() == 3 && !sizesAgree(shape[1], k)))
    return Constraint(*this, "[expert_linear_c3]").fail()
           << "input must be scaled [T, K] or [T, k, K] with k = " << k
           << ", K = " << columns << ", got " << getInput().getType();
  // [expert_linear_c4]
  if (failed(Constraint(*this, "[expert_linear_c4]")
                 .shape("result", getResult().getType(), {"T", "k", "N"},
                        {anySize, k, rows}, Element::BF16)))
    return failure();
  // [expert_linear_c5]
  Type a = input.getElementType(), b = weight.getElementType();
  if ((isFnuz(a) && isOcp(b)) || (isOcp(a) && isFnuz(b)))
    return Constraint(*this, "[expert_linear_c5]").fail()
           << "input and weight must be FP8 of one dialect, got " << a
           << " and " << b;
  return success();
}

LogicalResult SwigluOp::verify() {
  auto gate = cast<RankedTensorType>(getGate().getType());
  Constraint c1(*this, "[swiglu_c1]");
  if (!gate.getElementType().isBF16() || gate.getRank() < 2 ||
      gate.getRank() > 3)
    return c1.fail() << "gate must be [T, I] or [T, k, I] bf16, got " << gate;
  if (failed(c1.sameType("up", getUp().getType(), "gate", gate)) ||
      failed(c1.sameType("result", getResult().getType(), "gate", gate)))
    return failure();
  // [swiglu_c2]
  Constraint c2(*this, "[swiglu_c2]");
  if (static_cast<bool>(getWeights()) != (gate.getRank() == 3))
    return c2.fail() << "weights must be given if and only if gate is "
                     << "[T, k, I], got gate " << gate;
  if (getWeights() &&
      failed(c2.shape("weights", getWeights().getType(), {"T", "k"},
                      gate.getShape().drop_back(), Element::F32)))
    return failure();
  return Constraint(*this, "[swiglu_c3]").positive("limit", getLimit());
}

LogicalResult CombineOp::verify() {
  Type routed = getRouted().getType();
  if (failed(Constraint(*this, "[combine_c1]")
                 .rank("routed", routed, {"T", "k", "D"}, Element::BF16)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(routed);
  Constraint c2(*this, "[combine_c2]");
  Type shared = getShared().getType();
  if (failed(c2.shape("shared", shared, {"T", "D"}, {sizes[0], sizes[2]},
                      Element::BF16)))
    return failure();
  return c2.sameType("result", getResult().getType(), "shared", shared);
}
