//===- SharedLayoutTest.cpp - Layouts and banks, by brute force -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedLayout.h"
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {

constexpr int64_t kBits = 8, kLanes = 64, kBanks = 32;

const tile::TargetFacts &gfx942() { return *tile::findTarget("gfx942"); }

/// The group of lanes that `lane` accesses memory with, as the guide of the
/// chip lists them.
int64_t groupOf(int64_t lane, int64_t bytes) {
  if (bytes <= 4)
    return lane / 32;
  if (bytes == 8)
    return lane / 16;
  static constexpr int64_t ofFour[] = {0, 1, 2, 3, 1, 0, 3, 2};
  return lane / 32 * 4 + ofFour[lane % 32 / 4];
}

/// Cycles that a wave's access takes: in each group, the most different words
/// of a bank.
int64_t countCycles(const std::vector<int64_t> &addresses, int64_t bytes) {
  std::map<int64_t, std::map<int64_t, std::set<int64_t>>> words;
  for (int64_t lane = 0; lane < kLanes; ++lane)
    for (int64_t byte = 0; byte < bytes; ++byte) {
      int64_t word = (addresses[lane] + byte) / 4;
      words[groupOf(lane, bytes)][word % kBanks].insert(word);
    }
  int64_t cycles = 0;
  for (const auto &[group, banks] : words) {
    size_t most = 0;
    for (const auto &[bank, asked] : banks)
      most = std::max(most, asked.size());
    cycles += static_cast<int64_t>(most);
  }
  return cycles;
}

/// Cycles of all instructions of `numbers` in `layout`, beyond one for each
/// group of lanes.
int64_t countConflicts(const SharedLayout &layout, const LinearAccess &numbers,
                       int64_t bytes) {
  std::optional<LinearAccess> access = layout.apply(numbers);
  EXPECT_TRUE(access.has_value());
  int64_t run = access->runLength(), conflicts = 0;
  int64_t piece = std::min(run * bytes, access->alignment(bytes));
  for (int64_t i = 0; i < numbers.width(); i += run)
    for (int64_t part = 0; part < run * bytes; part += piece) {
      std::vector<int64_t> addresses;
      for (int64_t lane = 0; lane < kLanes; ++lane)
        addresses.push_back(layout.position(numbers.at(lane, i)) * bytes +
                            part);
      conflicts += countCycles(addresses, piece) - (piece == 16  ? 8
                                                    : piece == 8 ? 4
                                                                 : 2);
    }
  return conflicts;
}

/// Elements `offsets` of a thread, whose bits move by `strides`.
LinearAccess makeAccess(std::vector<int64_t> offsets,
                        std::vector<int64_t> strides) {
  LinearAccess access;
  access.offsets.assign(offsets.begin(), offsets.end());
  access.strides.assign(strides.begin(), strides.end());
  return access;
}

SharedLayout choose(int64_t rows, int64_t columns, int64_t bytes,
                    const std::vector<LinearAccess> &accesses) {
  std::vector<SharedUse> uses;
  for (const LinearAccess &access : accesses)
    uses.push_back({access, ~uint64_t{0}, 8});
  return chooseSharedLayout(rows * columns, columns, bytes, uses, gfx942());
}

void expectNoConflicts(int64_t rows, int64_t columns, int64_t bytes,
                       const std::vector<LinearAccess> &accesses) {
  SharedLayout layout = choose(rows, columns, bytes, accesses);
  for (const LinearAccess &access : accesses)
    EXPECT_EQ(countConflicts(layout, access, bytes), 0);
}

/// Accesses whose bits are dealt out at random to the threads and to a vector.
LinearAccess makeRandomAccess(std::mt19937 &random, int64_t numberBits) {
  std::vector<int64_t> bits;
  for (int64_t bit = 0; bit < numberBits; ++bit)
    bits.push_back(int64_t{1} << bit);
  LinearAccess access;
  access.offsets = {0};
  if (random() % 2)
    for (int64_t width = random() % 4; width > 0; --width) {
      for (size_t i = 0, count = access.offsets.size(); i < count; ++i)
        access.offsets.push_back(access.offsets[i] + bits.front());
      bits.erase(bits.begin());
    }
  std::shuffle(bits.begin(), bits.end(), random);
  bits.resize(std::max<size_t>(bits.size(), kBits), 0);
  access.strides.assign(bits.begin(), bits.begin() + kBits);
  return access;
}

TEST(SharedLayoutTest, CyclesAreThoseOfTheBankRules) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    int64_t bytes = int64_t{1} << random() % 5;
    std::vector<int64_t> addresses;
    for (int64_t lane = 0; lane < kLanes; ++lane)
      addresses.push_back(bytes * (random() % (round % 2 ? 16 : 1024)));
    EXPECT_EQ(countBankCycles(addresses, ~uint64_t{0}, bytes, gfx942()),
              countCycles(addresses, bytes));
  }
}

