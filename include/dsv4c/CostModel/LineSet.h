//===- LineSet.h - Which lines of a buffer are touched ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_COSTMODEL_LINESET_H
#define DSV4C_COSTMODEL_LINESET_H

#include "llvm/ADT/bit.h"
#include <cstdint>
#include <vector>

namespace dsv4c::cost {

/// Lines of `lineBytes` (a power of two) of a buffer that starts at a line.
class LineSet {
public:
  explicit LineSet(int64_t lineBytes = 128)
      : shift(llvm::countr_zero(static_cast<uint64_t>(lineBytes))) {}

  /// Adds the lines of bytes [begin, end).
  void add(int64_t begin, int64_t end) {
    if (end <= begin)
      return;
    uint64_t first = begin >> shift, last = (end - 1) >> shift;
    if (last / 64 >= words.size())
      words.resize(last / 64 + 1);
    for (uint64_t word = first / 64; word <= last / 64; ++word) {
      uint64_t mask = ~uint64_t{0};
      if (word == first / 64)
        mask &= ~uint64_t{0} << first % 64;
      if (word == last / 64)
        mask &= ~uint64_t{0} >> (63 - last % 64);
      words[word] |= mask;
    }
  }

  /// Adds the lines of `other`, which has lines of one size.
  void add(const LineSet &other) {
    if (words.size() < other.words.size())
      words.resize(other.words.size());
    for (size_t word = 0; word < other.words.size(); ++word)
      words[word] |= other.words[word];
  }

  /// Bytes of all lines.
  int64_t bytes() const {
    int64_t lines = 0;
    for (uint64_t word : words)
      lines += llvm::popcount(word);
    return lines << shift;
  }

private:
  unsigned shift;
  std::vector<uint64_t> words;
};

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_LINESET_H
