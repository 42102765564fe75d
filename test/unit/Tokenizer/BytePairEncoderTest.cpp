//===- BytePairEncoderTest.cpp - Against the definition -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/BytePairEncoder.h"

#include <map>
#include <numeric>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;

std::array<int32_t, 256> ByteTokens() {
  std::array<int32_t, 256> tokens;
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

std::vector<int32_t> Encode(const BytePairEncoder &encoder,
                            const std::string &piece) {
  std::vector<int32_t> tokens;
  encoder.Encode(piece, tokens);
  return tokens;
}

TEST(BytePairEncoder, MergesByRankThenLeftmost) {
  BytePairEncoder encoder(ByteTokens());
  encoder.AddMerge('b', 'c', 300);
  encoder.AddMerge('a', 'a', 301);
  encoder.AddMerge('a', 'b', 302);
  encoder.AddMerge(301, 'a', 303);
  EXPECT_THAT(Encode(encoder, "abc"), ElementsAre('a', 300));
  EXPECT_THAT(Encode(encoder, "aaa"), ElementsAre(303));
  EXPECT_THAT(Encode(encoder, "aaaa"), ElementsAre(301, 301));
  EXPECT_THAT(Encode(encoder, "aab"), ElementsAre(301, 'b'));
  EXPECT_THAT(Encode(encoder, "x"), ElementsAre('x'));
  EXPECT_THAT(Encode(encoder, ""), ElementsAre());
}

/// The definition: find the best pair in the whole sequence, again and again.
class SlowEncoder {
public:
  void AddMerge(int32_t left, int32_t right, int32_t merged) {
    merges_[{left, right}] = {rank_++, merged};
  }
  std::vector<int32_t> Encode(const std::string &piece) const {
    std::vector<int32_t> symbols(piece.begin(), piece.end());
    while (true) {
      int best = -1, best_rank = 0;
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        auto it = merges_.find({symbols[i], symbols[i + 1]});
        if (it != merges_.end() && (best < 0 || it->second.first < best_rank)) {
          best = i;
          best_rank = it->second.first;
        }
      }
      if (best < 0)
        return symbols;
      symbols[best] = merges_.at({symbols[best], symbols[best + 1]}).second;
      symbols.erase(symbols.begin() + best + 1);
    }
  }

private:
  int rank_ = 0;
  std::map<std::pair<int32_t, int32_t>, std::pair<int, int32_t>> merges_;
};

/// Few letters and many merges, so that merges overlap and chain. Lengths lie
/// on both sides of the limit between the two algorithms.
TEST(BytePairEncoder, EqualsTheDefinition) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 40; ++round) {
    BytePairEncoder encoder(ByteTokens());
    SlowEncoder slow;
    std::vector<int32_t> symbols = {'a', 'b', 'c'};
    for (int merge = 0; merge < 40; ++merge) {
      int32_t left = symbols[random() % symbols.size()];
      int32_t right = symbols[random() % symbols.size()];
      encoder.AddMerge(left, right, 300 + merge);
      slow.AddMerge(left, right, 300 + merge);
      symbols.push_back(300 + merge);
    }
    for (size_t length : {1, 2, 5, 31, 32, 33, 34, 100, 300}) {
      std::string piece;
      for (size_t i = 0; i < length; ++i)
        piece += "abc"[random() % 3];
      ASSERT_EQ(Encode(encoder, piece), slow.Encode(piece)) << piece;
    }
  }
}

/// With the definition's quadratic time this would take hours.
TEST(BytePairEncoder, HandlesHugePieces) {
  BytePairEncoder encoder(ByteTokens());
  encoder.AddMerge('a', 'a', 300);
  encoder.AddMerge(300, 300, 301);
  EXPECT_EQ(Encode(encoder, std::string(1'000'000, 'a')).size(), 250'000u);
}

} // namespace
} // namespace dsv4run
