//===- TopKTest.cpp - tile.top_k against a stable sort --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cstring>
#include <numeric>

using namespace dsv4c::test;

namespace {

/// By definition: the k largest, the lower index first among equals, indices in
/// increasing order, then -1.
std::vector<int32_t> topK(const std::vector<float> &values, size_t k) {
  std::vector<int32_t> indices(values.size());
  std::iota(indices.begin(), indices.end(), 0);
  std::stable_sort(indices.begin(), indices.end(),
                   [&](int a, int b) { return values[a] > values[b]; });
  indices.resize(std::min(k, indices.size()));
  std::sort(indices.begin(), indices.end());
  indices.resize(k, -1);
  return indices;
}

std::string kernel(const std::string &type) {
  return substitute(R"mlir(
    tile.kernel @top(%wg: index, %x: memref<?x600x$T>, %n: memref<1xindex>,
                     %y: memref<?x37xi32>) attributes {workgroups = 2 : i64} {
      %c0 = arith.constant 0 : index
      %count = memref.load %n[%c0] : memref<1xindex>
      %k = tile.top_k %x[%wg] count %count : memref<?x600x$T> -> tensor<37xi32>
      tile.store %k, %y[%wg, %c0] : tensor<37xi32>, memref<?x37xi32>
      tile.return
    }
  )mlir",
                    {{"T", type}});
}

float widen(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

class TopKTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Levels, TopKTest, testing::ValuesIn(runnableLevels()));

TEST_P(TopKTest, Floats) {
  KernelLibrary library(kernel("f32"), GetParam());
  for (unsigned seed = 0; seed < 4; ++seed) {
    Array<float> x = randomFloats(1200, seed);
    // Few distinct values, so that there are ties, zeros of both signs and
    // infinities.
    if (seed % 2)
      for (float &value : x)
        value = std::round(value * 8) / 8;
    if (seed == 3)
      x[5] = INFINITY, x[77] = -INFINITY;
    for (int64_t count : {0, 1, 36, 37, 38, 599, 600}) {
      Array<int64_t> n(1, count);
      Array<int32_t> y(74, 99);
      library.run("top", {x, n, y}, 2);
      for (int row = 0; row < 2; ++row) {
        float *begin = &x[600 * row];
        EXPECT_EQ(std::vector<int32_t>(&y[37 * row], &y[37 * row] + 37),
                  topK({begin, begin + count}, 37))
            << seed << " " << count;
      }
    }
  }
}

TEST_P(TopKTest, BFloats) {
  KernelLibrary library(kernel("bf16"), GetParam());
  std::mt19937 generator(9);
  Array<uint16_t> x(1200);
  std::vector<float> values;
  for (uint16_t &bits : x) {
    do
      bits = generator();
    while ((bits & 0x7fff) > 0x7f80);
    if (generator() % 4 == 0)
      bits &= 0x8000;
    values.push_back(widen(bits));
  }
  Array<int64_t> n(1, 600);
  Array<int32_t> y(74, 99);
  library.run("top", {x, n, y}, 2);
  for (int row = 0; row < 2; ++row)
    EXPECT_EQ(
        std::vector<int32_t>(&y[37 * row], &y[37 * row] + 37),
        topK({values.begin() + 600 * row, values.begin() + 600 * (row + 1)},
             37));
}

} // namespace
