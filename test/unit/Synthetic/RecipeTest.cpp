//===- RecipeTest.cpp - Golden bytes and the written formulas -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/Recipe.h"

#include <bitset>
#include <cmath>
#include <map>
#include <string>

#include "Synthetic/TestConfigs.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "dsv4run/Support/Crc32.h"
#include "dsv4run/Support/NumberFormats.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::LoadConfig;
using testing::SourcePath;

std::map<std::string, ModelTensor> TensorsByName(const ModelConfig &config) {
  std::map<std::string, ModelTensor> result;
  for (ModelTensor &tensor : ListModelTensors(config))
    result.emplace(tensor.name, tensor);
  return result;
}

std::vector<std::byte> Generate(const ModelTensor &tensor, uint64_t experts) {
  uint64_t bytes = SizeOf(tensor.dtype);
  for (uint64_t dim : tensor.shape)
    bytes *= dim;
  std::vector<std::byte> result(bytes);
  TensorRecipe(tensor, experts).Generate(0, absl::MakeSpan(result));
  return result;
}

TEST(Recipe, MatchesGoldenChecksums) {
  auto golden = nlohmann::json::parse(testing::ReadFile(
      SourcePath("test/golden/data/flash-slice/synthetic.json")));
  ModelConfig config = LoadConfig(testing::kFlashSlice);
  auto tensors = TensorsByName(config);
  ASSERT_EQ(golden["crc32"].size(), 7u);
  for (const auto &[name, crc] : golden["crc32"].items()) {
    ASSERT_EQ(tensors.count(name), 1u) << name;
    EXPECT_EQ(Crc32(Generate(tensors[name], config.n_routed_experts)), crc)
        << name;
  }
  ASSERT_FALSE(golden["first8"].empty());
  for (const auto &[name, bytes] : golden["first8"].items())
    for (int i = 0; i < 8; ++i) {
      std::byte value;
      TensorRecipe(tensors[name], config.n_routed_experts)
          .Generate(i, absl::MakeSpan(&value, 1));
      EXPECT_EQ(std::to_integer<int>(value), bytes[i]) << name << " " << i;
    }
}

TEST(Recipe, MatchesGoldenTokens) {
  ASSERT_OK_AND_ASSIGN(
      auto golden,
      Checkpoint::Open(
          SourcePath("test/golden/data/flash-slice/golden-acc64.safetensors")));
  for (const char *name : {"small", "long"}) {
    ASSERT_OK_AND_ASSIGN(TensorView view,
                         golden->Find(std::string(name) + ".tokens"));
    ASSERT_OK_AND_ASSIGN(std::vector<int32_t> expected, ToInt32s(view));
    EXPECT_EQ(SyntheticTokens(name, expected.size(), 2048), expected) << name;
  }
}

/// The recipe as written, one element at a time, in doubles where they are
/// exact; independent of the block-wise loops.
class WrittenRecipe {
public:
  explicit WrittenRecipe(const std::string &name) {
    for (unsigned char c : name) {
      hash_ ^= c;
      hash_ *= 1099511628211u;
    }
  }
  uint64_t Top8(uint64_t i) const { return Z(i) / (uint64_t{1} << 56); }
  double Sym(uint64_t i) const {
    return static_cast<double>(Z(i) / (uint64_t{1} << 40)) / 8388608.0 - 1.0;
  }

private:
  uint64_t Z(uint64_t i) const {
    uint64_t z = hash_;
    for (uint64_t k = 0; k <= i; ++k)
      z += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  uint64_t hash_ = 14695981039346656037u;
};

class WrittenRecipeTest : public ::testing::Test {
protected:
  /// The first elements of a tensor of dsv4-nano as doubles.
  std::vector<double> First(const std::string &name, size_t count) {
    EXPECT_EQ(tensors_.count(name), 1u) << name;
    const ModelTensor &tensor = tensors_[name];
    std::vector<std::byte> bytes = Generate(tensor, config_.n_routed_experts);
    TensorView view;
    view.dtype = tensor.dtype;
    view.bytes = bytes.size();
    view.data = bytes.data();
    std::vector<double> result;
    if (tensor.dtype == DType::kI64 || tensor.dtype == DType::kI8) {
      std::vector<int64_t> values = *ToInt64s(view);
      result.assign(values.begin(), values.end());
    } else if (SizeOf(tensor.dtype) == 1) {
      for (std::byte code : bytes)
        result.push_back(std::to_integer<int>(code));
    } else {
      std::vector<float> values = *ToFloats(view);
      result.assign(values.begin(), values.end());
    }
    result.resize(std::min(count, result.size()));
    return result;
  }

