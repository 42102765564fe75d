//===- Head.cpp - Embedding and output head (spec 4.1, 4.12)
//----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"

using namespace mlir;
using namespace dsv4c;

Value dsv4c::buildEmbeddingRows(ProgramBuilder &program,
                                dsv4::TokenField field) {
  const ModelConfig &config = program.config();
  program.enter("embed");
  Value table =
      program.weightBF16("embed.weight", {config.vocabSize, config.hiddenSize});
  return dsv4::EmbedOp::create(program.ops(), program.loc(),
                               program.perTokenBF16(config.hiddenSize),
                               program.tokens(), table, field);
}

Value dsv4c::buildEmbedding(ProgramBuilder &program) {
  const ModelConfig &config = program.config();
  Value rows = buildEmbeddingRows(program, dsv4::TokenField::Ids);
  return dsv4::ReplicateOp::create(
      program.ops(), program.loc(),
      program.perTokenBF16({config.numStreams, config.hiddenSize}), rows);
}

Value dsv4c::buildHead(ProgramBuilder &program, const llvm::Twine &collapse,
                       const llvm::Twine &norm, Value streams) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  std::string stem = collapse.str();
  program.enter("head");
  // Only these rows go through the head; it is the largest matrix of a step.
  Value rows = dsv4::OutputRowsOp::create(ops, program.loc(), streams.getType(),
                                          program.tokens(), streams);
  int64_t n = config.numStreams;
  Value collapsed = dsv4::HcCollapseOp::create(
      ops, program.loc(), program.perTokenBF16(config.hiddenSize), rows,
      program.weightF32(stem + "_fn", {n, n * config.hiddenSize}),
      program.weightF32(stem + "_base", n),
      program.weightF32(stem + "_scale", {1}), /*product=*/Value(),
      ops.getF32FloatAttr(config.streamEps),
      ops.getF32FloatAttr(config.normEps));
  return program.linear(program.rmsNorm(collapsed, norm), "head",
                        config.vocabSize, ops.getF32Type());
}
