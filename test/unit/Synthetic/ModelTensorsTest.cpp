//===- ModelTensorsTest.cpp - Counts and bytes of the specification -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/ModelTensors.h"

#include <map>
#include <set>
#include <string>

#include "Synthetic/TestConfigs.h"
#include "absl/strings/match.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::LoadConfig;
using ::testing::Pair;
using testing::SourcePath;
using ::testing::UnorderedElementsAre;

uint64_t BytesOf(const ModelTensor &tensor) {
  uint64_t bytes = SizeOf(tensor.dtype);
  for (uint64_t dim : tensor.shape)
    bytes *= dim;
  return bytes;
}

/// The row of the table of spec section 2.4 that a tensor counts for.
std::string GroupOf(const std::string &name) {
  auto contains = [&](const char *text) {
    return absl::StrContains(name, text);
  };
  if (absl::StartsWith(name, "mtp."))
    return "MTP";
  if (contains(".experts."))
    return absl::EndsWith(name, ".scale") ? "routed scales" : "routed weights";
  if (contains("shared_experts"))
    return "shared experts";
  if (contains("indexer"))
    return "indexers";
  if (contains("compressor"))
    return "compressors";
  if (contains("tid2eid"))
    return "tid2eid";
  if (contains(".gate."))
    return "router";
  if (contains(".attn."))
    return "attention";
  if (absl::StartsWith(name, "hc_head"))
    return "hc_head";
  if (contains(".hc_"))
    return "mHC";
  if (contains("norm"))
    return "norms";
  return name;
}

TEST(ModelTensors, FlashHasTheSpecifiedTensors) {
  auto tensors = ListModelTensors(LoadConfig(testing::kFlash));
  EXPECT_EQ(tensors.size(), 69'187u);
  std::set<std::string> names;
  std::map<std::string, uint64_t> groups;
  std::map<std::string, uint64_t> dtypes;
  uint64_t mtp = 0;
  for (const ModelTensor &tensor : tensors) {
    names.insert(tensor.name);
    groups[GroupOf(tensor.name)] += BytesOf(tensor);
    dtypes[std::string(NameOf(tensor.dtype))] += BytesOf(tensor);
    mtp += absl::StartsWith(tensor.name, "mtp.");
  }
  EXPECT_EQ(names.size(), tensors.size());
  EXPECT_EQ(mtp, 1'575u);
  EXPECT_THAT(groups,
              UnorderedElementsAre(
                  Pair("routed weights", 138'512'695'296),
                  Pair("routed scales", 8'657'043'456),
                  Pair("attention", 4'599'478'144), Pair("MTP", 3'593'787'756),
                  Pair("shared experts", 1'082'196'480),
                  Pair("embed.weight", 1'059'061'760),
                  Pair("head.weight", 1'059'061'760),
                  Pair("compressors", 525'722'624),
                  Pair("indexers", 275'353'344), Pair("mHC", 135'275'592),
                  Pair("router", 90'218'496), Pair("tid2eid", 18'616'320),
                  Pair("norms", 712'704), Pair("hc_head", 262'164)));
  EXPECT_THAT(dtypes,
              UnorderedElementsAre(
                  Pair("I8", 141'733'920'768), Pair("F8_E8M0", 8'858'737'664),
                  Pair("F8_E4M3", 6'023'020'544), Pair("BF16", 2'830'518'528),
                  Pair("F32", 144'672'072), Pair("I64", 18'616'320)));
}

TEST(ModelTensors, FlashShardsAreLayers) {
  auto tensors = ListModelTensors(LoadConfig(testing::kFlash));
  std::map<uint64_t, uint64_t> shards;
  for (const ModelTensor &tensor : tensors)
    shards[tensor.shard] += BytesOf(tensor);
  ASSERT_EQ(shards.size(), 46u);
  EXPECT_EQ(shards[0], 1'059'061'760u);
  for (uint64_t layer = 0; layer < 43; ++layer) {
    uint64_t expected = layer < 2        ? 3'566'148'952  // SWA and hash
                        : layer == 2     ? 3'596'055'640  // CSA and hash
                        : layer % 2 == 0 ? 3'589'851'224  // CSA
                                         : 3'568'596'312; // HCA
    EXPECT_EQ(shards[1 + layer], expected) << layer;
  }
  EXPECT_EQ(shards[45], 3'593'787'756u);
}

TEST(ModelTensors, ProHasTheSpecifiedBytes) {
  uint64_t total = 0, mtp = 0, routed = 0;
  for (const ModelTensor &tensor :
       ListModelTensors(LoadConfig(testing::kPro))) {
    total += BytesOf(tensor);
    std::string group = GroupOf(tensor.name);
    mtp += group == "MTP" ? BytesOf(tensor) : 0;
    routed += absl::StartsWith(group, "routed") ? BytesOf(tensor) : 0;
  }
  EXPECT_EQ(total, 864'704'792'696u);
  EXPECT_EQ(mtp, 13'956'587'692u);
  EXPECT_EQ(routed, 822'054'223'872u);
}

/// Real checkpoints have exactly the tensors that their config asks for.
TEST(ModelTensors, MatchesCheckpoints) {
  for (const char *model : {"models/dsv4-nano", "models/dsv4-shakespeare"}) {
    auto tensors =
        ListModelTensors(LoadConfig(std::string(model) + "/config.json"));
    ASSERT_OK_AND_ASSIGN(auto checkpoint, Checkpoint::Open(SourcePath(model)));
    EXPECT_EQ(tensors.size(), checkpoint->tensors().size());
    for (const ModelTensor &tensor : tensors)
      EXPECT_OK(checkpoint->Find(tensor.name, tensor.dtype, tensor.shape));
  }
}

TEST(ModelTensors, Fp8ExpertsShareOneScalePerBlock) {
  ModelConfig config = LoadConfig(testing::kNano);
  config.expert_dtype = DType::kF8E4M3;
  int found = 0;
  for (const ModelTensor &tensor : ListModelTensors(config)) {
    if (tensor.name == "layers.0.ffn.experts.3.w1.weight") {
      ++found;
      EXPECT_EQ(tensor.dtype, DType::kF8E4M3);
      EXPECT_EQ(tensor.shape, (std::vector<uint64_t>{128, 256}));
    }
    if (tensor.name == "layers.0.ffn.experts.3.w1.scale") {
      ++found;
      EXPECT_EQ(tensor.shape, (std::vector<uint64_t>{1, 2}));
    }
  }
  EXPECT_EQ(found, 2);
}

} // namespace
} // namespace dsv4run
