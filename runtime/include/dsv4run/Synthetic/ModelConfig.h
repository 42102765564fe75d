//===- ModelConfig.h - Sizes from config.json -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SYNTHETIC_MODELCONFIG_H
#define DSV4RUN_SYNTHETIC_MODELCONFIG_H

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Checkpoint/DType.h"

namespace dsv4run {

/// The part of config.json (spec section 1.1) that decides which tensors a
/// checkpoint has. Members carry the published key names.
struct ModelConfig {
  uint64_t hidden_size = 0;
  uint64_t vocab_size = 0;
  uint64_t num_hidden_layers = 0;
  uint64_t num_hash_layers = 0;
  uint64_t num_nextn_predict_layers = 0;
  uint64_t num_attention_heads = 0;
  uint64_t head_dim = 0;
  uint64_t q_lora_rank = 0;
  uint64_t o_groups = 0;
  uint64_t o_lora_rank = 0;
  uint64_t hc_mult = 0;
  uint64_t index_n_heads = 0;
  uint64_t index_head_dim = 0;
  uint64_t moe_intermediate_size = 0;
  uint64_t n_routed_experts = 0;
  uint64_t num_experts_per_tok = 0;
  /// kI8 (packed FP4, also if the key is absent) or kF8E4M3.
  DType expert_dtype = DType::kI8;
  /// Rows and columns that share one scale of an FP8 weight.
  uint64_t weight_block_rows = 0, weight_block_columns = 0;
  /// One for each decoder layer, then one for each MTP block: 0, 4 or 128.
  std::vector<uint64_t> compress_ratios;
};

/// Parses and checks a config.json. `source` is its name for messages.
absl::StatusOr<ModelConfig> ParseModelConfig(absl::string_view text,
                                             absl::string_view source);

} // namespace dsv4run

#endif // DSV4RUN_SYNTHETIC_MODELCONFIG_H
