//===- ModelConfig.cpp - The published config.json of a model
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Import/ModelConfig.h"
#include "ConfigChecks.h"
#include "ConfigReader.h"
#include "JsonChecks.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <numeric>

using namespace llvm;
using namespace dsv4c;

AttentionKind dsv4c::getAttentionKind(int64_t ratio) {
  if (ratio == 0)
    return AttentionKind::SlidingWindow;
  return ratio == 4 ? AttentionKind::Selected : AttentionKind::AllEntries;
}

int64_t ModelConfig::getPageSize() const {
  constexpr int64_t smallest = 64;
  int64_t multiple = 1;
  for (int64_t ratio : compressRatios)
    if (ratio)
      multiple = std::lcm(multiple, ratio);
  return (smallest + multiple - 1) / multiple * multiple;
}

//===----------------------------------------------------------------------===//
// Keys, by concern
//===----------------------------------------------------------------------===//

static void readModel(ConfigReader &reader, ModelConfig &config) {
  reader.require("model_type", StringRef("deepseek_v4"));
  reader.require("torch_dtype", StringRef("bfloat16"));
  reader.require("tie_word_embeddings", false);
  config.hiddenSize = reader.integer("hidden_size", 1);
  config.vocabSize = reader.integer("vocab_size", 1);
  config.bosToken = reader.integer("bos_token_id", 0);
  config.eosToken = reader.integer("eos_token_id", 0);
  config.maxPosition = reader.integer("max_position_embeddings", 1);
  config.numLayers = reader.integer("num_hidden_layers", 1, 1024);
  config.numHashLayers = reader.integer("num_hash_layers", 0, 1024);
  config.numDraftBlocks = reader.integer("num_nextn_predict_layers", 0, 1);
  config.normEps = reader.number("rms_norm_eps", 0);
  config.numStreams = reader.integer("hc_mult", 1, 64);
  config.sinkhornIterations = reader.integer("hc_sinkhorn_iters", 1, 1024);
  config.streamEps = reader.number("hc_eps", 0);
}

static void readAttention(ConfigReader &reader, ModelConfig &config) {
  reader.require("attention_bias", false);
  reader.require("num_key_value_heads", int64_t(1));
  config.numHeads = reader.integer("num_attention_heads", 1, 65536);
  config.headDim = reader.integer("head_dim", 1, 65536);
  config.ropeDim = reader.integer("qk_rope_head_dim", 2, 65536);
  config.queryRank = reader.integer("q_lora_rank", 1);
  config.outputGroups = reader.integer("o_groups", 1, 65536);
  config.outputRank = reader.integer("o_lora_rank", 1, 65536);
  config.window = reader.integer("sliding_window", 1);
  config.compressRatios = reader.integers("compress_ratios", 0);
  config.indexHeads = reader.integer("index_n_heads", 1, 65536);
  config.indexHeadDim = reader.integer("index_head_dim", 1, 65536);
  config.indexTopK = reader.integer("index_topk", 1);
}

static void readRope(ConfigReader &reader, ModelConfig &config,
                     ConfigFaults &faults) {
  // A base of 1 or less has no decreasing frequencies.
  config.ropeTheta = reader.number("rope_theta", 1);
  config.compressRopeTheta = reader.number("compress_rope_theta", 1);
  ConfigReader yarn(reader.nested("rope_scaling"), faults, "rope_scaling");
  if (!reader.has("rope_scaling"))
    return;
  yarn.require("type", StringRef("yarn"));
  config.yarn.factor = yarn.number("factor", 0);
  config.yarn.betaFast = yarn.number("beta_fast", 0);
  config.yarn.betaSlow = yarn.number("beta_slow", 0);
  config.yarn.originalMaxPosition =
      yarn.integer("original_max_position_embeddings", 1);
  yarn.finish();
}

