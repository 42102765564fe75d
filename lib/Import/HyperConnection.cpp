//===- HyperConnection.cpp - Sub-layers on residual streams (spec 4.3)
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"

using namespace mlir;
using namespace dsv4c;

Value dsv4c::buildSublayer(ProgramBuilder &program, const Layer &layer,
                           llvm::StringRef name, Value streams,
                           llvm::function_ref<Value(Value)> sublayer) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  std::string stem = (llvm::Twine(layer.prefix) + ".hc_" + name).str();
  program.enter(stem);
  int64_t n = config.numStreams, mixes = (2 + n) * n;
  auto mix = dsv4::HcMixOp::create(
      ops, program.loc(), program.perTokenBF16(config.hiddenSize),
      program.perTokenF32(n), program.perTokenF32({n, n}), streams,
      program.weightF32(stem + "_fn", {mixes, n * config.hiddenSize}),
      program.weightF32(stem + "_base", mixes),
      program.weightF32(stem + "_scale", {3}), /*product=*/Value(),
      ops.getI64IntegerAttr(config.sinkhornIterations),
      ops.getF32FloatAttr(config.streamEps),
      ops.getF32FloatAttr(config.normEps));
  Value input = program.rmsNorm(mix.getInput(), llvm::Twine(layer.prefix) +
                                                    "." + name + "_norm");
  Value output = sublayer(input);
  program.enter(stem);
  return dsv4::HcMergeOp::create(ops, program.loc(), streams.getType(), output,
                                 streams, mix.getPost(), mix.getComb());
}
