//===- Draft.cpp - Draft block for speculative decoding (spec 4.13)
//---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"

using namespace mlir;
using namespace dsv4c;

Value dsv4c::buildDraftBlock(ProgramBuilder &program, int64_t index,
                             Value streams) {
  int64_t hidden = program.config().hiddenSize;
  Layer layer = getDraftLayer(program.config(), index);
  Value next = buildEmbeddingRows(program, dsv4::TokenField::NextIds);
  program.enter(layer.prefix);
  next = program.rmsNorm(next, layer.prefix + ".enorm");
  Value fromToken = program.fp8Linear(program.quantize(next),
                                      layer.prefix + ".e_proj", hidden);
  // Each stream is normalised and projected by itself (pitfall P52).
  Value normed = program.rmsNorm(streams, layer.prefix + ".hnorm");
  Value fromStreams = program.fp8Linear(program.quantize(normed),
                                        layer.prefix + ".h_proj", hidden);
  Value mixed = dsv4::AddOp::create(program.ops(), program.loc(),
                                    streams.getType(), fromToken, fromStreams);
  return buildLayer(program, layer, mixed);
}
