//===- MatrixLoadTest.cpp - Matrices from shared memory, lane by lane -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the lanes of a warp get is computed as the PTX ISA states it, for
// ldmatrix and for the factors of mma.m16n8k16, and held against the elements
// that the lowering says that they get.
//
//===----------------------------------------------------------------------===//

#include "MatrixLoad.h"
#include "WarpFactor.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;
using Order = WarpFactor::Order;

namespace {

constexpr int64_t kLanes = 32, kWarps = 4, kBits = 7, kBanks = 32;

const tile::TargetFacts &sm90() { return *tile::findTarget("sm_90"); }

/// The number of the element that `thread` gets as element `i` of ldmatrix, two
/// in each 32-bit register: row l / 4 and columns 2 (l % 4) and the next one of
/// matrix i / 2; with .trans rows and columns change places. Row r of matrix m
/// starts where lane 8 m + r of the same warp says.
int64_t loadedElement(const MatrixLoad &load, int64_t thread, int64_t i) {
  int64_t lane = thread % kLanes, matrix = i / 2;
  int64_t row = lane / 4, column = 2 * (lane % 4) + i % 2;
  if (load.isTransposed)
    std::swap(row, column);
  int64_t reader = thread - lane + 8 * matrix + row;
  return load.rows.at(reader, 0) + column;
}

void expectLoads(const LinearAccess &numbers, const MatrixLoad &load) {
  ASSERT_EQ(2 * load.matrices, numbers.width());
  for (int64_t thread = 0; thread < kLanes * kWarps; ++thread) {
    for (int64_t i = 0; i < numbers.width(); ++i)
      ASSERT_EQ(loadedElement(load, thread, i), numbers.at(thread, i))
          << "thread " << thread << ", element " << i;
    // A row is 8 elements.
    for (int64_t i = 0; i < MatrixLoad::kSize; ++i)
      ASSERT_EQ(load.rows.at(thread, i), load.rows.at(thread, 0) + i);
  }
}

/// Some fragments of a factor, by the numbers of elements of a tile in rows of
/// `columns`.
LinearAccess
numbersOf(const WarpFactor &factor, int64_t columns,
          const std::vector<std::pair<int64_t, int64_t>> &fragments) {
  LinearAccess result;
  for (auto [row, step] : fragments)
    for (const Coordinates &at : factor.offsets(row, step))
      result.offsets.push_back(at[0] * columns + at[1]);
  for (const Coordinates &stride : factor.strides())
    result.strides.push_back(stride[0] * columns + stride[1]);
  return result;
}

/// Factors as attention has them: [M, K] times [K, N], with warps dealt out to
/// two column blocks and two row blocks.
WarpFactor makeA(Order order) {
  return WarpFactor(order, 0, 16, 64, kBits, 6, {16});
}
WarpFactor makeB(Order order) {
  return WarpFactor(order, 1, 16, 64, kBits, 5, {8});
}

LinearAccess makeAccess(std::vector<int64_t> offsets,
                        std::vector<int64_t> strides) {
  LinearAccess access;
  access.offsets.assign(offsets.begin(), offsets.end());
  access.strides.assign(strides.begin(), strides.end());
  return access;
}

/// PTX ISA, fragments of mma.m16n8k16 of .bf16: A's registers 0 to 3 are
/// (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8), B's 0 and 1 are
/// (2t, g), (2t + 8, g), each with the next column or row of K; g = l / 4,
/// t = l % 4.
TEST(MatrixLoadTest, HalvesAreTheFragmentsOfTheInstruction) {
  WarpFactor a = makeA(Order::Halves), b = makeB(Order::Halves);
  for (int64_t thread = 0; thread < kLanes * kWarps; ++thread) {
    int64_t lane = thread % kLanes, g = lane / 4, t = lane % 4;
    int64_t columnBlock = thread / kLanes % 2, rowBlock = thread / kLanes / 2;
    auto at = [&](const WarpFactor &factor, const Coordinates &offset) {
      Coordinates result = offset;
      for (int64_t bit = 0; bit < kBits; ++bit)
        for (int64_t dim = 0; dim < 2 && thread >> bit & 1; ++dim)
          result[dim] += factor.strides()[bit][dim];
      return result;
    };
    for (int64_t step : {0, 3})
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t i = 0; i < 2; ++i) {
          int64_t column = 16 * step + 8 * half + 2 * t + i;
          for (int64_t upper : {0, 8})
            EXPECT_EQ(at(a, a.offsets(upper, step)[2 * half + i]),
                      Coordinates({16 * rowBlock + upper + g, column}));
          EXPECT_EQ(at(b, b.offsets(32, step)[2 * half + i]),
                    Coordinates({column, 32 + 8 * columnBlock + g}));
        }
  }
}

