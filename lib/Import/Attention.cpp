//===- Attention.cpp - Projections and sparse attention (spec 4.6)
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"
#include <cmath>

using namespace mlir;
using namespace dsv4c;

static Value buildRope(ProgramBuilder &program, const Layer &layer, Value input,
                       bool inverse) {
  return dsv4::RopeOp::create(program.ops(), program.loc(), input.getType(),
                              program.tokens(), input,
                              program.ropeTable(layer.isCompressed()), inverse);
}

/// Steps 3 to 5: heads of the query, normalised and rotated.
static Value buildQuery(ProgramBuilder &program, const Layer &layer,
                        const llvm::Twine &attn, Value quantizedQuery) {
  const ModelConfig &config = program.config();
  Value flat = program.fp8Linear(quantizedQuery, attn + ".wq_b",
                                 config.numHeads * config.headDim);
  auto type = program.perTokenBF16({config.numHeads, config.headDim});
  Value heads = dsv4::HeadsOp::create(program.ops(), program.loc(), type, flat);
  Value normed =
      dsv4::HeadNormOp::create(program.ops(), program.loc(), type, heads,
                               program.ops().getF32FloatAttr(config.normEps));
  return buildRope(program, layer, normed, /*inverse=*/false);
}

/// Steps 6 to 9: the key of each token enters the window.
static void buildWindowKeys(ProgramBuilder &program, const Layer &layer,
                            const llvm::Twine &attn, Value quantizedInput) {
  Value keys = program.fp8Linear(quantizedInput, attn + ".wkv",
                                 program.config().headDim);
  keys = program.rmsNorm(keys, attn + ".kv_norm");
  keys = buildRope(program, layer, keys, /*inverse=*/false);
  std::string state = layer.prefix + ".window";
  Value window = program.getState(state);
  program.setState(state, dsv4::InsertKeysOp::create(
                              program.ops(), program.loc(), window.getType(),
                              program.tokens(), keys, window));
}

/// Steps 12 to 14: back to relative positions, grouped and full projection.
static Value buildOutput(ProgramBuilder &program, const Layer &layer,
                         const llvm::Twine &attn, Value core) {
  const ModelConfig &config = program.config();
  Value rotated = buildRope(program, layer, core, /*inverse=*/true);
  int64_t groups = config.outputGroups;
  int64_t rows = groups * config.outputRank;
  Value weight = program.weightFp8(attn + ".wo_a", rows,
                                   config.numHeads * config.headDim / groups);
  Value grouped = dsv4::LinearOp::create(
      program.ops(), program.loc(), program.perTokenBF16(rows), rotated, weight,
      program.ops().getI64IntegerAttr(groups));
  return program.fp8Linear(program.quantize(grouped), attn + ".wo_b",
                           config.hiddenSize);
}

Value dsv4c::buildAttentionCore(ProgramBuilder &program, const Layer &layer,
                                Value query, Value selection) {
  const ModelConfig &config = program.config();
  OpBuilder &ops = program.ops();
  Value entries;
  if (layer.isCompressed())
    entries = program.getState(layer.prefix + ".entries");
  Value sink =
      program.weightF32(layer.prefix + ".attn.attn_sink", config.numHeads);
  float scale = 1.0 / std::sqrt(static_cast<double>(config.headDim));
  return dsv4::AttentionOp::create(
      ops, program.loc(), query.getType(), program.tokens(), query,
      program.getState(layer.prefix + ".window"), entries, selection, sink,
      ops.getI64IntegerAttr(config.window), ops.getF32FloatAttr(scale));
}

AttentionValues dsv4c::buildAttention(ProgramBuilder &program,
                                      const Layer &layer, Value input) {
  std::string attn = layer.prefix + ".attn";
  program.enter(attn);
  Value quantizedInput = program.quantize(input);
  Value lowRank = program.fp8Linear(quantizedInput, attn + ".wq_a",
                                    program.config().queryRank);
  Value quantizedQuery =
      program.quantize(program.rmsNorm(lowRank, attn + ".q_norm"));

  AttentionValues values;
  values.query = buildQuery(program, layer, attn, quantizedQuery);
  buildWindowKeys(program, layer, attn, quantizedInput);
  if (layer.getKind() == AttentionKind::Selected) {
    IndexValues index = buildIndexer(program, layer, input, quantizedQuery);
    values.scores = index.scores;
    values.selection = index.selection;
  }
  if (layer.isCompressed())
    buildCompressor(program, layer, attn + ".compressor", "entries", "rows",
                    input);
  program.enter(attn);
  values.core =
      buildAttentionCore(program, layer, values.query, values.selection);
  values.output = buildOutput(program, layer, attn, values.core);
  return values;
}
