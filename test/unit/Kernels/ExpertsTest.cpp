//===- ExpertsTest.cpp - Routing and SwiGLU against spec 4.9 --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

TEST(Experts, SqrtSoftplusReferenceValues) {
  FragmentKernel kernel({"memref<16xf32>", "memref<16xf32>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b, kernels::sqrtSoftplus(b, loadAll(b, buffers[0])),
                                   buffers[1]);
                        });
  const float z[] = {0, 1, -1, 5, -10, 25, 20, 20.5f, -100, 1e30f};
  // Softplus must not become log(1) = 0: exp(-100) is 26.5 times the least subnormal.
  const double p[] = {0.8325546, 1.1459763, 0.5596979,         2.2375691,       0.0067379,
                      5,         4.4721359, std::sqrt(20.5), std::sqrt(std::ldexp(27.0, -149)), 1e15};
  Array<float> in(16), out(16);
  std::copy(z, z + 10, in.begin());
  kernel.run({in, out});
  for (int i = 0; i < 10; ++i)
    EXPECT_NEAR(out[i], p[i], p[i] * (i == 4 ? 1e-5 : 2e-7)) << z[i];
}

FragmentKernel largestKernel() {
  return FragmentKernel({"memref<8xf32>", "memref<3xi32>", "memref<3xi32>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          llvm::SmallVector<mlir::Value> ids;
                          for (mlir::Value id : kernels::largest(b, loadAll(b, buffers[0]), 3))
                            ids.push_back(
                                mlir::arith::IndexCastOp::create(b, b.getI32Type(), id));
                          mlir::Value tile = mlir::tensor::FromElementsOp::create(b, ids);
                          storeAll(b, tile, buffers[1]);
                          storeAll(b, kernels::sortIds(b, tile), buffers[2]);
                        });
}

TEST(Experts, LargestTakesTheLowerOfEquals) {
  FragmentKernel kernel = largestKernel();
  auto choose = [&](std::vector<float> scores) {
    Array<float> in(8);
    std::copy(scores.begin(), scores.end(), in.begin());
    Array<int32_t> chosen(3), sorted(3);
    kernel.run({in, chosen, sorted});
    std::vector<int32_t> expected = chosen.vector();
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(sorted.vector(), expected);
    return chosen.vector();
  };
  EXPECT_EQ(choose({0, 7, 3, 9, 3, 1, 2, 4}), (std::vector<int32_t>{3, 1, 7}));
  EXPECT_EQ(choose({5, 5, 5, 5, 5, 5, 5, 5}), (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(choose({1, 2, 9, 2, 2, 2, 9, 0}), (std::vector<int32_t>{2, 6, 1}));
  EXPECT_EQ(choose({-3, -1, -2, -1, -9, -8, -7, -6}), (std::vector<int32_t>{1, 3, 2}));
}

TEST(Experts, SortKeepsEqualIds) {
  FragmentKernel kernel({"memref<6xi32>", "memref<6xi32>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b, kernels::sortIds(b, loadAll(b, buffers[0])), buffers[1]);
                        });
  std::mt19937 generator(14);
  for (int round = 0; round < 20; ++round) {
    Array<int32_t> ids(6), sorted(6);
    for (int32_t &id : ids)
      id = int32_t(generator() % 7);
    kernel.run({ids, sorted});
    std::vector<int32_t> expected = ids.vector();
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(sorted.vector(), expected);
  }
}

TEST(Experts, SwigluClamps) {
  FragmentKernel kernel({"memref<2x16xbf16>", "memref<2x16xbf16>", "memref<2xf32>",
                         "memref<2x16xbf16>"},
                        [](kernels::TileBuilder &b, mlir::ValueRange buffers) {
                          storeAll(b,
                                   kernels::swiglu(b, loadAll(b, buffers[0]),
                                                   loadAll(b, buffers[1]), loadAll(b, buffers[2]),
                                                   10.0),
                                   buffers[3]);
                        });
  Array<uint16_t> gate(32), up(32), out(32);
  Array<float> weight(2);
  weight[0] = 1;
  weight[1] = 0.3f;
  auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  // gate, up and the product that clamping from above, from both sides, makes of them.
  const double cases[][3] = {{12, 1, silu(10)},    {-12, 1, silu(-12)}, {10, -13, -99.99546},
                             {10, 13, 99.99546},   {12, 12, 99.99546},  {-3, 5, silu(-3) * 5},
                             {0.5, -2, silu(.5) * -2}, {0, 7, 0}};
  for (int row = 0; row < 2; ++row)
    for (int i = 0; i < 8; ++i) {
      gate[row * 16 + i] = bf16(float(cases[i][0]));
      up[row * 16 + i] = bf16(float(cases[i][1]));
    }
  kernel.run({gate, up, weight, out});
  for (int row = 0; row < 2; ++row)
    for (int i = 0; i < 8; ++i) {
      double expected = cases[i][2] * weight[row];
      EXPECT_NEAR(fromBf16(out[row * 16 + i]), expected, std::fabs(expected) * 0x1.01p-8)
          << row << ' ' << i;
    }
}

} // namespace