/// Either order numbers every column of K once, alike for both factors.
TEST(MatrixLoadTest, FactorsAgreeOnTheirOrder) {
  for (Order order : {Order::Neighbours, Order::Halves})
    for (int64_t k : {16, 32}) {
      WarpFactor a(order, 0, k, 64, kBits, 6, {16});
      WarpFactor b(order, 1, k, 64, kBits, 5, {8});
      std::set<int64_t> columns;
      for (int64_t lane = 0; lane < 4; ++lane)
        for (int64_t i = 0; i < k / 4; ++i) {
          int64_t ofA = a.offsets(0, 0)[i][1], ofB = b.offsets(0, 0)[i][0];
          for (int64_t bit = 0; bit < 2; ++bit)
            if (lane >> bit & 1) {
              ofA += a.strides()[bit][1];
              ofB += b.strides()[bit][0];
            }
          EXPECT_EQ(ofA, ofB);
          EXPECT_TRUE(columns.insert(ofA).second);
        }
      EXPECT_EQ(static_cast<int64_t>(columns.size()), k);
      EXPECT_EQ(*columns.rbegin(), k - 1);
    }
}

/// Both registers of two fragments with one instruction: of rows r and r + 8,
/// or of two steps, where rows or where columns follow one another.
TEST(MatrixLoadTest, MatricesAreFragments) {
  for (int64_t columns : {64, 72, 448}) {
    for (bool isB : {false, true})
      for (const auto &fragments :
           std::vector<std::vector<std::pair<int64_t, int64_t>>>{
               {{0, 0}}, {{0, 1}, {8, 1}}, {{16, 0}, {16, 1}}}) {
        WarpFactor factor = isB ? makeB(Order::Halves) : makeA(Order::Halves);
        LinearAccess numbers = numbersOf(factor, columns, fragments);
        std::optional<MatrixLoad> load = findMatrixLoad(numbers);
        ASSERT_TRUE(load.has_value());
        EXPECT_EQ(load->isTransposed, isB);
        expectLoads(numbers, *load);
      }
  }
}

/// Neighbouring columns of K in a lane are no matrix where K follows, but are
/// one transposed, since each row has an address of its own.
TEST(MatrixLoadTest, NeighboursComeTransposedOnly) {
  EXPECT_FALSE(
      findMatrixLoad(numbersOf(makeA(Order::Neighbours), 448, {{0, 0}})));
  LinearAccess numbers =
      numbersOf(makeB(Order::Neighbours), 448, {{0, 0}, {0, 1}});
  std::optional<MatrixLoad> load = findMatrixLoad(numbers);
  ASSERT_TRUE(load.has_value());
  EXPECT_TRUE(load->isTransposed);
  expectLoads(numbers, *load);
}

/// Bits dealt out at random: whatever is found loads what was asked for.
TEST(MatrixLoadTest, WhatIsFoundIsWhatLanesAskFor) {
  std::mt19937 random(17);
  int found = 0, transposed = 0;
  for (int round = 0; round < 60000; ++round) {
    std::vector<int64_t> bits = {1, 2, 4, 8, 16, 64, 128, 256, 512, 0};
    std::shuffle(bits.begin() + random() % 4, bits.end(), random);
    LinearAccess numbers;
    numbers.offsets = {static_cast<int64_t>(8 * (random() % 4))};
    for (int64_t bit = 0, count = 1 + random() % 3; bit < count; ++bit) {
      for (size_t i = 0, size = numbers.offsets.size(); i < size; ++i)
        numbers.offsets.push_back(numbers.offsets[i] + bits.front());
      bits.erase(bits.begin());
    }
    numbers.strides.assign(bits.begin(), bits.begin() + kBits);
    std::optional<MatrixLoad> load = findMatrixLoad(numbers);
    if (!load)
      continue;
    ++found;
    transposed += load->isTransposed;
    expectLoads(numbers, *load);
  }
  EXPECT_GT(transposed, 5);
  EXPECT_GT(found - transposed, 5);
}

TEST(MatrixLoadTest, WhatIsNoMatrixIsNotFound) {
  LinearAccess good = makeAccess({0, 1, 8, 9, 512, 513, 520, 521},
                                 {2, 4, 64, 128, 256, 1024, 2048});
  ASSERT_TRUE(findMatrixLoad(good).has_value());
  // Three matrices.
  LinearAccess access = good;
  access.offsets.resize(6);
  EXPECT_FALSE(findMatrixLoad(access).has_value());
  // The fourth is not where the second and the third one say.
  access = good;
  access.offsets[6] += 8;
  access.offsets[7] += 8;
  EXPECT_FALSE(findMatrixLoad(access).has_value());
  // One register's elements are no neighbours.
  access = good;
  access.offsets[3] = 10;
  EXPECT_FALSE(findMatrixLoad(access).has_value());
  // Lanes beyond the tile have folded onto others.
  access = good;
  access.strides[1] = 0;
  EXPECT_FALSE(findMatrixLoad(access).has_value());
  // Rows in front of the first one.
  access = makeAccess({8, 9, 0, 1}, {2, 4, 64, 128, 256, 0, 0});
  EXPECT_FALSE(findMatrixLoad(access).has_value());
  // Positions, not numbers.
  access = good;
  access.isXor = true;
  EXPECT_FALSE(findMatrixLoad(access).has_value());
}

