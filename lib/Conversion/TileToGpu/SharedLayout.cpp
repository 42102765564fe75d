//===- SharedLayout.cpp - Shared tiles without bank conflicts -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MatrixLoad.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <map>
#include <numeric>

using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;
using llvm::ArrayRef;
using llvm::SmallVector;

static constexpr int64_t kBankBytes = 4;
/// What a lane moves with one instruction at most.
static constexpr int64_t kMostBytes = 16;

int64_t LinearAccess::at(int64_t thread, int64_t i) const {
  int64_t result = offsets[i];
  for (auto [bit, stride] : llvm::enumerate(strides))
    if (thread >> bit & 1)
      result = isXor ? result ^ stride : result + stride;
  return result;
}

int64_t LinearAccess::variableBits() const {
  int64_t bits = -(baseMultiple & -baseMultiple);
  for (int64_t stride : strides)
    bits |= stride;
  return bits;
}

int64_t LinearAccess::runLength() const {
  auto isRun = [&](int64_t first, int64_t length) {
    if (isXor && ((variableBits() | offsets[first]) & (length - 1)))
      return false;
    for (int64_t i = 1; i < length; ++i)
      if (offsets[first + i] != offsets[first] + i)
        return false;
    return true;
  };
  if (isRun(0, width()) && (!isXor || llvm::isPowerOf2_64(width())))
    return width();
  for (int64_t length = llvm::bit_floor(static_cast<uint64_t>(width()));
       length > 1; length /= 2) {
    bool holds = width() % length == 0;
    for (int64_t first = 0; first < width() && holds; first += length)
      holds = isRun(first, length);
    if (holds)
      return length;
  }
  return 1;
}

int64_t LinearAccess::alignment(int64_t bytes) const {
  int64_t result = kMostBytes;
  auto include = [&](int64_t elements) {
    if (elements != 0)
      result = std::min(result, elements * bytes & -(elements * bytes));
  };
  for (int64_t stride : strides)
    include(stride);
  include(baseMultiple);
  for (int64_t first = 0; first < width(); first += runLength())
    include(offsets[first]);
  return result;
}

int64_t SharedLayout::position(int64_t number) const {
  if (period)
    return number + number / period * gap;
  int64_t result = number;
  for (auto [bit, flips] : llvm::enumerate(swizzle))
    if (number >> bit & 1)
      result ^= flips;
  return result;
}

int64_t SharedLayout::size(int64_t elements) const {
  return period ? position(elements - 1) + 1 : elements;
}

/// Do the parts of `numbers` have no bit in common?
static bool isDisjoint(const LinearAccess &numbers) {
  int64_t used = 0;
  for (int64_t stride : numbers.strides) {
    if (stride < 0 || (stride & used))
      return false;
    used |= stride;
  }
  int64_t ofThread = used;
  for (int64_t offset : numbers.offsets) {
    if (offset < 0 || (offset & ofThread))
      return false;
    used |= offset;
  }
  int64_t multiple = numbers.baseMultiple;
  return multiple == 0 || used < (multiple & -multiple);
}

std::optional<LinearAccess>
SharedLayout::apply(const LinearAccess &numbers) const {
  LinearAccess result = numbers;
  if (!swizzle.empty()) {
    if (!isDisjoint(numbers))
      return std::nullopt;
    result.isXor = true;
    for (int64_t &stride : result.strides)
      stride = position(stride);
    for (int64_t &offset : result.offsets)
      offset = position(offset);
    for (auto [bit, flips] : llvm::enumerate(swizzle))
      if (flips && numbers.baseMultiple)
        result.baseMultiple = std::gcd(result.baseMultiple, flips & -flips);
    return result;
  }
  if (period == 0)
    return result;
  // What is left of each part within a period must not add up to another one.
  int64_t unit = std::gcd(numbers.baseMultiple, period);
  int64_t inPeriod = 0, most = 0;
  for (int64_t &stride : result.strides) {
    if (stride < 0)
      return std::nullopt;
    inPeriod += stride % period;
    stride = position(stride);
  }
  for (int64_t &offset : result.offsets) {
    if (offset < 0)
      return std::nullopt;
    most = std::max(most, offset % period);
    offset = position(offset);
  }
  if (inPeriod + most >= unit)
    return std::nullopt;
  // A base moves by whole units, behind each of which there may be a gap.
  if (numbers.baseMultiple)
    result.baseMultiple =
        unit == period ? position(numbers.baseMultiple) : std::gcd(unit, gap);
  return result;
}

