//===- ModelConfigTest.cpp - Reading config.json
//----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigFiles.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace dsv4c;
using testing::HasSubstr;

namespace {

std::string nano() { return test::readConfigText("models/dsv4-nano"); }

TEST(ModelConfig, ReadsFlash) {
  ModelConfig config = test::readConfig("models/deepseek-v4-flash");
  EXPECT_EQ(config.name, "deepseek-v4-flash");
  EXPECT_EQ(config.hiddenSize, 4096);
  EXPECT_EQ(config.getPlainDim(), 448);
  EXPECT_EQ(config.numLayers, 43);
  EXPECT_EQ(config.numDraftBlocks, 1);
  EXPECT_EQ(config.getPageSize(), 128);
  // The launch configuration has no expert_dtype (pitfall P40).
  EXPECT_EQ(config.expertFormat, ExpertFormat::Fp4);
  ASSERT_EQ(config.compressRatios.size(), 44u);
  int64_t counts[3] = {};
  for (int64_t i = 0; i < config.numLayers; ++i)
    ++counts[static_cast<int>(getAttentionKind(config.compressRatios[i]))];
  EXPECT_THAT(counts, testing::ElementsAre(2, 21, 20));
}

TEST(ModelConfig, ReadsPro) {
  ModelConfig config = test::readConfig("models/deepseek-v4-pro");
  EXPECT_EQ(config.hiddenSize, 7168);
  EXPECT_EQ(config.numHeads, 128);
  EXPECT_EQ(config.outputGroups, 16);
  EXPECT_EQ(config.routedScale, 2.5);
  EXPECT_EQ(config.indexTopK, 1024);
  int64_t counts[3] = {};
  for (int64_t i = 0; i < config.numLayers; ++i)
    ++counts[static_cast<int>(getAttentionKind(config.compressRatios[i]))];
  EXPECT_THAT(counts, testing::ElementsAre(0, 30, 31));
}

TEST(ModelConfig, PageIsACommonMultipleOfAtLeast64) {
  ModelConfig config = test::readConfig("models/dsv4-nano");
  config.compressRatios = {0, 0};
  EXPECT_EQ(config.getPageSize(), 64);
  config.compressRatios = {4, 6};
  EXPECT_EQ(config.getPageSize(), 72);
  config.compressRatios = {4, 256, 0};
  EXPECT_EQ(config.getPageSize(), 256);
}

TEST(ModelConfig, Fp8Experts) {
  llvm::json::Object object = test::parseObject(nano());
  object["expert_dtype"] = "fp8";
  auto config = parseModelConfig(test::toText(std::move(object)), "c");
  ASSERT_TRUE(static_cast<bool>(config));
  EXPECT_EQ(config->expertFormat, ExpertFormat::Fp8);
  EXPECT_EQ(config->name, "deepseek_v4");
}

TEST(ModelConfig, EveryKeyIsRequiredButTheInformationalOnes) {
  const llvm::StringRef optional[] = {"architectures", "attention_dropout",
                                      "initializer_range", "use_cache",
                                      "expert_dtype"};
  llvm::json::Object object = test::parseObject(nano());
  for (const auto &entry : object) {
    llvm::StringRef key = entry.first;
    llvm::json::Object less = object;
    less.erase(key);
    std::string expected = llvm::is_contained(optional, key)
                               ? ""
                               : "config.json: " + key.str() + ": missing";
    EXPECT_EQ(test::getConfigError(test::toText(std::move(less))), expected);
  }
}

TEST(ModelConfig, EveryKeyHasAType) {
  llvm::json::Object object = test::parseObject(nano());
  for (const auto &entry : object) {
    llvm::StringRef key = entry.first;
    llvm::json::Object changed = object;
    changed[key] = llvm::json::Object{{"a", 1}};
    EXPECT_THAT(test::getConfigError(test::toText(std::move(changed))),
                testing::StartsWith("config.json: " + key.str()));
  }
}

struct Fault {
  /// Key at the top, or "outer.inner".
  const char *key;
  /// JSON text of the value.
  const char *value;
  const char *message;
};

class ModelConfigFault : public testing::TestWithParam<Fault> {};

TEST_P(ModelConfigFault, IsNamed) {
  llvm::json::Object object = test::parseObject(nano());
  auto [outer, inner] = llvm::StringRef(GetParam().key).split('.');
  llvm::json::Value value = llvm::cantFail(llvm::json::parse(GetParam().value));
  if (inner.empty())
    object[outer] = std::move(value);
  else
    (*object.getObject(outer))[inner] = std::move(value);
  EXPECT_THAT(test::getConfigError(test::toText(std::move(object))),
              HasSubstr(std::string("config.json: ") + GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Values, ModelConfigFault,
    testing::Values(
        Fault{"colour", "1", "colour: unknown key"},
        Fault{"rope_scaling.mscale", "1", "rope_scaling.mscale: unknown key"},
        Fault{"quantization_config.x", "1",
              "quantization_config.x: unknown key"},
        Fault{"dspark_block_size", "5",
              "dspark_block_size: the draft block kind 'dspark' is not "
              "supported"},
        Fault{"model_type", "\"deepseek_v41\"",
              "model_type: expected \"deepseek_v4\", found \"deepseek_v41\""},
        Fault{"torch_dtype", "\"float16\"",
              "torch_dtype: expected \"bfloat16\", found \"float16\""},
        Fault{"tie_word_embeddings", "true",
              "tie_word_embeddings: expected false, found true"},
        Fault{"attention_bias", "true",
              "attention_bias: expected false, found true"},
        Fault{"norm_topk_prob", "false",
              "norm_topk_prob: expected true, found false"},
        Fault{"num_key_value_heads", "8",
              "num_key_value_heads: expected 1, found 8"},
        Fault{"n_shared_experts", "2", "n_shared_experts: expected 1, found 2"},
        Fault{"hidden_act", "\"gelu\"",
              "hidden_act: expected \"silu\", found \"gelu\""},
        Fault{"scoring_func", "\"sigmoid\"",
              "scoring_func: expected \"sqrtsoftplus\", found \"sigmoid\""},
        Fault{"topk_method", "\"greedy\"",
              "topk_method: expected \"noaux_tc\", found \"greedy\""},
        Fault{"expert_dtype", "\"int4\"",
              "expert_dtype: expected one of \"fp4\", \"fp8\", found "
              "\"int4\""},
        Fault{"rope_scaling.type", "\"linear\"",
              "rope_scaling.type: expected \"yarn\", found \"linear\""},
        Fault{"rope_scaling", "null",
              "rope_scaling: expected an object, found null"},
        Fault{"quantization_config.fmt", "\"e5m2\"",
              "quantization_config.fmt: expected \"e4m3\", found \"e5m2\""},
        Fault{"quantization_config.scale_fmt", "\"fp32\"",
              "quantization_config.scale_fmt: expected \"ue8m0\", found "
              "\"fp32\""},
        Fault{"quantization_config.weight_block_size", "[32, 32]",
              "quantization_config.weight_block_size: expected [128, 128], "
              "found [32,32]"},
        Fault{"hidden_size", "256.5",
              "hidden_size: expected an integer of at least 1 (and 32 bits), "
              "found 256.5"},
        Fault{"hidden_size", "0", "hidden_size: expected an integer"},
        Fault{"hidden_size", "1e30", "hidden_size: expected an integer"},
        Fault{"hidden_size", "\"256\"",
              "hidden_size: expected an integer of at least 1 (and 32 bits), "
              "found \"256\""},
        Fault{"num_nextn_predict_layers", "3",
              "num_nextn_predict_layers: expected an integer from 0 to 1, "
              "found 3"},
        Fault{"index_topk", "0", "index_topk: expected an integer"},
        Fault{"rms_norm_eps", "0",
              "rms_norm_eps: expected a finite f32 number above"},
        Fault{"rms_norm_eps", "1e300", "rms_norm_eps: expected a finite f32"},
        Fault{"rope_theta", "1", "rope_theta: expected a finite f32 number"},
        Fault{"use_cache", "1", "use_cache: expected true or false, found 1"},
        Fault{"architectures", "[1]",
              "architectures: expected an array of strings, found [1]"},
        Fault{"compress_ratios", "[0,0,4,-1,4,128,0]",
              "compress_ratios[3]: expected an integer of at least 0"}));

INSTANTIATE_TEST_SUITE_P(
    Relations, ModelConfigFault,
    testing::Values(
        Fault{"hidden_size", "320",
              "hidden_size: expected a multiple of 128, found 320"},
        Fault{"q_lora_rank", "64",
              "q_lora_rank: expected a multiple of 128, found 64"},
        Fault{"moe_intermediate_size", "192",
              "moe_intermediate_size: expected a multiple of 128"},
        Fault{"head_dim", "192", "head_dim: expected a multiple of 128"},
        Fault{"qk_rope_head_dim", "32",
              "head_dim - qk_rope_head_dim: expected a multiple of 64, found "
              "96"},
        Fault{"qk_rope_head_dim", "128",
              "qk_rope_head_dim: expected less than head_dim = 128, found "
              "128"},
        Fault{"o_groups", "3",
              "num_attention_heads: expected a multiple of 3, found 8"},
        Fault{"index_head_dim", "96",
              "index_head_dim: expected a power of two, found 96"},
        Fault{"num_hash_layers", "7",
              "num_hash_layers: expected at most 6 (num_hidden_layers), found "
              "7"},
        Fault{"num_experts_per_tok", "9",
              "num_experts_per_tok: expected at most 8 (n_routed_experts), "
              "found 9"},
        Fault{"bos_token_id", "512",
              "bos_token_id: expected at most 511 (vocab_size - 1), found 512"},
        Fault{"eos_token_id", "600", "eos_token_id: expected at most 511"},
        Fault{"compress_ratios", "[0,0,4,128,4,128]",
              "compress_ratios: expected 7 entries (num_hidden_layers = 6 + "
              "num_nextn_predict_layers = 1), found 6"},
        Fault{"compress_ratios", "[0,0,4,1,4,128,0]",
              "compress_ratios[3]: expected 0 or at least 2, found 1"},
        Fault{"compress_ratios", "[0,0,4,128,4,128,4]",
              "compress_ratios[6]: expected 0 (a draft block attends to its "
              "window only), found 4"},
        Fault{"compress_ratios", "[0,0,4,127,4,131,0]",
              "compress_ratios[5]: expected ratios with a common multiple of "
              "at most 65536, found 66548"},
        Fault{"rope_scaling.beta_fast", "0.5",
              "rope_scaling.beta_fast: expected at least beta_slow = 1, found "
              "0.5"}));

TEST(ModelConfig, AllFaultsAreReportedTogether) {
  llvm::json::Object object = test::parseObject(nano());
  object["a"] = 1;
  object["hidden_act"] = "gelu";
  EXPECT_EQ(test::getConfigError(test::toText(std::move(object))),
            "config.json: hidden_act: expected \"silu\", found \"gelu\"\n"
            "config.json: a: unknown key");
}

TEST(ModelConfigText, FaultsHavePositions) {
  EXPECT_EQ(test::getConfigError("{\n \"a\": 1,\n \"a\": 2}"),
            "config.json:3:2: expected each key once, found \"a\" again");
  EXPECT_EQ(test::getConfigError("{\"\\u0061\": 1}"),
            "config.json:1:2: expected a key without escapes, found "
            "\"\\u0061\"");
  EXPECT_THAT(test::getConfigError("{\n \"a\": }"),
              HasSubstr("config.json: [2:"));
  EXPECT_THAT(test::getConfigError("{\"a\": \"\xff\"}"),
              HasSubstr("Invalid UTF-8"));
  EXPECT_EQ(test::getConfigError("[1]"),
            "config.json: expected an object, found [1]");
  EXPECT_THAT(test::getConfigError(""), HasSubstr("config.json: [1:"));
}

TEST(ModelConfigText, DepthAndSizeAreBounded) {
  std::string deep(1 << 19, '[');
  EXPECT_EQ(test::getConfigError(deep),
            "config.json:1:17: expected at most 16 nested values, found more");
  std::string open = "{\"a\":";
  std::string objects;
  for (int i = 0; i < 10000; ++i)
    objects += open;
  EXPECT_THAT(test::getConfigError(objects), HasSubstr("nested values"));
  EXPECT_EQ(test::getConfigError(std::string((1 << 20) + 1, ' ')),
            "config.json: expected at most 1048576 bytes, found 1048577");
}

TEST(ModelConfigText, EveryTruncationIsRejected) {
  std::string text = nano();
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(test::getConfigError(llvm::StringRef(text).take_front(size)), "")
        << size;
}

TEST(ModelConfigFile, MissingFileIsNamed) {
  auto config = readModelConfig("/nonexistent/config.json");
  ASSERT_FALSE(static_cast<bool>(config));
  EXPECT_THAT(llvm::toString(config.takeError()),
              HasSubstr("/nonexistent/config.json: "));
}

} // namespace
