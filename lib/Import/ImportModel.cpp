//===- ImportModel.cpp - From a model's configuration to dsv4 programs
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Import/ImportModel.h"
#include "ModelParts.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace dsv4c;

namespace {

class ModelImporter {
public:
  ModelImporter(ModuleOp module, const ModelConfig &config, int64_t maxContext)
      : module(module), config(config), maxContext(maxContext) {}

  void addConfig();
  void addStep(bool observe);
  void addDraft();
  /// The programs of one layer that op-by-op verification runs.
  void addObservedLayer(int64_t index);

private:
  ProgramBuilder begin(const llvm::Twine &name) {
    return ProgramBuilder(module, config, maxContext, name.str());
  }
  Value addStreams(ProgramBuilder &program) {
    return program.addInput(
        "streams",
        program.perTokenBF16({config.numStreams, config.hiddenSize}));
  }

  ModuleOp module;
  const ModelConfig &config;
  int64_t maxContext;
};

} // namespace

void ModelImporter::addConfig() {
  Builder builder(module.getContext());
  NamedAttrList entries;
  auto add = [&](StringRef name, int64_t value) {
    entries.append(name, builder.getI64IntegerAttr(value));
  };
  add("hidden", config.hiddenSize);
  add("vocab", config.vocabSize);
  add("layers", config.numLayers);
  add("draft_blocks", config.numDraftBlocks);
  add("heads", config.numHeads);
  add("head_dim", config.headDim);
  add("rope", config.ropeDim);
  add("window", config.window);
  add("streams", config.numStreams);
  add("experts", config.numExperts);
  add("experts_per_token", config.expertsPerToken);
  add("index_top_k", config.indexTopK);
  add("bos", config.bosToken);
  add("eos", config.eosToken);
  add("page", config.getPageSize());
  add("max_context", maxContext);
  entries.append("ratios", builder.getDenseI64ArrayAttr(config.compressRatios));
  entries.append("name", builder.getStringAttr(config.name));
  entries.append("text", builder.getStringAttr(config.text));
  module->setAttr("dsv4.config", entries.getDictionary(module.getContext()));
}

void ModelImporter::addStep(bool observe) {
  ProgramBuilder program = begin("step");
  for (int64_t i = 0; i < config.numLayers; ++i)
    addLayerStates(program, getLayer(config, i));
  Value streams = buildEmbedding(program);
  for (int64_t i = 0; i < config.numLayers; ++i) {
    Layer layer = getLayer(config, i);
    streams = buildLayer(program, layer, streams);
    if (observe)
      dsv4::ObserveOp::create(program.ops(), program.loc(),
                              layer.prefix + ".streams", streams);
  }
  program.addOutput("logits", buildHead(program, "hc_head", "norm", streams));
  program.addOutput("streams", streams);
  program.finish();
}

void ModelImporter::addDraft() {
  ProgramBuilder program = begin("draft");
  Value streams = addStreams(program);
  Layer layer = getDraftLayer(config, 0);
  addLayerStates(program, layer);
  streams = buildDraftBlock(program, 0, streams);
  program.addOutput("draft.logits",
                    buildHead(program, layer.prefix + ".hc_head",
                              layer.prefix + ".norm", streams));
  program.addOutput("draft.streams", streams);
  program.finish();
}

void ModelImporter::addObservedLayer(int64_t index) {
  Layer layer = getLayer(config, index);
  bool selected = layer.getKind() == AttentionKind::Selected;
  {
    ProgramBuilder program = begin(layer.prefix);
    Value streams = addStreams(program);
    addLayerStates(program, layer);
    program.addOutput(layer.prefix + ".out",
                      buildLayer(program, layer, streams));
    program.finish();
  }
  {
    ProgramBuilder program = begin(layer.prefix + ".attn");
    Value input =
        program.addInput("attn.in", program.perTokenBF16(config.hiddenSize));
    addLayerStates(program, layer);
    AttentionValues values = buildAttention(program, layer, input);
    program.addOutput("attn.out", values.output);
    program.addOutput("q", values.query);
    program.addOutput("o", values.core);
    if (selected) {
      program.addOutput("selection", values.selection);
      program.addOutput("scores", values.scores);
    }
    program.finish();
  }
  {
    ProgramBuilder program = begin(layer.prefix + ".core");
    Value query = program.addInput(
        "q", program.perTokenBF16({config.numHeads, config.headDim}));
    Value selection;
    if (selected)
      selection = program.addInput(
          "selection",
          program.perToken(config.indexTopK, program.ops().getI32Type()));
    addKeyStates(program, layer);
    program.addOutput("o",
                      buildAttentionCore(program, layer, query, selection));
    program.finish();
  }
  {
    ProgramBuilder program = begin(layer.prefix + ".ffn");
    Value input =
        program.addInput("ffn.in", program.perTokenBF16(config.hiddenSize));
    ExpertValues values = buildExperts(program, layer, input);
    program.addOutput("ffn.out", values.output);
    program.addOutput("weights", values.weights);
    program.addOutput("experts", values.experts);
    program.finish();
  }
}

OwningOpRef<ModuleOp> dsv4c::importModel(MLIRContext &context,
                                         const ModelConfig &config,
                                         const ImportOptions &options) {
  context.loadDialect<dsv4::Dsv4Dialect>();
  Location loc = NameLoc::get(StringAttr::get(&context, config.name));
  int64_t maxContext =
      options.maxContext ? options.maxContext : config.maxPosition;
  if (maxContext < 1 || maxContext > config.maxPosition) {
    emitError(loc) << "expected a context limit between 1 and the model's "
                   << config.maxPosition << " (max_position_embeddings), found "
                   << maxContext;
    return {};
  }
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  ModelImporter importer(*module, config, maxContext);
  importer.addConfig();
  importer.addStep(options.observe);
  if (config.numDraftBlocks)
    importer.addDraft();
  if (options.observe)
    for (int64_t i = 0; i < config.numLayers; ++i)
      importer.addObservedLayer(i);
  return module;
}