/// The lanes that access memory at the same time: on AMD's chips 32 of up to
/// four bytes each, 16 of eight, 8 of sixteen (B.1 of the chip's facts: not
/// neighbours); on NVIDIA's as many, neighbours.
static SmallVector<SmallVector<int64_t>>
laneGroups(int64_t bytes, const tile::TargetFacts &target) {
  SmallVector<SmallVector<int64_t>> groups;
  if (bytes >= 16 && target.kind == tile::TargetKind::AmdGpu) {
    for (int64_t half : {0, 32})
      for (auto [first, second] :
           {std::pair<int64_t, int64_t>{0, 20}, {4, 16}, {8, 28}, {12, 24}}) {
        SmallVector<int64_t> group;
        for (int64_t start : {first, second})
          for (int64_t i = 0; i < 4; ++i)
            group.push_back(half + start + i);
        groups.push_back(group);
      }
    return groups;
  }
  int64_t size = bytes >= 16 ? 8 : bytes > kBankBytes ? 16 : 32;
  for (int64_t first = 0; first < target.waveSize; first += size)
    groups.push_back(llvm::to_vector(llvm::seq(first, first + size)));
  return groups;
}

int64_t tile_to_gpu::countBankCycles(ArrayRef<int64_t> addresses,
                                     uint64_t lanes, int64_t bytes,
                                     const tile::TargetFacts &target) {
  int64_t cycles = 0;
  for (const auto &group : laneGroups(bytes, target)) {
    SmallVector<int64_t, 64> words;
    for (int64_t lane : group)
      if (lanes >> lane & 1)
        for (int64_t at = addresses[lane] / kBankBytes;
             at * kBankBytes < addresses[lane] + bytes; ++at)
          words.push_back(at);
    // Lanes that want one word get it together.
    llvm::sort(words);
    words.erase(llvm::unique(words), words.end());
    SmallVector<int64_t, 64> inBank(target.ldsBanks, 0);
    int64_t most = 0;
    for (int64_t word : words)
      most = std::max(most, ++inBank[word % target.ldsBanks]);
    cycles += most;
  }
  return cycles;
}

namespace {
/// Chooses by the cycles of all uses.
class Chooser {
public:
  Chooser(int64_t elements, int64_t columns, int64_t bytes,
          ArrayRef<SharedUse> uses, const tile::TargetFacts &target)
      : elements(elements), columns(columns), bytes(bytes), uses(uses),
        target(target), bankSpan(kBankBytes * target.ldsBanks / bytes),
        fewest(*count(best)) {}

  SharedLayout choose() {
    if (fewest > countWithoutConflicts())
      tryGaps();
    if (fewest > countWithoutConflicts())
      trySwizzles();
    return best;
  }

private:
  /// Of `use` as `access`, if one instruction takes `cycles`, by the addresses
  /// of its lanes and its bytes.
  int64_t sum(const SharedUse &use, const LinearAccess &access,
              llvm::function_ref<int64_t(ArrayRef<int64_t>, int64_t)> cycles) {
    int64_t run = bytes * access.runLength();
    int64_t piece = std::min({run, access.alignment(bytes), kMostBytes});
    int64_t pieces =
        llvm::divideCeil(run, piece) * access.width() / access.runLength();
    std::vector<int64_t> key(access.strides.begin(), access.strides.end());
    key.push_back(static_cast<int64_t>(use.lanes));
    key.push_back(piece);
    auto [entry, isNew] = known.try_emplace(std::move(key), 0);
    if (isNew) {
      LinearAccess first = access;
      first.offsets = {0};
      SmallVector<int64_t> addresses;
      for (int64_t lane = 0; lane < target.waveSize; ++lane)
        addresses.push_back(first.at(lane, 0) * bytes);
      int64_t lowest = *llvm::min_element(addresses);
      for (int64_t &address : addresses)
        address -= std::min<int64_t>(0, lowest);
      entry->second = cycles(addresses, piece);
    }
    // Beside cycles of banks, at half their weight, since other waves fill
    // them: an instruction's issue, so that wide ones are better, and exclusive
    // ors.
    int64_t flips = 0;
    if (access.isXor) {
      flips = access.baseMultiple != 0;
      for (int64_t i = 0; i < access.width(); i += access.runLength())
        flips += (access.offsets[i] & access.variableBits()) != 0;
    }
    return use.weight * (pieces * (2 * entry->second + 1) + flips);
  }

  static SharedUse ofMatrices(const SharedUse &use) {
    return {use.matrices->rows, use.matrices->lanes(), use.weight};
  }

