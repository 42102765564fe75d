//===- ModelConfigTest.cpp - Published and hostile configurations ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/ModelConfig.h"

#include "Synthetic/TestConfigs.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using nlohmann::json;
using testing::IsInvalid;
using testing::LoadConfig;
using testing::PatchedConfig;

absl::StatusOr<ModelConfig> ParsePatched(const json &patch) {
  return ParseModelConfig(PatchedConfig(patch), "c.json");
}

TEST(ModelConfig, ReadsFlash) {
  ModelConfig flash = LoadConfig(testing::kFlash);
  EXPECT_EQ(flash.hidden_size, 4096u);
  EXPECT_EQ(flash.n_routed_experts, 256u);
  EXPECT_EQ(flash.expert_dtype, DType::kI8);
  EXPECT_EQ(flash.weight_block_rows, 128u);
  ASSERT_EQ(flash.compress_ratios.size(), 44u);
  // Spec section 1.3: 21 CSA layers, 20 HCA layers, the MTP block last.
  EXPECT_EQ(
      std::count(flash.compress_ratios.begin(), flash.compress_ratios.end(), 4),
      21);
  EXPECT_EQ(std::count(flash.compress_ratios.begin(),
                       flash.compress_ratios.end(), 128),
            20);
  EXPECT_EQ(flash.compress_ratios[42], 4u);
  EXPECT_EQ(flash.compress_ratios[43], 0u);
}

TEST(ModelConfig, ReadsPro) {
  ModelConfig pro = LoadConfig(testing::kPro);
  EXPECT_EQ(pro.compress_ratios.size(), 62u);
  EXPECT_EQ(
      std::count(pro.compress_ratios.begin(), pro.compress_ratios.end(), 128),
      31);
  EXPECT_EQ(pro.o_groups, 16u);
}

TEST(ModelConfig, ExpertsAreFp4UnlessSaidOtherwise) {
  EXPECT_EQ(ParsePatched({{"expert_dtype", nullptr}})->expert_dtype,
            DType::kI8);
  EXPECT_EQ(ParsePatched({{"expert_dtype", "fp8"}})->expert_dtype,
            DType::kF8E4M3);
  EXPECT_THAT(ParsePatched({{"expert_dtype", "int4"}}),
              IsInvalid("c.json: /expert_dtype: expected \"fp4\" or \"fp8\", "
                        "found \"int4\""));
}

TEST(ModelConfig, NamesMissingKeys) {
  for (const char *key :
       {"model_type", "hidden_size", "vocab_size", "num_hash_layers",
        "compress_ratios", "quantization_config", "n_shared_experts"})
    EXPECT_THAT(ParsePatched({{key, nullptr}}),
                IsInvalid(std::string("missing key \"") + key + "\""));
}

TEST(ModelConfig, RejectsWrongNumbers) {
  EXPECT_THAT(ParsePatched({{"hidden_size", -256}}),
              IsInvalid("/hidden_size: expected an integer in [1, 1048576], "
                        "found -256"));
  EXPECT_THAT(ParsePatched({{"hidden_size", 256.0}}), IsInvalid("found 256.0"));
  EXPECT_THAT(ParsePatched({{"hidden_size", "256"}}),
              IsInvalid("found \"256\""));
  EXPECT_THAT(ParsePatched({{"vocab_size", uint64_t{1} << 63}}),
              IsInvalid("found 9223372036854775808"));
  EXPECT_THAT(ParsePatched({{"n_shared_experts", 2}}),
              IsInvalid("/n_shared_experts: expected an integer in [1, 1]"));
}

TEST(ModelConfig, RejectsWrongRatios) {
  EXPECT_THAT(ParsePatched({{"compress_ratios", {0, 0, 4, 128, 4, 128}}}),
              IsInvalid("/compress_ratios: expected num_hidden_layers + "
                        "num_nextn_predict_layers = 7 entries, found an array "
                        "of 6"));
  EXPECT_THAT(ParsePatched({{"compress_ratios", {0, 0, 4, 2, 4, 128, 0}}}),
              IsInvalid("/compress_ratios/3: expected 0, 4 or 128, found 2"));
}

TEST(ModelConfig, RejectsInconsistentNumbers) {
  EXPECT_THAT(ParsePatched({{"num_hash_layers", 7}}),
              IsInvalid("expected at most num_hidden_layers, found 7"));
  EXPECT_THAT(ParsePatched({{"num_experts_per_tok", 9}}),
              IsInvalid("expected at most n_routed_experts, found 9"));
  EXPECT_THAT(ParsePatched({{"o_groups", 3}}),
              IsInvalid("expected a divisor of num_attention_heads, found 3"));
  EXPECT_THAT(ParsePatched({{"hidden_size", 250}}),
              IsInvalid("expected a multiple of 32 for FP4 experts"));
  EXPECT_THAT(ParsePatched({{"n_routed_experts", 65536}}),
              IsInvalid("experts in all layers together"));
}

TEST(ModelConfig, RejectsOtherModels) {
  EXPECT_THAT(ParsePatched({{"model_type", "deepseek_v41"}}),
              IsInvalid("/model_type: expected \"deepseek_v4\", found "
                        "\"deepseek_v41\""));
  EXPECT_THAT(ParsePatched({{"model_type", 4}}), IsInvalid("found 4"));
  EXPECT_THAT(ParseModelConfig("[]", "c.json"),
              IsInvalid("expected an object"));
  EXPECT_THAT(
      ParsePatched({{"quantization_config", {{"weight_block_size", {128}}}}}),
      IsInvalid("/weight_block_size: expected an array of 2"));
}

} // namespace
} // namespace dsv4run
