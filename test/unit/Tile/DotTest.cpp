//===- DotTest.cpp - tile.dot against a sequential loop -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace dsv4c::test;

namespace {

struct Shape {
  int64_t m, k, n;
};

std::string dotKernel(Shape shape) {
  return substitute(R"mlir(
    tile.kernel @dot(%wg: index, %a: memref<$Mx$Kxf32>, %b: memref<$Kx$Nxf32>,
                     %c: memref<$Mx$Nxf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %at = tile.load %a[%c0, %c0] : memref<$Mx$Kxf32> -> tensor<$Mx$Kxf32>
      %bt = tile.load %b[%c0, %c0] : memref<$Kx$Nxf32> -> tensor<$Kx$Nxf32>
      %ct = tile.dot %at, %bt : tensor<$Mx$Kxf32>, tensor<$Kx$Nxf32> -> tensor<$Mx$Nxf32>
      tile.store %ct, %c[%c0, %c0] : tensor<$Mx$Nxf32>, memref<$Mx$Nxf32>
      tile.return
    }
  )mlir",
                    {{"M", std::to_string(shape.m)},
                     {"K", std::to_string(shape.k)},
                     {"N", std::to_string(shape.n)}});
}

class DotTest : public testing::TestWithParam<Shape> {};

TEST_P(DotTest, BitsOfASequentialLoop) {
  Shape shape = GetParam();
  Array<float> a = randomFloats(shape.m * shape.k, 1);
  Array<float> b = randomFloats(shape.k * shape.n, 2);
  Array<float> expected(shape.m * shape.n);
  for (int64_t m = 0; m < shape.m; ++m)
    for (int64_t n = 0; n < shape.n; ++n)
      for (int64_t k = 0; k < shape.k; ++k)
        expected[m * shape.n + n] = std::fma(
            a[m * shape.k + k], b[k * shape.n + n], expected[m * shape.n + n]);
  for (const std::string &level : runnableLevels()) {
    KernelLibrary library(dotKernel(shape), level);
    Array<float> c(shape.m * shape.n, NAN);
    library.run("dot", {a, b, c});
    EXPECT_EQ(std::memcmp(c.data(), expected.data(), 4 * c.size()), 0) << level;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DotTest,
                         testing::Values(Shape{1, 32, 64}, Shape{2, 33, 64},
                                         Shape{3, 32, 4}, Shape{7, 40, 24},
                                         Shape{32, 128, 64}, Shape{33, 64, 128},
                                         Shape{64, 32, 16}, Shape{5, 64, 512},
                                         Shape{4, 7, 3}),
                         [](const auto &info) {
                           return std::to_string(info.param.m) + "x" +
                                  std::to_string(info.param.k) + "x" +
                                  std::to_string(info.param.n);
                         });

// b computed from bf16 between load and use, and transposed.
TEST(DotOperands, ConvertedAndTransposed) {
  const int64_t m = 1, k = 64, n = 32;
  std::string text = R"mlir(
    tile.kernel @fused(%wg: index, %a: memref<1x64xf32>, %b: memref<64x32xbf16>,
                       %c: memref<1x32xf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %at = tile.load %a[%c0, %c0] : memref<1x64xf32> -> tensor<1x64xf32>
      %bt = tile.load %b[%c0, %c0] : memref<64x32xbf16> -> tensor<64x32xbf16>
      %bf = arith.extf %bt : tensor<64x32xbf16> to tensor<64x32xf32>
      %ct = tile.dot %at, %bf : tensor<1x64xf32>, tensor<64x32xf32> -> tensor<1x32xf32>
      tile.store %ct, %c[%c0, %c0] : tensor<1x32xf32>, memref<1x32xf32>
      tile.return
    }
    tile.kernel @transposed(%wg: index, %a: memref<1x64xf32>, %b: memref<32x64xbf16>,
                       %c: memref<1x32xf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %at = tile.load %a[%c0, %c0] : memref<1x64xf32> -> tensor<1x64xf32>
      %bt = tile.load %b[%c0, %c0] : memref<32x64xbf16> -> tensor<32x64xbf16>
      %bf = arith.extf %bt : tensor<32x64xbf16> to tensor<32x64xf32>
      %br = tile.transpose %bf : tensor<32x64xf32> -> tensor<64x32xf32>
      %ct = tile.dot %at, %br : tensor<1x64xf32>, tensor<64x32xf32> -> tensor<1x32xf32>
      tile.store %ct, %c[%c0, %c0] : tensor<1x32xf32>, memref<1x32xf32>
      tile.return
    }
  )mlir";
  Array<float> a = randomFloats(m * k);
  Array<uint16_t> b(k * n), bTransposed(k * n);
  std::mt19937 generator(3);
  for (uint16_t &bits : b)
    bits = 0x3f00 + generator() % 256 + (generator() % 2 << 15);
  Array<float> expected(m * n);
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < k; ++i) {
      bTransposed[j * k + i] = b[i * n + j];
      uint32_t bits = uint32_t(b[i * n + j]) << 16;
      float value;
      std::memcpy(&value, &bits, 4);
      expected[j] = std::fma(a[i], value, expected[j]);
    }
  for (const std::string &level : runnableLevels()) {
    KernelLibrary library(text, level);
    Array<float> c(m * n, NAN);
    library.run("fused", {a, b, c});
    EXPECT_EQ(c.vector(), expected.vector()) << level;
    std::fill(c.begin(), c.end(), NAN);
    library.run("transposed", {a, bTransposed, c});
    EXPECT_EQ(c.vector(), expected.vector()) << level;
  }
}

} // namespace
