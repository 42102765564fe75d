//===- ReduceTest.cpp - tile.reduce in its exact order --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>

using namespace dsv4c::test;

namespace {

/// The definition of the sum, element by element.
float sumInOrder(const std::vector<float> &values) {
  size_t count = 16;
  while (count < 256 && 2 * count <= values.size() / 8)
    count *= 2;
  std::vector<float> partial(count, 0.0f);
  for (size_t i = 0; i < values.size(); ++i)
    partial[i % count] += values[i];
  for (size_t half = count / 2; half >= 1; half /= 2)
    for (size_t i = 0; i < half; ++i)
      partial[i] += partial[i + half];
  return partial[0];
}

class ReduceTest : public testing::TestWithParam<int64_t> {};

TEST_P(ReduceTest, RowsColumnsAndScalars) {
  const int64_t length = GetParam(), other = 24;
  std::string text =
      substitute(R"mlir(
    tile.kernel @rows(%wg: index, %x: memref<$Nx$Lxf32>, %s: memref<$Nxf32>, %h: memref<$Nxf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0, %c0] : memref<$Nx$Lxf32> -> tensor<$Nx$Lxf32>
      %sum = tile.reduce add %t dim 1 : tensor<$Nx$Lxf32> -> tensor<$Nxf32>
      %max = tile.reduce max %t dim 1 : tensor<$Nx$Lxf32> -> tensor<$Nxf32>
      tile.store %sum, %s[%c0] : tensor<$Nxf32>, memref<$Nxf32>
      tile.store %max, %h[%c0] : tensor<$Nxf32>, memref<$Nxf32>
      tile.return
    }
    tile.kernel @columns(%wg: index, %x: memref<$Lx$Nxf32>, %s: memref<$Nxf32>, %h: memref<$Nxf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0, %c0] : memref<$Lx$Nxf32> -> tensor<$Lx$Nxf32>
      %sum = tile.reduce add %t dim 0 : tensor<$Lx$Nxf32> -> tensor<$Nxf32>
      %min = tile.reduce min %t dim 0 : tensor<$Lx$Nxf32> -> tensor<$Nxf32>
      tile.store %sum, %s[%c0] : tensor<$Nxf32>, memref<$Nxf32>
      tile.store %min, %h[%c0] : tensor<$Nxf32>, memref<$Nxf32>
      tile.return
    }
    tile.kernel @scalar(%wg: index, %x: memref<$Lxf32>, %s: memref<1xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0] : memref<$Lxf32> -> tensor<$Lxf32>
      %sum = tile.reduce add %t dim 0 : tensor<$Lxf32> -> tensor<f32>
      %square = arith.mulf %sum, %sum : tensor<f32>
      %one = tile.broadcast %square dims [] : tensor<f32> -> tensor<1xf32>
      tile.store %one, %s[%c0] : tensor<1xf32>, memref<1xf32>
      tile.return
    }
  )mlir",
                 {{"N", std::to_string(other)}, {"L", std::to_string(length)}});
  Array<float> rows = randomFloats(length * other), columns(length * other);
  Array<float> sum(other), high(other), low(other);
  for (int64_t i = 0; i < other; ++i) {
    std::vector<float> row(&rows[i * length], &rows[i * length] + length);
    sum[i] = sumInOrder(row);
    high[i] = *std::max_element(row.begin(), row.end());
    low[i] = *std::min_element(row.begin(), row.end());
    for (int64_t j = 0; j < length; ++j)
      columns[j * other + i] = row[j];
  }
  for (const std::string &level : runnableLevels()) {
    KernelLibrary library(text, level);
    Array<float> s(other, NAN), h(other, NAN);
    library.run("rows", {rows, s, h});
    EXPECT_EQ(s.vector(), sum.vector()) << level;
    EXPECT_EQ(h.vector(), high.vector()) << level;
    library.run("columns", {columns, s, h});
    EXPECT_EQ(s.vector(), sum.vector()) << level;
    EXPECT_EQ(h.vector(), low.vector()) << level;
    library.run("scalar", {rows, s});
    EXPECT_EQ(s[0], sum[0] * sum[0]) << level;
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, ReduceTest,
                         testing::Values(1, 3, 4, 16, 24, 31, 32, 47, 255, 256,
                                         300, 512, 1023, 2048, 2101));

TEST(ReduceIntegers, SumAndExtremes) {
  KernelLibrary library(R"mlir(
    tile.kernel @ints(%wg: index, %x: memref<3x37xi32>, %y: memref<3x3xi32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %t = tile.load %x[%c0, %c0] : memref<3x37xi32> -> tensor<3x37xi32>
      %sum = tile.reduce add %t dim 1 : tensor<3x37xi32> -> tensor<3xi32>
      %max = tile.reduce max %t dim 1 : tensor<3x37xi32> -> tensor<3xi32>
      %min = tile.reduce min %t dim 1 : tensor<3x37xi32> -> tensor<3xi32>
      tile.store %sum, %y[%c0, %c0] : tensor<3xi32>, memref<3x3xi32>
      tile.store %max, %y[%c1, %c0] : tensor<3xi32>, memref<3x3xi32>
      tile.store %min, %y[%c2, %c0] : tensor<3xi32>, memref<3x3xi32>
      tile.return
    }
  )mlir");
  Array<int32_t> x(3 * 37), y(9), expected(9);
  std::mt19937 generator(5);
  for (int32_t &value : x)
    value = static_cast<int32_t>(generator() % 2000) - 1000;
  for (int i = 0; i < 3; ++i) {
    int32_t *row = &x[37 * i];
    for (int j = 0; j < 37; ++j)
      expected[i] += row[j];
    expected[3 + i] = *std::max_element(row, row + 37);
    expected[6 + i] = *std::min_element(row, row + 37);
  }
  library.run("ints", {x, y});
  EXPECT_EQ(y.vector(), expected.vector());
}

} // namespace
