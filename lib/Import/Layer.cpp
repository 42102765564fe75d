//===- Layer.cpp - Decoder layers and their state (spec 4.2, 5.2)
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"
#include "ModelTypes.h"

using namespace mlir;
using namespace dsv4c;

Layer dsv4c::getLayer(const ModelConfig &config, int64_t index) {
  return {"layers." + std::to_string(index), config.compressRatios[index],
          index < config.numHashLayers};
}

Layer dsv4c::getDraftLayer(const ModelConfig &config, int64_t index) {
  return {"mtp." + std::to_string(index),
          config.compressRatios[config.numLayers + index],
          /*hashRouted=*/false};
}

void dsv4c::addKeyStates(ProgramBuilder &program, const Layer &layer) {
  const ModelConfig &config = program.config();
  MLIRContext *context = program.ops().getContext();
  program.addState(layer.prefix + ".window", getWindowType(context, config));
  if (layer.isCompressed())
    program.addState(layer.prefix + ".entries",
                     getEntriesType(context, config, layer.ratio));
}

void dsv4c::addLayerStates(ProgramBuilder &program, const Layer &layer) {
  const ModelConfig &config = program.config();
  MLIRContext *context = program.ops().getContext();
  addKeyStates(program, layer);
  bool selected = layer.getKind() == AttentionKind::Selected;
  if (selected)
    program.addState(layer.prefix + ".index",
                     getIndexType(context, config, layer.ratio));
  if (layer.isCompressed())
    program.addState(layer.prefix + ".rows",
                     getOpenRowsType(context, layer.ratio, config.headDim));
  if (selected)
    program.addState(
        layer.prefix + ".index_rows",
        getOpenRowsType(context, layer.ratio, config.indexHeadDim));
}

Value dsv4c::buildLayer(ProgramBuilder &program, const Layer &layer,
                        Value streams) {
  streams = buildSublayer(program, layer, "attn", streams, [&](Value input) {
    return buildAttention(program, layer, input).output;
  });
  return buildSublayer(program, layer, "ffn", streams, [&](Value input) {
    return buildExperts(program, layer, input).output;
  });
}
