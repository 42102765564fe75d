//===- ConfigChecks.cpp - Consistency of a configuration
//--------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigChecks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace llvm;
using namespace dsv4c;

/// Channels that share a scale of a product's input, a key, an FP4 value.
static constexpr int64_t activationBlock = 128;
static constexpr int64_t keyBlock = 64;
static constexpr int64_t fp4Block = 32;
/// Pages of more positions would waste most of the pool.
static constexpr int64_t maxPage = 1 << 16;

static void checkMultiple(ConfigFaults &faults, const Twine &key, int64_t value,
                          int64_t factor) {
  if (value % factor != 0)
    faults.expected(key, "a multiple of " + Twine(factor), Twine(value));
}

static void checkAtMost(ConfigFaults &faults, const Twine &key, int64_t value,
                        int64_t limit, const Twine &what) {
  if (value > limit)
    faults.expected(key, "at most " + Twine(limit) + " (" + what + ")",
                    Twine(value));
}

/// Every FP8 weight has whole blocks and every quantised input whole groups
/// (spec 2.3, 4.10).
static void checkBlocks(const ModelConfig &config, ConfigFaults &faults) {
  checkMultiple(faults, "hidden_size", config.hiddenSize, activationBlock);
  checkMultiple(faults, "q_lora_rank", config.queryRank, activationBlock);
  checkMultiple(faults, "o_lora_rank", config.outputRank, activationBlock);
  checkMultiple(faults, "moe_intermediate_size", config.expertInnerSize,
                activationBlock);
  checkMultiple(faults, "head_dim", config.headDim, activationBlock);
  checkMultiple(faults, "index_n_heads * index_head_dim",
                config.indexHeads * config.indexHeadDim, activationBlock);
}

static void checkAttention(const ModelConfig &config, ConfigFaults &faults) {
  checkMultiple(faults, "qk_rope_head_dim", config.ropeDim, 2);
  if (config.ropeDim >= config.headDim)
    faults.expected("qk_rope_head_dim",
                    "less than head_dim = " + Twine(config.headDim),
                    Twine(config.ropeDim));
  else
    checkMultiple(faults, "head_dim - qk_rope_head_dim", config.getPlainDim(),
                  keyBlock);
  checkMultiple(faults, "num_attention_heads", config.numHeads,
                config.outputGroups);
  checkMultiple(faults, "index_head_dim", config.indexHeadDim, fp4Block);
  // The Hadamard transform has this many rows.
  if (!isPowerOf2_64(config.indexHeadDim))
    faults.expected("index_head_dim", "a power of two",
                    Twine(config.indexHeadDim));
  checkAtMost(faults, "qk_rope_head_dim", config.ropeDim, config.indexHeadDim,
              "index_head_dim");
}

static void checkRatios(const ModelConfig &config, ConfigFaults &faults) {
  const std::vector<int64_t> &ratios = config.compressRatios;
  int64_t count = config.numLayers + config.numDraftBlocks;
  if (static_cast<int64_t>(ratios.size()) != count) {
    faults.expected(
        "compress_ratios",
        Twine(count) +
            " entries (num_hidden_layers = " + Twine(config.numLayers) +
            " + num_nextn_predict_layers = " + Twine(config.numDraftBlocks) +
            ")",
        Twine(ratios.size()));
    return;
  }
  int64_t page = 1;
  for (auto [i, ratio] : enumerate(ratios)) {
    std::string key = ("compress_ratios[" + Twine(i) + "]").str();
    if (ratio == 1)
      faults.expected(key, "0 or at least 2", "1");
    if (ratio != 0 && static_cast<int64_t>(i) >= config.numLayers)
      faults.expected(key, "0 (a draft block attends to its window only)",
                      Twine(ratio));
    if (ratio == 0)
      continue;
    page = std::lcm(page, ratio);
    if (page > maxPage) {
      faults.expected(
          key, "ratios with a common multiple of at most " + Twine(maxPage),
          Twine(page));
      return;
    }
  }
}

void dsv4c::checkConsistency(const ModelConfig &config, ConfigFaults &faults) {
  checkBlocks(config, faults);
  checkAttention(config, faults);
  checkRatios(config, faults);
  checkAtMost(faults, "num_hash_layers", config.numHashLayers, config.numLayers,
              "num_hidden_layers");
  checkAtMost(faults, "num_experts_per_tok", config.expertsPerToken,
              config.numExperts, "n_routed_experts");
  checkAtMost(faults, "bos_token_id", config.bosToken, config.vocabSize - 1,
              "vocab_size - 1");
  checkAtMost(faults, "eos_token_id", config.eosToken, config.vocabSize - 1,
              "vocab_size - 1");
  if (config.yarn.betaFast < config.yarn.betaSlow)
    faults.expected("rope_scaling.beta_fast",
                    "at least beta_slow = " +
                        describe(json::Value(config.yarn.betaSlow)),
                    describe(json::Value(config.yarn.betaFast)));
}