TEST(MatrixLoadTest, LayoutsMustKeepRowsWhole) {
  WarpFactor b = makeB(Order::Halves);
  MatrixLoad load = *findMatrixLoad(numbersOf(b, 64, {{0, 0}, {0, 1}}));
  EXPECT_TRUE(load.apply({}).has_value());
  EXPECT_TRUE(load.apply({64, 8, {}}).has_value());
  // Rows would start at multiples of 8 bytes only.
  EXPECT_FALSE(load.apply({64, 4, {}}).has_value());
  // A gap within a row.
  EXPECT_FALSE(load.apply({4, 4, {}}).has_value());
  // Bits within a row flip.
  EXPECT_FALSE(load.apply({0, 0, {0, 0, 0, 0, 0, 0, 4}}).has_value());
  EXPECT_TRUE(load.apply({0, 0, {0, 0, 0, 0, 0, 0, 8}}).has_value());
}

/// Cycles of a load beyond one for each matrix: eight rows of 16 bytes at a
/// time, the most different words of a bank.
int64_t countConflicts(const MatrixLoad &load, const SharedLayout &layout) {
  int64_t conflicts = 0;
  for (int64_t warp = 0; warp < kWarps; ++warp)
    for (int64_t matrix = 0; matrix < load.matrices; ++matrix) {
      std::vector<std::set<int64_t>> inBank(kBanks);
      for (int64_t row = 0; row < 8; ++row) {
        int64_t number = load.rows.at(warp * kLanes + 8 * matrix + row, 0);
        for (int64_t word = 0; word < 4; ++word) {
          int64_t at = layout.position(number) / 2 + word;
          inBank[at % kBanks].insert(at);
        }
      }
      size_t most = 0;
      for (const auto &words : inBank)
        most = std::max(most, words.size());
      conflicts += static_cast<int64_t>(most) - 1;
    }
  return conflicts;
}

/// Keys are written a row of codes at a time and read by rows for logits, by
/// columns for sums; the layout keeps rows whole and has no conflicts. All its
/// positions are those of the elements asked for.
TEST(MatrixLoadTest, KeysHaveNoConflicts) {
  for (int64_t columns : {64, 128, 448, 512}) {
    constexpr int64_t rows = 64;
    LinearAccess store = makeAccess({}, {16, 32, 64, 128, 256, 512, 1024});
    for (int64_t i = 0; i < 16; ++i)
      store.offsets.push_back(i);
    std::vector<MatrixLoad> loads;
    for (int64_t step = 0; step < columns / 16; ++step)
      loads.push_back(*findMatrixLoad(
          numbersOf(makeA(Order::Halves), columns, {{0, step}, {8, step}})));
    for (int64_t step : {0, 2})
      loads.push_back(*findMatrixLoad(numbersOf(makeB(Order::Halves), columns,
                                                {{0, step}, {0, step + 1}})));
    std::vector<SharedUse> uses = {{store, ~uint64_t{0}, 8}};
    for (const MatrixLoad &load : loads) {
      LinearAccess numbers;
      for (int64_t i = 0; i < 2 * load.matrices; ++i)
        numbers.offsets.push_back(loadedElement(load, 0, i));
      for (int64_t bit = 0; bit < kBits; ++bit)
        numbers.strides.push_back(loadedElement(load, int64_t{1} << bit, 0) -
                                  numbers.offsets[0]);
      uses.push_back({numbers, ~uint64_t{0}, 8, &load});
    }
    SharedLayout layout =
        chooseSharedLayout(rows * columns, columns, 2, uses, sm90());
    for (const MatrixLoad &load : loads) {
      std::optional<LinearAccess> positions = load.apply(layout);
      ASSERT_TRUE(positions.has_value());
      EXPECT_EQ(countConflicts(load, layout), 0);
      for (int64_t thread = 0; thread < kLanes * kWarps; ++thread)
        for (int64_t i = 0; i < MatrixLoad::kSize; ++i) {
          int64_t at = layout.position(load.rows.at(thread, i));
          EXPECT_EQ(positions->at(thread, 0) + i, at);
          EXPECT_LT(at, layout.size(rows * columns));
          if (i == 0)
            EXPECT_EQ(at * 2 % 16, 0);
        }
    }
  }
}

} // namespace
