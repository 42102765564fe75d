//===- Indexer.cpp - Which entries a token attends to (spec 4.8)
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"
#include "ModelTypes.h"
#include <cmath>

using namespace mlir;
using namespace dsv4c;

/// Steps 1 to 3: rotated, spread by the Hadamard transform, quantised.
static Value buildIndexQuery(ProgramBuilder &program, const llvm::Twine &stem,
                             Value quantizedQuery) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  int64_t width = config.indexHeads * config.indexHeadDim;
  auto type = program.perTokenBF16({config.indexHeads, config.indexHeadDim});
  Value flat = program.fp8Linear(quantizedQuery, stem + ".wq_b", width);
  Value heads = dsv4::HeadsOp::create(ops, program.loc(), type, flat);
  Value rotated = dsv4::RopeOp::create(
      ops, program.loc(), type, program.tokens(), heads,
      program.ropeTable(/*compressed=*/true), /*inverse=*/false);
  Value spread = dsv4::HadamardOp::create(ops, program.loc(), type, rotated);
  Value merged = dsv4::HeadsOp::create(ops, program.loc(),
                                       program.perTokenBF16(width), spread);
  return fp8::QuantizeOp::create(
      ops, program.loc(), getIndexQueryType(ops.getContext(), width), merged);
}

/// Step 5: the weight of each head.
static Value buildHeadWeights(ProgramBuilder &program, const llvm::Twine &stem,
                              Value input) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  Value weights = program.linear(input, stem + ".weights_proj",
                                 config.indexHeads, ops.getBF16Type());
  float factor = 1.0 / std::sqrt(static_cast<double>(config.indexHeadDim) *
                                 static_cast<double>(config.indexHeads));
  return dsv4::ScaleOp::create(ops, program.loc(), weights.getType(), weights,
                               ops.getF32FloatAttr(factor));
}

IndexValues dsv4c::buildIndexer(ProgramBuilder &program, const Layer &layer,
                                Value input, Value quantizedQuery) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  std::string stem = layer.prefix + ".attn.indexer";
  program.enter(stem);
  Value query = buildIndexQuery(program, stem, quantizedQuery);
  buildCompressor(program, layer, stem + ".compressor", "index", "index_rows",
                  input);
  program.enter(stem);
  Value weights = buildHeadWeights(program, stem, input);
  Value scores = dsv4::IndexScoresOp::create(
      ops, program.loc(), program.perTokenBF16(ShapedType::kDynamic),
      program.tokens(), query, weights,
      program.getState(layer.prefix + ".index"),
      ops.getI64IntegerAttr(config.indexHeads));
  Value selection = dsv4::SelectOp::create(
      ops, program.loc(), program.perToken(config.indexTopK, ops.getI32Type()),
      program.tokens(), scores, ops.getI64IntegerAttr(layer.ratio));
  return {scores, selection};
}
