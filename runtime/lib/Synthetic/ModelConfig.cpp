//===- ModelConfig.cpp - Sizes from config.json ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/ModelConfig.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

// Far above every published model, but low enough that the sum of all tensors'
// bytes fits 63 bits and that a hostile config cannot ask for billions of
// tensors.
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxExperts = int64_t{1} << 16;
constexpr int64_t kMaxHeads = int64_t{1} << 12;
constexpr int64_t kMaxHeadDim = int64_t{1} << 13;
constexpr int64_t kMaxRank = int64_t{1} << 16;
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr uint64_t kMaxExpertsOfAllLayers = uint64_t{1} << 18;

struct SizeKey {
  const char *key;
  uint64_t ModelConfig::*member;
  int64_t min, max;
};

constexpr SizeKey kSizeKeys[] = {
    {"hidden_size", &ModelConfig::hidden_size, 1, kMaxWidth},
    {"vocab_size", &ModelConfig::vocab_size, 3, kMaxVocabulary},
    {"num_hidden_layers", &ModelConfig::num_hidden_layers, 1, kMaxLayers},
    {"num_hash_layers", &ModelConfig::num_hash_layers, 0, kMaxLayers},
    {"num_nextn_predict_layers", &ModelConfig::num_nextn_predict_layers, 0,
     kMaxLayers},
    {"num_attention_heads", &ModelConfig::num_attention_heads, 1, kMaxHeads},
    {"head_dim", &ModelConfig::head_dim, 1, kMaxHeadDim},
    {"q_lora_rank", &ModelConfig::q_lora_rank, 1, kMaxRank},
    {"o_groups", &ModelConfig::o_groups, 1, kMaxHeads},
    {"o_lora_rank", &ModelConfig::o_lora_rank, 1, kMaxRank},
    {"hc_mult", &ModelConfig::hc_mult, 1, 64},
    {"index_n_heads", &ModelConfig::index_n_heads, 1, kMaxHeads},
    {"index_head_dim", &ModelConfig::index_head_dim, 1, kMaxHeadDim},
    {"moe_intermediate_size", &ModelConfig::moe_intermediate_size, 1,
     kMaxWidth},
    {"n_routed_experts", &ModelConfig::n_routed_experts, 1, kMaxExperts},
    {"num_experts_per_tok", &ModelConfig::num_experts_per_tok, 1, kMaxExperts},
};

absl::Status ReadExpertDType(const JsonNode &root, ModelConfig &config) {
  std::optional<JsonNode> node = root.Find("expert_dtype");
  if (!node)
    return absl::OkStatus();
  DSV4RUN_ASSIGN_OR_RETURN(std::string name, node->String());
  if (name == "fp8")
    config.expert_dtype = DType::kF8E4M3;
  else if (name != "fp4")
    return node->Expected("\"fp4\" or \"fp8\"");
  return absl::OkStatus();
}

absl::Status ReadWeightBlocks(const JsonNode &root, ModelConfig &config) {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode quantization,
                           root.Get("quantization_config"));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode block,
                           quantization.Get("weight_block_size"));
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, block.ArraySize());
  if (size != 2)
    return block.Expected("an array of 2");
  DSV4RUN_ASSIGN_OR_RETURN(config.weight_block_rows,
                           block.At(0).Int(1, kMaxWidth));
  DSV4RUN_ASSIGN_OR_RETURN(config.weight_block_columns,
                           block.At(1).Int(1, kMaxWidth));
  return absl::OkStatus();
}

absl::Status ReadCompressRatios(const JsonNode &root, ModelConfig &config) {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode ratios, root.Get("compress_ratios"));
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, ratios.ArraySize());
  size_t expected = config.num_hidden_layers + config.num_nextn_predict_layers;
  if (size != expected)
    return ratios.Expected(absl::StrCat(
        "num_hidden_layers + num_nextn_predict_layers = ", expected,
        " entries"));
  for (size_t i = 0; i < size; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t ratio, ratios.At(i).Int());
    if (ratio != 0 && ratio != 4 && ratio != 128)
      return ratios.At(i).Expected("0, 4 or 128");
    config.compress_ratios.push_back(ratio);
  }
  return absl::OkStatus();
}

/// "<key>: expected <what>, found <value>" for relations between keys.
absl::Status CheckRelations(const JsonNode &root, const ModelConfig &config) {
  auto expected = [&](absl::string_view key, absl::string_view what) {
    return root.Find(key)->Expected(what);
  };
  if (config.num_hash_layers > config.num_hidden_layers)
    return expected("num_hash_layers", "at most num_hidden_layers");
  if (config.num_experts_per_tok > config.n_routed_experts)
    return expected("num_experts_per_tok", "at most n_routed_experts");
  if (config.num_attention_heads % config.o_groups != 0)
    return expected("o_groups", "a divisor of num_attention_heads");
  if (config.compress_ratios.size() * config.n_routed_experts >
      kMaxExpertsOfAllLayers)
    return expected("n_routed_experts",
                    absl::StrCat("at most ", kMaxExpertsOfAllLayers,
                                 " experts in all layers together"));
  // 32 FP4 codes share a scale and 2 a byte.
  if (config.expert_dtype == DType::kI8 && config.hidden_size % 32 != 0)
    return expected("hidden_size", "a multiple of 32 for FP4 experts");
  if (config.expert_dtype == DType::kI8 &&
      config.moe_intermediate_size % 32 != 0)
    return expected("moe_intermediate_size",
                    "a multiple of 32 for FP4 experts");
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<ModelConfig> ParseModelConfig(absl::string_view text,
                                             absl::string_view source) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document, ParseJson(text, source));
  JsonNode root(document, source);
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode type, root.Get("model_type"));
  if (!type.value().is_string() || type.value() != "deepseek_v4")
    return type.Expected("\"deepseek_v4\"");

  ModelConfig config;
  for (const SizeKey &size : kSizeKeys) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, root.Get(size.key));
    DSV4RUN_ASSIGN_OR_RETURN(config.*size.member, node.Int(size.min, size.max));
  }
  for (const char *key : {"n_shared_experts", "num_key_value_heads"}) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, root.Get(key));
    DSV4RUN_RETURN_IF_ERROR(node.Int(1, 1).status());
  }
  DSV4RUN_RETURN_IF_ERROR(ReadExpertDType(root, config));
  DSV4RUN_RETURN_IF_ERROR(ReadWeightBlocks(root, config));
  DSV4RUN_RETURN_IF_ERROR(ReadCompressRatios(root, config));
  DSV4RUN_RETURN_IF_ERROR(CheckRelations(root, config));
  return config;
}

} // namespace dsv4run
