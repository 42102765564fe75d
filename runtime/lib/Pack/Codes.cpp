//===- Codes.cpp - Checks and recasts of codes and scales -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Codes.h"

#include <algorithm>
#include <cstring>

namespace dsv4run::pack {
namespace {

/// Bytes for which a count per vector lane can't overflow.
constexpr size_t kBlock = 128;

template <typename Function>
void ForEachBlock(size_t size, Function function) {
  for (size_t begin = 0; begin < size; begin += kBlock)
    function(begin, std::min(kBlock, size - begin));
}

} // namespace

std::optional<size_t> CheckE4m3(absl::Span<uint8_t> codes, bool recast,
                                uint64_t &negative_zeros) {
  uint8_t any_nan = 0;
  uint64_t zeros = 0;
  ForEachBlock(codes.size(), [&](size_t begin, size_t size) {
    uint8_t *block = codes.data() + begin;
    uint8_t nan = 0, count = 0;
    for (size_t i = 0; i < size; ++i) {
      nan |= (block[i] & 0x7F) == 0x7F;
      count += block[i] == 0x80;
    }
    any_nan |= nan;
    zeros += count;
    if (recast && count)
      for (size_t i = 0; i < size; ++i)
        block[i] = block[i] == 0x80 ? 0x00 : block[i];
  });
  negative_zeros += zeros;
  if (!any_nan)
    return std::nullopt;
  return std::find_if(codes.begin(), codes.end(),
                      [](uint8_t code) { return (code & 0x7F) == 0x7F; }) -
         codes.begin();
}

uint64_t CountE2m1NegativeZeros(absl::Span<const uint8_t> bytes) {
  uint64_t zeros = 0;
  // Two counts per byte: a block of 64 stays below 256.
  for (size_t begin = 0; begin < bytes.size(); begin += kBlock / 2) {
    const uint8_t *block = bytes.data() + begin;
    const size_t size = std::min(kBlock / 2, bytes.size() - begin);
    uint8_t count = 0;
    for (size_t i = 0; i < size; ++i) {
      count += (block[i] & 0x0F) == 0x08;
      count += (block[i] & 0xF0) == 0x80;
    }
    zeros += count;
  }
  return zeros;
}

void PairE2m1Distant(absl::Span<uint8_t> bytes) {
  using Vector __attribute__((vector_size(16))) = uint8_t;
  for (size_t begin = 0; begin + 16 <= bytes.size(); begin += 16) {
    Vector pairs;
    std::memcpy(&pairs, bytes.data() + begin, 16);
    // Comparisons give 0 or -1 in every byte.
    Vector even = pairs & 15, odd = pairs >> 4;
    even &= static_cast<Vector>(even != 8);
    odd &= static_cast<Vector>(odd != 8);
    Vector first = __builtin_shufflevector(even, odd, 0, 16, 1, 17, 2, 18, 3,
                                           19, 4, 20, 5, 21, 6, 22, 7, 23);
    Vector second = __builtin_shufflevector(even, odd, 8, 24, 9, 25, 10, 26, 11,
                                            27, 12, 28, 13, 29, 14, 30, 15, 31);
    Vector result = first | second << 4;
    std::memcpy(bytes.data() + begin, &result, 16);
  }
}

std::optional<size_t> CheckScales(absl::Span<uint8_t> scales, bool recast,
                                  uint8_t &least, uint8_t &largest) {
  uint8_t low = 255, high = 0;
  for (uint8_t scale : scales) {
    low = std::min(low, scale);
    high = std::max(high, scale);
  }
  const uint8_t limit = recast ? 253 : 254;
  if (high > limit)
    return std::find_if(scales.begin(), scales.end(),
                        [&](uint8_t scale) { return scale > limit; }) -
           scales.begin();
  if (recast)
    for (uint8_t &scale : scales)
      ++scale;
  least = std::min<uint8_t>(least, low + recast);
  largest = std::max<uint8_t>(largest, high + recast);
  return std::nullopt;
}

uint8_t LocalSpread(absl::Span<const uint8_t> scales, uint64_t columns) {
  constexpr uint64_t kGroup = 4;
  uint8_t spread = 0;
  for (uint64_t row = 0; row + columns <= scales.size(); row += columns)
    for (uint64_t first = 0; first < columns; first += kGroup) {
      const uint8_t *group = scales.data() + row + first;
      auto [least, largest] =
          std::minmax_element(group, group + std::min(kGroup, columns - first));
      spread = std::max<uint8_t>(spread, *largest - *least);
    }
  return spread;
}

} // namespace dsv4run::pack