  /// Checks the first elements against a function of (recipe, index).
  template <typename Function>
  void Check(const std::string &name, Function expected) {
    WrittenRecipe recipe(name);
    std::vector<double> values = First(name, 300);
    ASSERT_FALSE(values.empty());
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], expected(recipe, i)) << name << " " << i;
  }

  ModelConfig config_ = LoadConfig(testing::kNano);
  std::map<std::string, ModelTensor> tensors_ = TensorsByName(config_);
};

double RoundToBf16(float value) { return FloatFromBf16(Bf16FromFloat(value)); }

TEST_F(WrittenRecipeTest, Floats) {
  // Hidden size 256: half = (8 + 1) div 2 = 4; 4 streams: half(1024) = 5.
  Check("layers.0.hc_attn_fn", [](const WrittenRecipe &r, size_t i) {
    return r.Sym(i) * std::exp2(1 - 5);
  });
  Check("hc_head_fn", [](const WrittenRecipe &r, size_t i) {
    return r.Sym(i) * std::exp2(1 - 5);
  });
  Check("layers.0.hc_ffn_scale", [](const WrittenRecipe &r, size_t i) {
    return static_cast<float>(0.75 + 0.25 * r.Sym(i));
  });
  Check("mtp.0.hc_head_base",
        [](const WrittenRecipe &r, size_t i) { return r.Sym(i); });
  Check("layers.3.attn.attn_sink",
        [](const WrittenRecipe &r, size_t i) { return 2 * r.Sym(i); });
  Check("layers.2.attn.indexer.compressor.ape",
        [](const WrittenRecipe &r, size_t i) { return r.Sym(i); });
  Check("layers.5.ffn.gate.bias",
        [](const WrittenRecipe &r, size_t i) { return r.Sym(i) / 8; });
}

TEST_F(WrittenRecipeTest, Bf16) {
  for (const char *name : {"norm.weight", "mtp.0.enorm.weight",
                           "layers.2.attn.compressor.norm.weight"})
    Check(name, [](const WrittenRecipe &r, size_t i) {
      return RoundToBf16(static_cast<float>(1 + r.Sym(i) / 8));
    });
  Check("embed.weight", [](const WrittenRecipe &r, size_t i) {
    return RoundToBf16(2 * r.Sym(i));
  });
  Check("head.weight", [](const WrittenRecipe &r, size_t i) {
    return RoundToBf16(r.Sym(i) * std::exp2(3 - 4));
  });
  for (const char *name :
       {"layers.2.ffn.gate.weight", "layers.2.attn.compressor.wkv.weight",
        "layers.2.attn.indexer.weights_proj.weight"})
    Check(name, [](const WrittenRecipe &r, size_t i) {
      return RoundToBf16(r.Sym(i) * std::exp2(1 - 4));
    });
}

TEST_F(WrittenRecipeTest, Codes) {
  Check("layers.0.attn.wq_a.weight", [](const WrittenRecipe &r, size_t i) {
    uint64_t code = r.Top8(i);
    return code == 0x7F || code == 0xFF || code == 0x80 ? 0 : code;
  });
  Check("layers.0.ffn.experts.2.w1.weight",
        [](const WrittenRecipe &r, size_t i) {
          int low = r.Top8(i) % 16, high = r.Top8(i) / 16;
          int code = (low == 8 ? 0 : low) + 16 * (high == 8 ? 0 : high);
          return code < 128 ? code : code - 256; // stored as I8
        });
}