  /// None if an access can't be told apart.
  std::optional<int64_t> count(const SharedLayout &layout) {
    int64_t cycles = 0;
    known.clear();
    for (const SharedUse &use : uses) {
      std::optional<LinearAccess> access = layout.apply(use.numbers);
      if (!access)
        return std::nullopt;
      auto sumOf = [&](const SharedUse &use, const LinearAccess &access) {
        return sum(
            use, access, [&](ArrayRef<int64_t> addresses, int64_t piece) {
              return countBankCycles(addresses, use.lanes, piece, target);
            });
      };
      // Rows that stay whole are read as matrices.
      std::optional<LinearAccess> rows =
          use.matrices ? use.matrices->apply(layout) : std::nullopt;
      cycles += rows ? sumOf(ofMatrices(use), *rows) : sumOf(use, *access);
    }
    return cycles;
  }

  /// What elements in order would take if each bank had what is asked of it
  /// evenly.
  int64_t countWithoutConflicts() {
    int64_t cycles = 0;
    known.clear();
    for (const SharedUse &asked : uses) {
      SharedUse use = asked.matrices ? ofMatrices(asked) : asked;
      cycles += sum(use, use.numbers,
                    [&](ArrayRef<int64_t> addresses, int64_t piece) {
                      int64_t groups = 0;
                      for (const auto &group : laneGroups(piece, target))
                        groups += llvm::any_of(group, [&](int64_t lane) {
                          return use.lanes >> lane & 1;
                        });
                      return groups;
                    });
    }
    return cycles;
  }

  void take(const SharedLayout &layout, std::optional<int64_t> cycles) {
    if (!cycles || *cycles > fewest ||
        (*cycles == fewest && layout.size(elements) >= best.size(elements)))
      return;
    best = layout;
    fewest = *cycles;
  }

  void tryGaps() {
    // Rows and groups of them; columns of narrow rows fill all banks together.
    SmallVector<int64_t> periods;
    for (int64_t period = columns; period < elements; period *= 2)
      periods.push_back(period);
    for (int64_t period = bankSpan / 2; period < elements; period *= 2)
      if (!llvm::is_contained(periods, period))
        periods.push_back(period);
    for (int64_t period : periods)
      for (int64_t gapBytes : {4, 8, 16, 32, 64})
        if (gapBytes % bytes == 0) {
          SharedLayout layout{period, gapBytes / bytes, {}};
          // Tiles beside a very large one need the rest.
          if (4 * layout.size(elements) * bytes <= 3 * target.ldsBytes)
            take(layout, count(layout));
        }
  }

  /// Bits of a number that don't decide about the bank flip some that do: one
  /// after the other, as long as that helps.
  void trySwizzles() {
    if (!llvm::isPowerOf2_64(bankSpan) || elements % bankSpan)
      return;
    // Words stay whole.
    int64_t lowest = std::max<int64_t>(1, kBankBytes / bytes);
    SharedLayout layout;
    layout.swizzle.assign(llvm::Log2_64_Ceil(elements), 0);
    std::optional<int64_t> cycles = count(layout);
    if (!cycles)
      return;
    bool better = true;
    auto attempt = [&](const SharedLayout &candidate) {
      std::optional<int64_t> now = count(candidate);
      if (*now >= *cycles)
        return;
      layout = candidate;
      cycles = now;
      better = true;
    };
    size_t first = llvm::Log2_64(bankSpan), end = layout.swizzle.size();
    while (better) {
      better = false;
      for (size_t bit = first; bit < end; ++bit)
        for (int64_t flips = 0; flips < bankSpan; flips += lowest) {
          SharedLayout candidate = layout;
          candidate.swizzle[bit] = flips;
          attempt(candidate);
        }
      if (better)
        continue;
      // What splits vectors helps only if it also spreads the parts.
      for (size_t bit = first; bit < end; ++bit)
        for (size_t other = first; other < bit; ++other)
          for (int64_t flip = lowest; flip < bankSpan; flip *= 2) {
            SharedLayout candidate = layout;
            candidate.swizzle[bit] ^= flip;
            candidate.swizzle[other] ^= flip;
            attempt(candidate);
          }
    }
    take(layout, cycles);
  }

  int64_t elements, columns, bytes;
  ArrayRef<SharedUse> uses;
  const tile::TargetFacts &target;
  /// Elements that fill all banks.
  int64_t bankSpan;
  std::map<std::vector<int64_t>, int64_t> known;
  SharedLayout best;
  int64_t fewest;
};
} // namespace

SharedLayout tile_to_gpu::chooseSharedLayout(int64_t elements, int64_t columns,
                                             int64_t bytes,
                                             ArrayRef<SharedUse> uses,
                                             const tile::TargetFacts &target) {
  return Chooser(elements, columns, bytes, uses, target).choose();
}
