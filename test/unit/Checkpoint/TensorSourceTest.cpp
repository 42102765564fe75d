//===- TensorSourceTest.cpp - Names and shapes in messages ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/TensorSource.h"

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(CanonicalTensorName, KeepsPublishedNames) {
  for (const char *name :
       {"embed.weight", "layers.0.attn.wq_a.scale", "hc_head_fn",
        "layers.7.ffn.experts.12.w1.weight", "mtp.0.e_proj.weight", ""})
    EXPECT_EQ(CanonicalTensorName(name), name);
}

TEST(CanonicalTensorName, MapsV3Names) {
  EXPECT_EQ(CanonicalTensorName("model.norm.weight"), "norm.weight");
  EXPECT_EQ(
      CanonicalTensorName("model.layers.1.self_attn.wq_a.weight_scale_inv"),
      "layers.1.attn.wq_a.scale");
  EXPECT_EQ(CanonicalTensorName("layers.3.mlp.gate.e_score_correction_bias"),
            "layers.3.ffn.gate.bias");
}

TEST(CanonicalTensorName, MapsWholeComponentsOnly) {
  EXPECT_EQ(CanonicalTensorName("my_model.mlp2.w"), "my_model.mlp2.w");
  EXPECT_EQ(CanonicalTensorName("model"), "model");
  EXPECT_EQ(CanonicalTensorName("a.model.b"), "a.model.b");
}

TEST(FormatShape, PrintsBrackets) {
  EXPECT_EQ(FormatShape({}), "[]");
  EXPECT_EQ(FormatShape({24, 16384}), "[24, 16384]");
}

} // namespace
} // namespace dsv4run