TEST(SharedLayoutTest, LanesThatDontTakePartAskForNothing) {
  std::vector<int64_t> addresses;
  for (int64_t lane = 0; lane < kLanes; ++lane)
    addresses.push_back(128 * lane);
  EXPECT_EQ(countBankCycles(addresses, ~uint64_t{0}, 4, gfx942()), 64);
  EXPECT_EQ(countBankCycles(addresses, 0x1111, 4, gfx942()), 4);
  EXPECT_EQ(countBankCycles(addresses, 0, 4, gfx942()), 0);
}

/// Whatever is chosen, every element has a place of its own in the memory that
/// is allocated, and the linear form of an access says where.
TEST(SharedLayoutTest, LayoutsKeepElementsApart) {
  std::mt19937 random(11);
  int swizzles = 0, gaps = 0;
  for (int round = 0; round < 200; ++round) {
    int64_t bytes = int64_t{1} << random() % 3;
    int64_t numberBits = 9 + random() % 3;
    int64_t elements = int64_t{1} << numberBits;
    int64_t columns = int64_t{1} << (2 + random() % (numberBits - 2));
    std::vector<LinearAccess> accesses;
    for (int64_t count = 1 + random() % 3; count > 0; --count)
      accesses.push_back(makeRandomAccess(random, numberBits));
    SharedLayout layout = choose(elements / columns, columns, bytes, accesses);
    swizzles += !layout.swizzle.empty();
    gaps += layout.period != 0;
    std::set<int64_t> positions;
    for (int64_t number = 0; number < elements; ++number) {
      EXPECT_LT(layout.position(number), layout.size(elements));
      EXPECT_TRUE(positions.insert(layout.position(number)).second);
    }
    for (const LinearAccess &numbers : accesses) {
      std::optional<LinearAccess> access = layout.apply(numbers);
      ASSERT_TRUE(access.has_value());
      int64_t run = access->runLength();
      for (int64_t thread = 0; thread < int64_t{1} << kBits; ++thread)
        for (int64_t i = 0; i < numbers.width(); ++i) {
          int64_t position = layout.position(numbers.at(thread, i));
          EXPECT_EQ(access->at(thread, i), position);
          EXPECT_EQ(access->at(thread, i - i % run) + i % run, position);
          if (i % run == 0)
            EXPECT_EQ(position * bytes % access->alignment(bytes), 0);
        }
    }
  }
  EXPECT_GT(swizzles, 20);
  EXPECT_GT(gaps, 20);
}

/// A choice is never worse than elements in order.
TEST(SharedLayoutTest, LayoutsDontAddConflicts) {
  std::mt19937 random(5);
  int64_t before = 0, after = 0;
  for (int round = 0; round < 100; ++round) {
    LinearAccess access = makeRandomAccess(random, 10);
    SharedLayout layout = choose(32, 32, 4, {access});
    int64_t inOrder = countConflicts({}, access, 4);
    int64_t chosen = countConflicts(layout, access, 4);
    EXPECT_LE(chosen, inOrder);
    before += inOrder;
    after += chosen;
  }
  EXPECT_GT(before, 10 * after);
}

