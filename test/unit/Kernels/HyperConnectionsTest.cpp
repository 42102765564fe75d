//===- HyperConnectionsTest.cpp - The worked examples of spec 4.3 ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

constexpr double kLogits[16] = {2, 0, -1, 0.5, 0, 1, 0, -2, -1, 0.5, 3, 0, 0.25, -0.5, 0, 1.5};
constexpr double kComb[16] = {0.656000, 0.120249, 0.022490, 0.201261, 0.179972, 0.662613,
                              0.123923, 0.033491, 0.020661, 0.125412, 0.776705, 0.077220,
                              0.143365, 0.091725, 0.076881, 0.688028};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(HyperConnections, WeightsOfAToken) {
  FragmentKernel kernel({"memref<24xf32>", "memref<24xf32>", "memref<3xf32>", "memref<4xf32>",
                         "memref<4xf32>", "memref<4x4xf32>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          kernels::HcWeights weights = kernels::hcWeights(
                              b, loadAll(b, buffers[0]), loadAll(b, buffers[1]),
                              loadAll(b, buffers[2]), 4, 20, 1e-6);
                          storeAll(b, weights.pre, buffers[3]);
                          storeAll(b, weights.post, buffers[4]);
                          storeAll(b, weights.comb, buffers[5]);
                        });
  Array<float> mixes = randomFloats(24, 9), base = randomFloats(24, 10), scale(3);
  scale[0] = 0.5f;
  scale[1] = -2.0f;
  scale[2] = 4.0f;
  // The example's logits as mix * scale + base.
  for (int i = 0; i < 16; ++i) {
    base[8 + i] = float(i % 3) - 1;
    mixes[8 + i] = float(kLogits[i] - base[8 + i]) / 4;
  }
  Array<float> pre(4), post(4), comb(16);
  kernel.run({mixes, base, scale, pre, post, comb});
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(pre[i], sigmoid(mixes[i] * 0.5 + base[i]) + 1e-6, 3e-7) << i;
    EXPECT_NEAR(post[i], 2 * sigmoid(mixes[4 + i] * -2.0 + base[4 + i]), 6e-7) << i;
  }
  for (int i = 0; i < 16; ++i)
    EXPECT_NEAR(comb[i], kComb[i], 1e-6) << i;
}

/// Streams (1, 10, 100, 1000) before bf16 rounds them: 256 steps to a binade.
TEST(HyperConnections, MergeReadsCombTransposed) {
  FragmentKernel kernel(
      {"memref<1x16xbf16>", "memref<4x16xbf16>", "memref<1x4xf32>", "memref<1x16xf32>",
       "memref<4x16xbf16>"},
      [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
        mlir::Value streams = loadAll(b, buffers[1]);
        llvm::SmallVector<mlir::Value> rows;
        for (int64_t j = 0; j < 4; ++j)
          rows.push_back(b.slice(streams, {b.getIndexAttr(j), b.getIndexAttr(0)}, {1, 16}));
        for (int64_t k = 0; k < 4; ++k)
          b.store(kernels::hcMergeStream(b, loadAll(b, buffers[0]), rows, loadAll(b, buffers[2]),
                                         loadAll(b, buffers[3]), k),
                  buffers[4], {b.index(k), b.index(0)});
      });
  Array<uint16_t> output(16), streams(64), result(64);
  Array<float> post(4, 1.5f), comb(16);
  for (int i = 0; i < 16; ++i)
    comb[i] = float(kComb[i]);
  const float scalars[] = {1, 10, 100, 1000};
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 16; ++i)
      streams[j * 16 + i] = bf16(scalars[j]);
  kernel.run({output, streams, post, comb, result});
  const double expected[] = {147.8873, 111.0128, 155.8134, 696.2858};
  const double transposed[] = {205.3683, 52.6891, 156.1651, 696.7763};
  for (int k = 0; k < 4; ++k)
    for (int i = 0; i < 16; ++i) {
      EXPECT_NEAR(fromBf16(result[k * 16 + i]), expected[k], expected[k] / 256) << k;
      if (k < 2) {
        EXPECT_GT(std::fabs(fromBf16(result[k * 16 + i]) - transposed[k]), 50) << k;
      }
    }
  // The sub-layer's output enters with post.
  std::fill(output.begin(), output.end(), bf16(2));
  std::fill(streams.begin(), streams.end(), uint16_t(0));
  kernel.run({output, streams, post, comb, result});
  for (uint16_t value : result)
    EXPECT_EQ(value, bf16(3));
}

TEST(HyperConnections, CombineAndCollapse) {
  FragmentKernel kernel({"memref<4xf32>", "memref<4xf32>", "memref<1xf32>", "memref<4x16xbf16>",
                         "memref<4xf32>", "memref<16xbf16>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          mlir::Value pre =
                              kernels::hcPre(b, loadAll(b, buffers[0]), loadAll(b, buffers[1]),
                                             loadAll(b, buffers[2]), 1e-6);
                          storeAll(b, pre, buffers[4]);
                          storeAll(b, kernels::hcCombine(b, pre, loadAll(b, buffers[3])),
                                   buffers[5]);
                        });
  Array<float> mixes = randomFloats(4, 11), base = randomFloats(4, 12), scale(1, 3.0f), pre(4);
  Array<uint16_t> streams = randomBf16(64, 5, 13), result(16);
  kernel.run({mixes, base, scale, streams, pre, result});
  for (int j = 0; j < 4; ++j)
    EXPECT_NEAR(pre[j], sigmoid(mixes[j] * 3.0 + base[j]) + 1e-6, 3e-7);
  for (int i = 0; i < 16; ++i) {
    double sum = 0, magnitude = 0;
    for (int j = 0; j < 4; ++j) {
      double term = (sigmoid(mixes[j] * 3.0 + base[j]) + 1e-6) * fromBf16(streams[j * 16 + i]);
      sum += term;
      magnitude += std::fabs(term);
    }
    EXPECT_NEAR(fromBf16(result[i]), sum, std::fabs(sum) / 256 + magnitude * 1e-6) << i;
  }
}

} // namespace
