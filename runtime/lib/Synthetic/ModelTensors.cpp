//===- ModelTensors.cpp - The tensor list of a configuration --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/ModelTensors.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

constexpr uint64_t kOverlappingRatio = 4; // spec section 1.3: CSA
constexpr uint64_t kFp4ScaleBlock = 32;
constexpr uint64_t kFp4CodesPerByte = 2;

uint64_t CeilDivide(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

class TensorLister {
public:
  explicit TensorLister(const ModelConfig &config) : c_(config) {}

  std::vector<ModelTensor> List() {
    Add("embed.weight", DType::kBF16, {c_.vocab_size, c_.hidden_size},
        TensorRole::kEmbedding);
    for (uint64_t layer = 0; layer < c_.num_hidden_layers; ++layer) {
      ++shard_;
      AddLayer(absl::StrCat("layers.", layer, "."), c_.compress_ratios[layer],
               /*hash_routing=*/layer < c_.num_hash_layers);
    }
    ++shard_;
    Add("head.weight", DType::kBF16, {c_.vocab_size, c_.hidden_size},
        TensorRole::kHead);
    AddNorm("norm", c_.hidden_size);
    AddHyperConnection("hc_head", c_.hc_mult, 1);
    for (uint64_t block = 0; block < c_.num_nextn_predict_layers; ++block) {
      ++shard_;
      AddMtpBlock(absl::StrCat("mtp.", block, "."),
                  c_.compress_ratios[c_.num_hidden_layers + block]);
    }
    return std::move(tensors_);
  }

private:
  void AddLayer(const std::string &p, uint64_t ratio, bool hash_routing) {
    uint64_t mixes = (2 + c_.hc_mult) * c_.hc_mult;
    AddHyperConnection(p + "hc_attn", mixes, 3);
    AddHyperConnection(p + "hc_ffn", mixes, 3);
    AddNorm(p + "attn_norm", c_.hidden_size);
    AddNorm(p + "ffn_norm", c_.hidden_size);
    AddAttention(p + "attn.", ratio);
    AddMoe(p + "ffn.", hash_routing);
  }

  void AddAttention(const std::string &p, uint64_t ratio) {
    uint64_t q_width = c_.num_attention_heads * c_.head_dim;
    uint64_t o_rank = c_.o_groups * c_.o_lora_rank;
    Add(p + "attn_sink", DType::kF32, {c_.num_attention_heads},
        TensorRole::kAttentionSink);
    AddFp8(p + "wq_a", c_.q_lora_rank, c_.hidden_size);
    AddNorm(p + "q_norm", c_.q_lora_rank);
    AddFp8(p + "wq_b", q_width, c_.q_lora_rank);
    AddFp8(p + "wkv", c_.head_dim, c_.hidden_size);
    AddNorm(p + "kv_norm", c_.head_dim);
    AddFp8(p + "wo_a", o_rank, q_width / c_.o_groups);
    AddFp8(p + "wo_b", c_.hidden_size, o_rank);
    if (ratio == 0)
      return;
    AddCompressor(p + "compressor.", ratio, c_.head_dim);
    if (ratio != kOverlappingRatio)
      return;
    AddFp8(p + "indexer.wq_b", c_.index_n_heads * c_.index_head_dim,
           c_.q_lora_rank);
    AddBf16Matrix(p + "indexer.weights_proj", c_.index_n_heads, c_.hidden_size);
    AddCompressor(p + "indexer.compressor.", ratio, c_.index_head_dim);
  }

  /// An overlapping compressor has a second set of channels for the next block.
  void AddCompressor(const std::string &p, uint64_t ratio, uint64_t width) {
    uint64_t channels = ratio == kOverlappingRatio ? 2 * width : width;
    AddBf16Matrix(p + "wkv", channels, c_.hidden_size);
    AddBf16Matrix(p + "wgate", channels, c_.hidden_size);
    Add(p + "ape", DType::kF32, {ratio, channels}, TensorRole::kPositionBias);
    AddNorm(p + "norm", width);
  }

  void AddMoe(const std::string &p, bool hash_routing) {
    AddBf16Matrix(p + "gate", c_.n_routed_experts, c_.hidden_size);
    if (hash_routing)
      Add(p + "gate.tid2eid", DType::kI64,
          {c_.vocab_size, c_.num_experts_per_tok}, TensorRole::kTokenToExperts);
    else
      Add(p + "gate.bias", DType::kF32, {c_.n_routed_experts},
          TensorRole::kRouterBias);
    for (uint64_t expert = 0; expert < c_.n_routed_experts; ++expert)
      AddExpert(absl::StrCat(p, "experts.", expert, "."), c_.expert_dtype);
    AddExpert(p + "shared_experts.", DType::kF8E4M3);
  }

  void AddExpert(const std::string &p, DType dtype) {
    auto add = [&](const std::string &stem, uint64_t rows, uint64_t columns) {
      if (dtype == DType::kI8)
        AddFp4(stem, rows, columns);
      else
        AddFp8(stem, rows, columns);
    };
    add(p + "w1", c_.moe_intermediate_size, c_.hidden_size);
    add(p + "w2", c_.hidden_size, c_.moe_intermediate_size);
    add(p + "w3", c_.moe_intermediate_size, c_.hidden_size);
  }

  void AddMtpBlock(const std::string &p, uint64_t ratio) {
    AddLayer(p, ratio, /*hash_routing=*/false);
    AddFp8(p + "e_proj", c_.hidden_size, c_.hidden_size);
    AddFp8(p + "h_proj", c_.hidden_size, c_.hidden_size);
    for (const char *norm : {"enorm", "hnorm", "norm"})
      AddNorm(p + norm, c_.hidden_size);
    AddHyperConnection(p + "hc_head", c_.hc_mult, 1);
  }

  void AddHyperConnection(const std::string &p, uint64_t mixes,
                          uint64_t scales) {
    uint64_t streams = c_.hc_mult * c_.hidden_size;
    Add(p + "_fn", DType::kF32, {mixes, streams}, TensorRole::kHcFn, streams);
    Add(p + "_base", DType::kF32, {mixes}, TensorRole::kHcBase);
    Add(p + "_scale", DType::kF32, {scales}, TensorRole::kHcScale);
  }

  void AddNorm(const std::string &stem, uint64_t width) {
    Add(stem + ".weight", DType::kBF16, {width}, TensorRole::kNorm);
  }

  void AddBf16Matrix(const std::string &stem, uint64_t rows, uint64_t columns) {
    Add(stem + ".weight", DType::kBF16, {rows, columns},
        TensorRole::kBf16Matrix);
  }

  void AddFp8(const std::string &stem, uint64_t rows, uint64_t columns) {
    Add(stem + ".weight", DType::kF8E4M3, {rows, columns},
        TensorRole::kFp8Weight);
    Add(stem + ".scale", DType::kF8E8M0,
        {CeilDivide(rows, c_.weight_block_rows),
         CeilDivide(columns, c_.weight_block_columns)},
        TensorRole::kFp8Scale, columns);
  }

  void AddFp4(const std::string &stem, uint64_t rows, uint64_t columns) {
    Add(stem + ".weight", DType::kI8, {rows, columns / kFp4CodesPerByte},
        TensorRole::kFp4Weight, columns);
    Add(stem + ".scale", DType::kF8E8M0, {rows, columns / kFp4ScaleBlock},
        TensorRole::kFp4Scale, columns);
  }

  /// `columns` is needed only where the stored shape does not tell.
  void Add(std::string name, DType dtype, std::vector<uint64_t> shape,
           TensorRole role, uint64_t columns = 0) {
    ModelTensor &tensor = tensors_.emplace_back();
    tensor.name = std::move(name);
    tensor.dtype = dtype;
    tensor.columns = columns ? columns : shape.size() == 2 ? shape[1] : 0;
    tensor.shape = std::move(shape);
    tensor.role = role;
    tensor.shard = shard_;
  }

  const ModelConfig &c_;
  uint64_t shard_ = 0;
  std::vector<ModelTensor> tensors_;
};

} // namespace

std::vector<ModelTensor> ListModelTensors(const ModelConfig &config) {
  return TensorLister(config).List();
}

} // namespace dsv4run
