//===- Experts.cpp - Router, routed and shared experts (spec 4.9)
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"
#include "ModelTypes.h"

using namespace mlir;
using namespace dsv4c;

static dsv4::RouteOp buildRouter(ProgramBuilder &program, const Layer &layer,
                                 Value input) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  std::string gate = layer.prefix + ".ffn.gate";
  Value logits =
      program.linear(input, gate, config.numExperts, ops.getF32Type());
  Value bias, table;
  if (layer.hashRouted)
    table = program.weight(
        gate + ".tid2eid",
        RankedTensorType::get({config.vocabSize, config.expertsPerToken},
                              ops.getI64Type()));
  else
    bias = program.weightF32(gate + ".bias", config.numExperts);
  return dsv4::RouteOp::create(
      ops, program.loc(), program.perTokenF32(config.expertsPerToken),
      program.perToken(config.expertsPerToken, ops.getI32Type()),
      program.tokens(), logits, bias, table,
      ops.getF32FloatAttr(config.routedScale));
}

/// [T, K] or [T, k, K] with `<ffn>.experts.*.<name>` [E, rows, K] -> [T, k,
/// rows].
static Value buildExpertLinear(ProgramBuilder &program, const llvm::Twine &ffn,
                               llvm::StringRef name, int64_t rows, Value input,
                               Value experts) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  int64_t columns = cast<fp8::ScaledType>(input.getType()).getShape().back();
  Value weight = program.weight(
      ffn + ".experts.*." + name + ".weight",
      getExpertWeightType(ops.getContext(), config, rows, columns),
      config.numExperts);
  return dsv4::ExpertLinearOp::create(
      ops, program.loc(), program.perTokenBF16({config.expertsPerToken, rows}),
      input, weight, experts);
}

static Value buildSwiglu(ProgramBuilder &program, Value gate, Value up,
                         Value weights) {
  OpBuilder &ops = program.ops();
  return dsv4::SwigluOp::create(
      ops, program.loc(), gate.getType(), gate, up, weights,
      ops.getF32FloatAttr(program.config().swigluLimit));
}

static Value buildRouted(ProgramBuilder &program, const llvm::Twine &ffn,
                         Value quantized, dsv4::RouteOp route) {
  const ModelConfig &config = program.config();
  Value experts = route.getExperts();
  Value gate = buildExpertLinear(program, ffn, "w1", config.expertInnerSize,
                                 quantized, experts);
  Value up = buildExpertLinear(program, ffn, "w3", config.expertInnerSize,
                               quantized, experts);
  Value inner = buildSwiglu(program, gate, up, route.getWeights());
  return buildExpertLinear(program, ffn, "w2", config.hiddenSize,
                           program.quantize(inner), experts);
}

static Value buildShared(ProgramBuilder &program, const llvm::Twine &ffn,
                         Value quantized) {
  const ModelConfig &config = program.config();
  std::string stem = (ffn + ".shared_experts").str();
  Value gate =
      program.fp8Linear(quantized, stem + ".w1", config.expertInnerSize);
  Value up = program.fp8Linear(quantized, stem + ".w3", config.expertInnerSize);
  Value inner = buildSwiglu(program, gate, up, /*weights=*/Value());
  return program.fp8Linear(program.quantize(inner), stem + ".w2",
                           config.hiddenSize);
}

ExpertValues dsv4c::buildExperts(ProgramBuilder &program, const Layer &layer,
                                 Value input) {
  std::string ffn = layer.prefix + ".ffn";
  program.enter(ffn);
  dsv4::RouteOp route = buildRouter(program, layer, input);
  Value quantized = program.quantize(input);
  Value routed = buildRouted(program, ffn, quantized, route);
  Value shared = buildShared(program, ffn, quantized);
  Value output = dsv4::CombineOp::create(program.ops(), program.loc(),
                                         shared.getType(), routed, shared);
  return {route.getWeights(), route.getExperts(), output};
}