TEST(SharedLayoutTest, BasesMoveByPositions) {
  LinearAccess numbers = makeAccess({0, 1, 2, 3}, {4, 8, 16, 0, 0, 0, 0, 0});
  numbers.baseMultiple = 32;
  SharedLayout gaps{64, 8, {}};
  std::optional<LinearAccess> access = gaps.apply(numbers);
  ASSERT_TRUE(access.has_value());
  SharedLayout swizzle{0, 0, {0, 0, 0, 0, 0, 4, 8, 16, 4}};
  std::optional<LinearAccess> flipped = swizzle.apply(numbers);
  ASSERT_TRUE(flipped.has_value());
  EXPECT_TRUE(flipped->isXor);
  for (int64_t base = 0; base < 512; base += 32)
    for (int64_t thread = 0; thread < 8; ++thread)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t number = base + numbers.at(thread, i);
        EXPECT_EQ(gaps.position(number),
                  gaps.position(base) + access->at(thread, i));
        EXPECT_EQ(swizzle.position(number),
                  swizzle.position(base) ^ flipped->at(thread, i));
      }
  // Multiples of 16 could carry within a period, and don't keep bits apart.
  numbers.baseMultiple = 16;
  EXPECT_FALSE(gaps.apply(numbers).has_value());
  EXPECT_FALSE(swizzle.apply(numbers).has_value());
}

TEST(SharedLayoutTest, SumsThatCarryHaveNoLinearForm) {
  LinearAccess numbers = makeAccess({0, 40}, {1, 2, 4, 8, 16, 0, 0, 0});
  EXPECT_FALSE((SharedLayout{64, 8, {}}.apply(numbers).has_value()));
  EXPECT_TRUE((SharedLayout{128, 8, {}}.apply(numbers).has_value()));
  EXPECT_FALSE(
      (SharedLayout{0, 0, {0, 0, 0, 0, 0, 2}}.apply(numbers).has_value()));
  EXPECT_TRUE(SharedLayout().apply(numbers).has_value());
}

/// Results of matrix instructions leave as four columns of a row per lane and
/// are read row by row, or eight columns at a time.
TEST(SharedLayoutTest, ProductsHaveNoConflicts) {
  for (int64_t rows : {16, 32})
    for (int64_t columns : {128, 512}) {
      LinearAccess result =
          makeAccess({0, 1, 2, 3}, {columns, 2 * columns, 4 * columns,
                                    8 * columns, 4, 8, 16, 32});
      LinearAccess wide = makeAccess({0, 1, 2, 3, 4, 5, 6, 7},
                                     {8, 16, 32, columns == 128 ? columns : 64,
                                      2 * columns, 4 * columns, 0, 0});
      LinearAccess parts = makeAccess(
          {0}, {1, 2, 4, 8, columns, 2 * columns, 4 * columns, 8 * columns});
      expectNoConflicts(rows, columns, 2, {result, wide});
      expectNoConflicts(rows, columns, 2, {result, parts});
    }
}

/// Written by columns, reduced in blocks of 128 and read in vectors: flips of a
/// single bit don't lead there.
TEST(SharedLayoutTest, QuantisedProductsHaveNoConflicts) {
  std::vector<LinearAccess> accesses;
  for (int64_t first : {0, 64})
    accesses.push_back(makeAccess({first, first + 1, first + 2, first + 3},
                                  {128, 256, 512, 1024, 4, 8, 16, 32}));
  for (int64_t first = 0; first < 128; first += 16)
    accesses.push_back(makeAccess({first}, {1, 2, 4, 8, 128, 256, 512, 1024}));
  accesses.push_back(makeAccess({0, 1, 2, 3, 4, 5, 6, 7},
                                {8, 16, 32, 64, 128, 256, 512, 1024}));
  expectNoConflicts(16, 128, 2, accesses);
}

/// Logits: written with neighbouring heads on neighbouring lanes, reduced over
/// keys on neighbouring lanes.
TEST(SharedLayoutTest, LogitsHaveNoConflicts) {
  LinearAccess result =
      makeAccess({0, 16, 32, 48}, {1, 2, 4, 8, 64, 128, 256, 512});
  std::vector<LinearAccess> accesses = {result};
  for (int64_t first = 0; first < 1024; first += 256)
    accesses.push_back(makeAccess({first}, {16, 32, 64, 128, 1, 2, 4, 8}));
  expectNoConflicts(64, 16, 4, accesses);
}

} // namespace
