//===- SyntheticWeightsTest.cpp - The in-memory source --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/SyntheticWeights.h"

#include "Synthetic/TestConfigs.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::LoadConfig;

TEST(SyntheticWeights, ListsTheModelsTensors) {
  ModelConfig config = LoadConfig(testing::kNano);
  SyntheticWeights weights(config);
  EXPECT_EQ(weights.tensors().size(), ListModelTensors(config).size());
  EXPECT_OK(weights.Find("model.embed.weight", DType::kBF16, {512, 256}));
  EXPECT_THAT(weights.Find("nothing"),
              IsError(absl::StatusCode::kNotFound,
                      "synthetic weights: no tensor \"nothing\""));
}

/// embed.weight of flash-slice has 16 MiB, enough for the parallel path.
TEST(SyntheticWeights, ThreadsDoNotChangeBytes) {
  ModelConfig config = LoadConfig(testing::kFlashSlice);
  ThreadPool::Options options;
  options.threads = 3;
  ASSERT_OK_AND_ASSIGN(auto pool, ThreadPool::Create(options));
  SyntheticWeights parallel(config, pool.get()), serial(config);
  ASSERT_OK_AND_ASSIGN(TensorView a, parallel.Find("embed.weight"));
  ASSERT_OK_AND_ASSIGN(TensorView b, serial.Find("embed.weight"));
  EXPECT_TRUE(a.contents() == b.contents());
}

TEST(SyntheticWeights, ReadEqualsFind) {
  SyntheticWeights weights(LoadConfig(testing::kNano));
  ASSERT_OK_AND_ASSIGN(TensorView view, weights.Find("layers.3.hc_ffn_fn"));
  std::vector<std::byte> part(1001);
  ASSERT_OK(weights.Read(view, 13, absl::MakeSpan(part)));
  EXPECT_TRUE(absl::MakeConstSpan(part) == view.contents().subspan(13, 1001));
}

} // namespace
} // namespace dsv4run