static void readExperts(ConfigReader &reader, ModelConfig &config) {
  reader.require("hidden_act", StringRef("silu"));
  reader.require("scoring_func", StringRef("sqrtsoftplus"));
  reader.require("topk_method", StringRef("noaux_tc"));
  reader.require("norm_topk_prob", true);
  reader.require("n_shared_experts", int64_t(1));
  config.numExperts = reader.integer("n_routed_experts", 1, 65536);
  config.expertsPerToken = reader.integer("num_experts_per_tok", 1, 65536);
  config.expertInnerSize = reader.integer("moe_intermediate_size", 1);
  config.routedScale = reader.number("routed_scaling_factor", 0);
  config.swigluLimit = reader.number("swiglu_limit", 0);
  // Absent in the launch configuration, whose experts are FP4 (pitfall P40).
  config.expertFormat = reader.optionalChoice("expert_dtype", {"fp4", "fp8"})
                            ? ExpertFormat::Fp8
                            : ExpertFormat::Fp4;
}

static void readQuantization(ConfigReader &reader, ModelConfig &config,
                             ConfigFaults &faults) {
  config.weightBlock[0] = config.weightBlock[1] = 128;
  ConfigReader nested(reader.nested("quantization_config"), faults,
                      "quantization_config");
  if (!reader.has("quantization_config"))
    return;
  nested.require("quant_method", StringRef("fp8"));
  nested.require("fmt", StringRef("e4m3"));
  nested.require("scale_fmt", StringRef("ue8m0"));
  nested.require("activation_scheme", StringRef("dynamic"));
  std::vector<int64_t> block = nested.integers("weight_block_size", 1);
  if (nested.has("weight_block_size") &&
      block != std::vector<int64_t>{128, 128})
    faults.expected("quantization_config.weight_block_size", "[128, 128]",
                    describe(json::Value(json::Array(block))));
  nested.finish();
}

static void readInformation(ConfigReader &reader) {
  reader.ignoreStrings("architectures");
  reader.ignoreNumber("attention_dropout");
  reader.ignoreNumber("initializer_range");
  reader.ignoreString("transformers_version");
  reader.ignoreBoolean("use_cache");
}

/// Models whose draft block is another one carry these keys (spec 8).
static bool hasOtherDraftBlock(const json::Object &object,
                               ConfigFaults &faults) {
  bool found = false;
  for (const auto &entry : object) {
    StringRef key = entry.first;
    if (!key.starts_with("dspark_"))
      continue;
    faults.add(key, "the draft block kind 'dspark' is not supported");
    found = true;
  }
  return found;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

Expected<ModelConfig> dsv4c::parseModelConfig(StringRef text,
                                              StringRef source) {
  if (Error error = checkJsonText(text, source))
    return std::move(error);
  Expected<json::Value> json = json::parse(text);
  if (!json)
    return createStringError(source + ": " + toString(json.takeError()));
  const json::Object *object = json->getAsObject();
  if (!object)
    return createStringError(source + ": expected an object, found " +
                             describe(*json));

  ConfigFaults faults(source);
  if (hasOtherDraftBlock(*object, faults))
    return faults.takeError();
  ModelConfig config;
  config.name = "deepseek_v4";
  config.text = text.str();
  ConfigReader reader(*object, faults);
  readModel(reader, config);
  readAttention(reader, config);
  readRope(reader, config, faults);
  readExperts(reader, config);
  readQuantization(reader, config, faults);
  readInformation(reader);
  reader.finish();
  // Relations between values mean nothing before each of them is valid.
  if (faults.empty())
    checkConsistency(config, faults);
  if (Error error = faults.takeError())
    return std::move(error);
  return config;
}

Expected<ModelConfig> dsv4c::readModelConfig(StringRef path) {
  SmallString<128> file(path);
  if (sys::fs::is_directory(file))
    sys::path::append(file, "config.json");
  auto buffer = MemoryBuffer::getFile(file);
  if (!buffer)
    return createStringError(buffer.getError(),
                             file + ": " + buffer.getError().message());
  Expected<ModelConfig> config = parseModelConfig((*buffer)->getBuffer(), file);
  if (config) {
    SmallString<128> folder(file);
    sys::fs::make_absolute(folder);
    sys::path::remove_dots(folder, /*remove_dot_dot=*/true);
    config->name = sys::path::filename(sys::path::parent_path(folder)).str();
  }
  return config;
}