TEST_F(WrittenRecipeTest, Scales) {
  // Columns 256, 128 (w2) and o_groups * o_lora_rank = 256 (wo_b):
  // half(256) = 4, half(128) = (7 + 1) div 2 = 4.
  Check("layers.0.attn.wq_a.scale", [](const WrittenRecipe &r, size_t i) {
    return 127 - (7 + 4) + 0 + static_cast<int>(r.Top8(i) % 3) - 1;
  });
  Check("layers.0.attn.wo_b.scale", [](const WrittenRecipe &r, size_t i) {
    return 127 - (7 + 4) + 1 + static_cast<int>(r.Top8(i) % 3) - 1;
  });
  Check("layers.0.ffn.shared_experts.w2.scale",
        [](const WrittenRecipe &r, size_t i) {
          return 127 - (7 + 4) - 4 + static_cast<int>(r.Top8(i) % 3) - 1;
        });
  Check("layers.0.ffn.experts.2.w1.scale",
        [](const WrittenRecipe &r, size_t i) {
          return 127 - (1 + 4) + 0 + static_cast<int>(r.Top8(i) % 5) - 2;
        });
  Check("layers.0.ffn.experts.2.w2.scale",
        [](const WrittenRecipe &r, size_t i) {
          return 127 - (1 + 4) - 4 + static_cast<int>(r.Top8(i) % 5) - 2;
        });
}

TEST_F(WrittenRecipeTest, TokenToExperts) {
  Check("layers.1.ffn.gate.tid2eid", [](const WrittenRecipe &r, size_t i) {
    return (r.Top8(i / 2) % 8 + i % 2) % 8; // 2 of 8 experts
  });
}

/// Any range equals the same range of the whole, whatever its alignment.
TEST(Recipe, RangesAreSlices) {
  ModelConfig config = LoadConfig(testing::kNano);
  auto tensors = TensorsByName(config);
  for (const char *name :
       {"embed.weight", "layers.0.ffn.gate.tid2eid", "layers.0.hc_attn_fn",
        "layers.0.attn.wq_b.weight", "layers.0.ffn.experts.0.w1.scale"}) {
    std::vector<std::byte> whole =
        Generate(tensors[name], config.n_routed_experts);
    TensorRecipe recipe(tensors[name], config.n_routed_experts);
    for (uint64_t offset : {0, 1, 3, 7, 8, 1000})
      for (uint64_t bytes : {0, 1, 5, 16, 777, 9000}) {
        if (offset + bytes > whole.size())
          continue;
        std::vector<std::byte> part(bytes);
        recipe.Generate(offset, absl::MakeSpan(part));
        ASSERT_TRUE(
            std::equal(part.begin(), part.end(), whole.begin() + offset))
            << name << " " << offset << " " << bytes;
      }
  }
}

TEST(Recipe, CodesAreNumbers) {
  ModelConfig config = LoadConfig(testing::kNano);
  auto tensors = TensorsByName(config);
  std::bitset<256> seen;
  for (std::byte code : Generate(tensors["layers.0.attn.wq_b.weight"], 8))
    seen.set(std::to_integer<size_t>(code));
  EXPECT_EQ(seen.count(), 253u); // all but the NaNs and -0
  EXPECT_FALSE(seen[0x7F] || seen[0xFF] || seen[0x80]);
  for (std::byte code :
       Generate(tensors["layers.0.ffn.experts.0.w1.weight"], 8)) {
    ASSERT_NE(std::to_integer<int>(code) & 15, 8);
    ASSERT_NE(std::to_integer<int>(code) >> 4, 8);
  }
}

} // namespace
} // namespace dsv4run
