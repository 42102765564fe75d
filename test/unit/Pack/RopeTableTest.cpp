//===- RopeTableTest.cpp - Rotary tables at large positions ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cmath>
#include <iterator>
#include <vector>

#include "Bundle/SampleManifest.h"
#include "Pack/MemorySource.h"
#include "Support/SpecFrequencies.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Pack/PackWeights.h"

namespace dsv4run {
namespace {

using namespace testing;

const std::vector<float> kPlain(std::begin(dsv4test::kPlainFrequencies),
                                std::end(dsv4test::kPlainFrequencies));
const std::vector<float>
    kCompress(std::begin(dsv4test::kCompressedFrequencies),
              std::end(dsv4test::kCompressedFrequencies));
/// A float as mantissa * 2^exponent, exactly.
struct Exact {
  __int128 mantissa;
  int exponent;
};

/// Rounds t * w to fp32 in integers, ties to even, independently of any
/// floating-point multiplication.
float RoundedProduct(uint64_t t, float w) {
  int exponent;
  const float fraction = std::frexp(w, &exponent);
  Exact product = {__int128(t) * __int128(std::ldexp(fraction, 24)),
                   exponent - 24};
  int drop = 0;
  while ((product.mantissa >> drop) >= (__int128(1) << 24))
    ++drop;
  __int128 kept = product.mantissa >> drop;
  const __int128 rest = product.mantissa - (kept << drop);
  const __int128 half = drop ? __int128(1) << (drop - 1) : 1;
  if (rest > half || (drop && rest == half && (kept & 1)))
    ++kept;
  return std::ldexp(static_cast<float>(kept), product.exponent + drop);
}

/// cos and sin of every position up to `positions`.
std::vector<float> Table(const std::vector<float> &frequencies,
                         uint64_t positions) {
  schema::ManifestT manifest = EmptyManifest();
  const uint64_t columns = frequencies.size() * 2;
  const uint64_t bytes = positions * columns * 4;
  manifest.buffers.push_back(MakeBuffer("rope", schema::Space::Weights, "f32",
                                        {positions, columns}, bytes, "rope"));
  manifest.weights_bytes = bytes;
  manifest.packs.push_back(
      MakePack(schema::PackKind::RopeTable, 0, positions, columns));
  manifest.packs[0]->frequencies = frequencies;
  PackedManifest packed(manifest);
  std::vector<float> table(positions * columns);
  EXPECT_OK(PackWeights(
      *packed, MemorySource(),
      absl::MakeSpan(reinterpret_cast<std::byte *>(table.data()), bytes)));
  return table;
}

TEST(RopeTableTest, LargePositionsFollowTheRoundedAngle) {
  // Two pairs per table keep a million positions small: the highest frequency
  // that isn't 1, and one of the middle.
  for (const std::vector<float> &all : {kPlain, kCompress})
    for (int first : {0, 4, 30}) {
      const std::vector<float> pairs = {all[first], all[first + 1]};
      const std::vector<float> table = Table(pairs, 1048576);
      for (uint64_t t : {0, 1, 32767, 131071, 1000000, 1048575})
        for (int i = 0; i < 2; ++i) {
          const long double angle = RoundedProduct(t, pairs[i]);
          EXPECT_NEAR(table[t * 4 + i], std::cos(angle), 1e-6);
          EXPECT_NEAR(table[t * 4 + 2 + i], std::sin(angle), 1e-6);
          // Correct rounding: at most half a unit in the last place.
          EXPECT_EQ(table[t * 4 + i], static_cast<float>(std::cos(angle)));
          EXPECT_EQ(table[t * 4 + 2 + i], static_cast<float>(std::sin(angle)));
        }
    }
}

TEST(RopeTableTest, EveryPairOfBothTables) {
  for (const std::vector<float> &frequencies : {kPlain, kCompress}) {
    ASSERT_EQ(frequencies.size(), 32u);
    const std::vector<float> table = Table(frequencies, 32768);
    const float *row = table.data() + 32767 * 64;
    for (int i = 0; i < 32; ++i) {
      const long double angle = RoundedProduct(32767, frequencies[i]);
      EXPECT_NEAR(row[i], std::cos(angle), 1e-6) << i;
      EXPECT_NEAR(row[32 + i], std::sin(angle), 1e-6) << i;
    }
  }
}

// Spec section 4.5: i = 5 of the compressed table, t = 10^6. The exact product
// would give -0.770219.
TEST(RopeTableTest, TheExampleOfTheSpecification) {
  EXPECT_EQ(RoundedProduct(1000000, kCompress[5]), 153764.5625f);
  const std::vector<float> table = Table({kCompress[5]}, 1000001);
  EXPECT_NEAR(table[2 * 1000000], -0.771291, 5e-7);
}

} // namespace
} // namespace dsv4run
