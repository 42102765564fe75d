//===- DistributionTest.cpp - Owners of elements, by brute force ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Distribution.h"
#include "llvm/ADT/bit.h"
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace dsv4c::tile_to_gpu;

namespace {

constexpr int64_t kBits = 8;
using Element = std::vector<int64_t>;

/// The element that a register of a thread holds, by the definition.
Element elementOf(const Distribution &distribution, int64_t thread,
                  int64_t reg) {
  const Coordinates &offset = distribution.offsets[reg];
  Element element(offset.begin(), offset.end());
  for (int64_t bit = 0; bit < kBits; ++bit)
    for (size_t dim = 0; dim < element.size(); ++dim)
      element[dim] += (thread >> bit & 1) * distribution.strides[bit][dim];
  return element;
}

/// Every element of `shape` has the same number of owners, which are threads
/// that differ in replicated bits only.
void expectPartition(const Distribution &distribution, const Element &shape) {
  int64_t replicated = distribution.replicatedBits();
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  std::vector<int64_t> owners(elements, 0), first(elements, -1);
  for (int64_t thread = 0; thread < int64_t(1) << kBits; ++thread)
    for (int64_t reg = 0; reg < distribution.numRegisters(); ++reg) {
      Element element = elementOf(distribution, thread, reg);
      int64_t flat = 0;
      for (size_t dim = 0; dim < shape.size(); ++dim) {
        ASSERT_GE(element[dim], 0);
        ASSERT_LT(element[dim], shape[dim]);
        flat = flat * shape[dim] + element[dim];
      }
      if (first[flat] < 0)
        first[flat] = thread;
      ASSERT_EQ(thread & ~replicated, first[flat] & ~replicated);
      ++owners[flat];
    }
  for (int64_t count : owners)
    ASSERT_EQ(count, int64_t(1)
                         << llvm::popcount(static_cast<uint64_t>(replicated)));
}

TEST(DistributionTest, RowMajorOwnsEveryElementOnce) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Element shape(1 + random() % 3);
    for (int64_t &size : shape)
      size = 1 + random() % 12;
    int64_t width = 1 << random() % 4;
    shape.back() *= width;
    int64_t firstBit = random() % (kBits + 1);
    Distribution distribution =
        Distribution::rowMajor(shape, kBits, firstBit, width);
    EXPECT_EQ(distribution.numRegisters() % distribution.group, 0);
    for (int64_t bit = 0; bit < firstBit; ++bit)
      EXPECT_TRUE(distribution.replicatedBits() >> bit & 1);
    expectPartition(distribution, shape);
  }
}

TEST(DistributionTest, GroupsAreNeighbours) {
  Distribution distribution = Distribution::rowMajor({12, 448}, kBits, 0, 8);
  for (int64_t first = 0; first < distribution.numRegisters(); first += 8)
    for (int64_t i = 1; i < 8; ++i) {
      Element a = elementOf(distribution, 77, first);
      Element b = elementOf(distribution, 77, first + i);
      EXPECT_EQ(a[0], b[0]);
      EXPECT_EQ(a[1] + i, b[1]);
    }
}

TEST(DistributionTest, ReplicatedGivesAllToAll) {
  Distribution distribution = Distribution::replicated({4, 6}, kBits);
  EXPECT_EQ(distribution.numRegisters(), 24);
  EXPECT_EQ(distribution.replicatedBits(), (1 << kBits) - 1);
  expectPartition(distribution, {4, 6});
}

/// The tables of AMD's matrix instruction calculator for 16 x 16 x 32: lane l
/// holds row l % 16 of a factor, columns 8 (l / 16) and on, and of the result
/// column l % 16, rows 4 (l / 16) and on.
TEST(DistributionTest, MatrixFragmentsAreLinear) {
  Distribution factor, result;
  factor.strides.assign(kBits, Coordinates(2, 0));
  result.strides.assign(kBits, Coordinates(2, 0));
  for (int64_t bit = 0; bit < 4; ++bit) {
    factor.strides[bit][0] = int64_t(1) << bit;
    result.strides[bit][1] = int64_t(1) << bit;
  }
  for (int64_t bit = 0; bit < 2; ++bit) {
    factor.strides[4 + bit][1] = int64_t(8) << bit;
    result.strides[4 + bit][0] = int64_t(4) << bit;
  }
  for (int64_t i = 0; i < 8; ++i)
    factor.offsets.push_back({0, i});
  for (int64_t i = 0; i < 4; ++i)
    result.offsets.push_back({i, 0});
  for (int64_t lane = 0; lane < 64; ++lane) {
    for (int64_t i = 0; i < 8; ++i)
      EXPECT_EQ(elementOf(factor, lane, i),
                (Element{lane % 16, 8 * (lane / 16) + i}));
    for (int64_t i = 0; i < 4; ++i)
      EXPECT_EQ(elementOf(result, lane, i),
                (Element{4 * (lane / 16) + i, lane % 16}));
  }
  expectPartition(factor, {16, 32});
  expectPartition(result, {16, 16});
}

} // namespace
